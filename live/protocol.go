package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gorilla/websocket"
)

// The protocol. Every frame is one JSON object with one member, which names
// what it is.
//
// From the browser:
//
//	{"subscribe":{"topic":"inbox","since":123}}   since: the last number seen; leave out to begin now
//	{"unsubscribe":{"topic":"inbox"}}
//	{"signal":{"topic":"chat:…","kind":"typing"}}  true for a moment; say it again while it is
//	{"ping":7}
//
// From the server:
//
//	{"event":{"topic","kind","data","sequence","at"}}
//	{"signal":{"topic","kind","data"}}  true for a moment, of a topic that is subscribed to; never replayed
//	{"subscribed":{"topic","sequence","recovered"}}  all events after since have been sent; live from here
//	{"reset":{"topic","sequence"}}    too much was missed: load the page's data again; live from here
//	{"position":{"topic","sequence"}} everything up to here has been sent: resume from here
//	{"unsubscribed":{"topic"}}
//	{"pong":7}
//	{"reconnect":{"after":1500}}      the server is going away; come back after so many milliseconds
//	{"error":{"code","text","topic"}} what was asked is refused; the connection stays

// CloseCode tells a browser why its connection was closed. By the custom that
// Centrifugo began, it reconnects after 1xxx and 4000 to 4499, and not after
// 4500 to 4999.
type CloseCode int

// The close codes of the server.
const (
	// CloseRestart: this node is shutting down; another answers.
	CloseRestart CloseCode = websocket.CloseServiceRestart // 1012
	// CloseInternal: a subscription could not be made. Reconnect later.
	CloseInternal CloseCode = websocket.CloseInternalServerErr // 1011
	// CloseSlow: the browser read too slowly. Reconnect and resume.
	CloseSlow CloseCode = 4000
	// CloseSilent: no answer to pings.
	CloseSilent CloseCode = 4001
	// CloseBusy: more frames a second than allowed. Reconnect later.
	CloseBusy CloseCode = 4002
	// CloseSignedOut: the identity was revoked. Sign in again.
	CloseSignedOut CloseCode = 4500
	// CloseProtocol: a frame that is not of this protocol.
	CloseProtocol CloseCode = 4501
)

var closeReasons = map[CloseCode]string{
	CloseRestart:   "restarting",
	CloseInternal:  "internal error",
	CloseSlow:      "slow consumer",
	CloseSilent:    "no answer",
	CloseBusy:      "too many frames",
	CloseSignedOut: "signed out",
	CloseProtocol:  "bad frame",
}

// String is the reason in the close frame and the label in the metrics.
func (c CloseCode) String() string { return closeReasons[c] }

// MaxFrameBytes bounds a frame from the browser.
const MaxFrameBytes = 2 << 10

// request is a frame from the browser: exactly one member is set.
type request struct {
	Subscribe   *subscribeRequest   `json:"subscribe"`
	Unsubscribe *unsubscribeRequest `json:"unsubscribe"`
	Signal      *signalRequest      `json:"signal"`
	Ping        *int64              `json:"ping"`
}

type subscribeRequest struct {
	Topic string `json:"topic"`
	Since *int64 `json:"since"`
}

type unsubscribeRequest struct {
	Topic string `json:"topic"`
}

type signalRequest struct {
	Topic string `json:"topic"`
	Kind  string `json:"kind"`
}

// maxSignalKind bounds the name of a signal, in bytes.
const maxSignalKind = 32

var errFrame = errors.New("live: bad frame")

// parseRequest reads a frame from the browser. Errors: errFrame.
func parseRequest(data []byte) (request, error) {
	var r request
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return r, fmt.Errorf("%w: %w", errFrame, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return r, fmt.Errorf("%w: more than one object", errFrame)
	}
	set := 0
	for _, is := range []bool{r.Subscribe != nil, r.Unsubscribe != nil, r.Signal != nil, r.Ping != nil} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return r, fmt.Errorf("%w: one of subscribe, unsubscribe, signal, ping", errFrame)
	case r.Subscribe != nil && !validTopic(r.Subscribe.Topic),
		r.Unsubscribe != nil && !validTopic(r.Unsubscribe.Topic),
		r.Signal != nil && !validTopic(r.Signal.Topic):
		return r, fmt.Errorf("%w: topic", errFrame)
	case r.Signal != nil && (r.Signal.Kind == "" || len(r.Signal.Kind) > maxSignalKind):
		return r, fmt.Errorf("%w: kind", errFrame)
	case r.Subscribe != nil && r.Subscribe.Since != nil && *r.Subscribe.Since < 0:
		return r, fmt.Errorf("%w: since", errFrame)
	}
	return r, nil
}

// frame is a message to a browser, encoded once for all who get it.
type frame struct {
	prepared *websocket.PreparedMessage
	size     int
}

func newFrame(kind int, data []byte) *frame {
	prepared, err := websocket.NewPreparedMessage(kind, data)
	if err != nil { // writes to memory, of a kind that exists
		panic(fmt.Sprintf("live: prepare frame: %v", err))
	}
	return &frame{prepared: prepared, size: len(data) + 8}
}

// reply encodes one of the server's frames: name is its member.
func reply(name string, body any) *frame {
	data, err := json.Marshal(map[string]any{name: body})
	if err != nil { // all bodies are made here, of strings and numbers
		panic(fmt.Sprintf("live: encode %s: %v", name, err))
	}
	return newFrame(websocket.TextMessage, data)
}

type positionReply struct {
	Topic    string `json:"topic"`
	Sequence int64  `json:"sequence"`
}

type subscribedReply struct {
	positionReply
	Recovered bool `json:"recovered"`
}

type errorReply struct {
	Code  string `json:"code"`
	Text  string `json:"text"`
	Topic string `json:"topic,omitempty"`
}

type eventReply struct {
	Topic    string          `json:"topic"`
	Kind     string          `json:"kind"`
	Data     json.RawMessage `json:"data,omitempty"`
	Sequence int64           `json:"sequence"`
	At       time.Time       `json:"at"`
}

type signalReply struct {
	Topic string          `json:"topic"`
	Kind  string          `json:"kind"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// eventFrame encodes an event as one of its topics shows it. Append has
// checked that its data is JSON.
func eventFrame(event Event, topic string) *frame {
	return reply("event", eventReply{topic, event.Kind, event.Data, event.Sequence, event.At.UTC()})
}

func closeFrame(code CloseCode) *frame {
	return newFrame(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), code.String()))
}
