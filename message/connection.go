package message

import (
	"encoding/json"
	"io"
	"time"

	"plaza/fault"
)

// ErrCredentials are credentials that are no JSON of the channel's. Its cause
// is never told, because it may quote a secret.
var ErrCredentials = fault.New(fault.Invalid, "bad_credentials", "These connection settings can't be read.")

// DecodeCredentials reads a connection's JSON. Errors: ErrCredentials.
func DecodeCredentials[T any](credentials []byte) (T, error) {
	var decoded T
	if json.Unmarshal(credentials, &decoded) != nil { // the cause may quote a secret
		return decoded, ErrCredentials
	}
	return decoded, nil
}

// Field is one value of a channel's connection that a member copies from the
// platform's own pages. Its label and help are the texts
// "connect.<channel>.<name>" and "connect.<channel>.<name>.help".
type Field struct {
	// Name is the value's name in the credentials' JSON and in the form.
	Name string
	// Secret values are never shown again; leaving the field empty keeps them.
	Secret   bool
	Optional bool
	Kind     FieldKind
	// Choices of a ChoiceField; each is labelled "connect.<channel>.<name>.<choice>".
	Choices []string
	// Limit is the longest value, in bytes.
	Limit int
}

// FieldKind is how a field is typed in.
type FieldKind string

// The kinds. The empty kind is a line of text.
const (
	LineField   FieldKind = ""
	LongField   FieldKind = "long"   // several lines, such as a key
	SwitchField FieldKind = "switch" // a JSON boolean
	ChoiceField FieldKind = "choice"
)

// File is the content of something a person has sent. Whoever gets it closes it.
type File struct {
	Content io.ReadCloser
	Name    string // may be empty
	Type    string // MIME type; may be empty
	Size    int64  // bytes; -1: not known
}

// Pace is how fast a platform lets one account call its send API, as the
// platform publishes it.
type Pace struct {
	PerSecond float64 // calls of one account
	Burst     int     // calls at once after a pause
	// PersonSeconds is the least time between two messages to one person; zero
	// where the platform asks for none.
	PersonSeconds float64
}

// Quota is how many messages an account may send in its platform's current
// month, as the platform counts them.
type Quota struct {
	Limited bool      `json:"limited"` // false: as many as it likes
	Limit   int64     `json:"limit"`
	Used    int64     `json:"used"`
	At      time.Time `json:"at"` // when the platform said so
}
