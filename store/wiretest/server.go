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
	"go.mongodb.org/mongo-driver/v2/bson"
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
	return s.gate.set(command, collection, false, nil)
}

// Refuse lets the next command of a name on a collection end in an error,
// undone, as at a server that is no primary any more.
func (s *Server) Refuse(command, collection string, code int32) {
	s.answer(command, collection, false, bson.D{{Key: "ok", Value: 0.0},
		{Key: "code", Value: code}, {Key: "errmsg", Value: "refused by the test"}})
}

// Doubt lets the next command of a name on a collection be done and answers
// that nobody knows whether it has spread to a majority.
func (s *Server) Doubt(command, collection string, code int32) {
	s.answer(command, collection, true, bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: int32(1)}, {Key: "nModified", Value: int32(1)},
		{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: code}, {Key: "errmsg", Value: "doubted by the test"}}}})
}

func (s *Server) answer(command, collection string, after bool, answer bson.D) {
	document, err := bson.Marshal(answer)
	if err != nil { // made here, of numbers and strings
		panic(err)
	}
	s.gate.set(command, collection, after, document)
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
