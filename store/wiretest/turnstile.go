package wiretest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// turnstile passes MongoDB's messages on to a server, one command at a time
// over all connections.
type turnstile struct {
	listener net.Listener
	server   string // host:port

	turn sync.Mutex // held from a command to its answer

	mu          sync.Mutex
	closed      bool
	connections map[net.Conn]struct{}
	serving     sync.WaitGroup
	snare       []byte        // a command that has this in it is stranded
	caught      chan struct{} // closed when one was
}

func newTurnstile(listener net.Listener, server string) *turnstile {
	return &turnstile{listener: listener, server: server, connections: map[net.Conn]struct{}{}}
}

// serve takes connections until close.
func (g *turnstile) serve() {
	for {
		client, err := g.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", g.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		if !g.keep(client, server) {
			return
		}
		go func() {
			defer g.serving.Done()
			defer g.drop(client, server)
			for g.pass(client, server) == nil {
			}
		}()
	}
}

func (g *turnstile) keep(pair ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, connection := range pair {
		if g.closed {
			_ = connection.Close()
			continue
		}
		g.connections[connection] = struct{}{}
	}
	if !g.closed {
		g.serving.Add(1)
	}
	return !g.closed
}

func (g *turnstile) drop(pair ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, connection := range pair {
		_ = connection.Close()
		delete(g.connections, connection)
	}
}

// close ends all connections and returns when nothing runs any more.
func (g *turnstile) close() {
	_ = g.listener.Close()
	g.mu.Lock()
	g.closed = true
	for connection := range g.connections {
		_ = connection.Close()
	}
	g.mu.Unlock()
	g.serving.Wait()
}

// moreToCome is the flag of a message that wants no answer (OP_MSG in MongoDB's
// wire protocol).
const moreToCome = 1 << 1

// pass lets one command through and its answer back. A client that dies
// meanwhile changes nothing for the server: a command is done or not done.
func (g *turnstile) pass(client, server net.Conn) error {
	command, err := readMessage(client)
	if err != nil {
		return err
	}
	if g.catches(command) {
		_, err := io.Copy(io.Discard, client) // until it gives up
		return errors.Join(errStranded, err)
	}
	answer, err := g.ask(server, command)
	if err != nil || answer == nil {
		return err
	}
	_, err = client.Write(answer)
	return err
}

var errStranded = errors.New("the command was stranded")

// strand sets a snare. A command's document begins with its name and, as a
// string, the collection: see bsonspec.org.
func (g *turnstile) strand(command, collection string) <-chan struct{} {
	snare := append([]byte("\x02"+command+"\x00"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(snare[len(snare)-4:], uint32(len(collection)+1))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.snare, g.caught = append(snare, collection+"\x00"...), make(chan struct{})
	return g.caught
}

func (g *turnstile) catches(command []byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.snare == nil || !bytes.Contains(command, g.snare) {
		return false
	}
	g.snare = nil
	close(g.caught)
	return true
}

func (g *turnstile) ask(server net.Conn, command []byte) ([]byte, error) {
	g.turn.Lock()
	defer g.turn.Unlock()
	if _, err := server.Write(command); err != nil {
		return nil, err
	}
	if !wantsAnswer(command) {
		return nil, nil
	}
	return readMessage(server)
}

// The header of a message: its length, its id, the one it answers, its kind;
// each four bytes, little-endian. An OP_MSG has its flags behind.
const (
	headerBytes     = 16
	maxMessageBytes = 48_000_000 // maxMessageSizeBytes of every server
	opMsg           = 2013
)

func wantsAnswer(command []byte) bool {
	if binary.LittleEndian.Uint32(command[12:]) != opMsg || len(command) < headerBytes+4 {
		return true
	}
	return binary.LittleEndian.Uint32(command[headerBytes:])&moreToCome == 0
}

func readMessage(from io.Reader) ([]byte, error) {
	header := make([]byte, headerBytes)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header)
	if length < headerBytes || length > maxMessageBytes {
		return nil, fmt.Errorf("a message of %d bytes", length)
	}
	message := make([]byte, length)
	copy(message, header)
	_, err := io.ReadFull(from, message[headerBytes:])
	return message, err
}
