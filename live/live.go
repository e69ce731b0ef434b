// Package live tells everybody what just happened: an event log that is kept,
// and a hub that serves it to browsers over WebSockets, with nothing missed and
// nothing repeated across lost connections.
package live

import (
	"encoding/json"
	"time"
)

// Event is one thing that happened in an account.
type Event struct {
	// Account it happened in.
	Account string `bson:"account" json:"-"`
	// Topics that show it: "inbox", "orders", "chat:<subscriber>". At least one.
	Topics []string `bson:"topics" json:"-"`
	// Kind of event: "message.received".
	Kind string `bson:"kind" json:"kind"`
	// Data is what the pages need to show it, as JSON.
	Data json.RawMessage `bson:"data,omitempty" json:"data,omitempty"`
	// Sequence rises by one with each event of the account. Given by the log.
	Sequence int64 `bson:"sequence" json:"sequence"`
	// At is when it was logged. Given by the log.
	At time.Time `bson:"at" json:"at"`
}
