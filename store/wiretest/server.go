// Package wiretest gives tests a server that speaks MongoDB's protocol, and
// holds the MongoDB engine to the promises of package store over that wire. It
// is a module of its own, so that what the server in it needs stays out of the
// product.
//
// The server is FerretDB on top of SQLite, in the process of the test. It reads
// and then writes what an update changes without a transaction, so a turnstile
// stands before it that lets one command through at a time: then every command
// is atomic for a single document, as MongoDB's are.
package wiretest

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// Server is one that runs.
type Server struct {
	// URI is its connection string; it names no database.
	URI string

	gate *turnstile
}

// Strand lets the next command of a name on a collection get no further: it is
// not done, and whoever sent it waits for an answer that never comes. The
// channel is closed when that has happened. So a test can kill a program
// between two steps.
func (s *Server) Strand(command, collection string) <-chan struct{} {
	return s.gate.strand(command, collection)
}

// Serve runs a server until the test ends and returns its connection string.
func Serve(t testing.TB) string {
	t.Helper()
	return Start(t).URI
}

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // it logs every refusal, and refusals are the point
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("stop FerretDB: %v", err)
		}
	})
	behind, err := url.Parse(server.MongoDBURI())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gate := newTurnstile(listener, behind.Host)
	go gate.serve()
	t.Cleanup(gate.close)
	return &Server{URI: "mongodb://" + listener.Addr().String() + "/", gate: gate}
}
