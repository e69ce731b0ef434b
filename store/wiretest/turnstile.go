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
	snare       *snare // for the next command of its sort
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
	var answer []byte
	caught := g.catches(command)
	if caught == nil || caught.after {
		answer, err = g.ask(server, command)
	}
	switch {
	case err != nil:
		return err
	case caught != nil && caught.answer == nil:
		_, err := io.Copy(io.Discard, client) // until it gives up
		return errors.Join(errStranded, err)
	case caught != nil:
		answer = answerTo(command, caught.answer)
	case answer == nil:
		return nil
	}
	_, err = client.Write(answer)
	return err
}

var errStranded = errors.New("the command was stranded")

// snare waits for a command and gives it another fate.
type snare struct {
	mark   []byte        // what the command has in it
	after  bool          // the command is done first
	answer []byte        // the document to answer with; nil: none ever
	caught chan struct{} // closed when one was
}

// set lays a snare for the next command of a name on a collection. A command's
// document begins with its name and, as a string, the collection: see
// bsonspec.org.
func (g *turnstile) set(command, collection string, after bool, answer []byte) <-chan struct{} {
	mark := append([]byte("\x02"+command+"\x00"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(mark[len(mark)-4:], uint32(len(collection)+1))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.snare = &snare{append(mark, collection+"\x00"...), after, answer, make(chan struct{})}
	return g.snare.caught
}

func (g *turnstile) catches(command []byte) *snare {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.snare == nil || !bytes.Contains(command, g.snare.mark) {
		return nil
	}
	caught := g.snare
	g.snare = nil
	close(caught.caught)
	return caught
}

// answerTo makes a message of a document: no flags, one section of kind 0.
func answerTo(command, document []byte) []byte {
	answer := make([]byte, headerBytes+5, headerBytes+5+len(document))
	binary.LittleEndian.PutUint32(answer, uint32(cap(answer)))
	copy(answer[8:12], command[4:8]) // whom it answers
	binary.LittleEndian.PutUint32(answer[12:], opMsg)
	return append(answer, document...)
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
