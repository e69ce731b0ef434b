package message

import "time"

// Scene is what a code of a messenger tells when somebody scans it: a text or,
// where Number is not 0, a number. It works for Life, or for ever if that is 0.
type Scene struct {
	Text   string
	Number int64
	Life   time.Duration
}

// SceneCode is a code that a messenger has made.
type SceneCode struct {
	Link  string    // what it says
	Until time.Time // zero: for ever
}
