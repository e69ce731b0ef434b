package message

import "time"

// Mass is how a platform lets one account send the same to many people by one
// call. The zero Mass is: not at all.
type Mass struct {
	// Least and Most are how many people one call takes.
	Least, Most int
	// Whole: a call names nobody, only everybody or those with a tag.
	Whole bool
	// Allowed is how many such sends reach a person in each Period; 0: as many as
	// single messages. Where it is more than 0 a member decides whether a campaign
	// uses one up.
	Allowed int
	Period  MassPeriod
	// Since is when the present period began.
	Since time.Time
}

// MassPeriod is how long an allowance of mass sends lasts, on the platform's
// clock.
type MassPeriod string

// The periods.
const (
	MassPerDay   MassPeriod = "day"
	MassPerMonth MassPeriod = "month"
)

// Scarce says that mass sends are few, so that somebody has to choose them.
func (m Mass) Scarce() bool { return m.Allowed > 0 }

// Crowd is whom a mass send goes to: Users or, on a platform whose Mass is Whole,
// those with Tag, or everybody if that is empty.
type Crowd struct {
	Users []string `bson:"users,omitempty" json:"-"`
	Tag   string   `bson:"tag,omitempty" json:"tag,omitempty"`
	// Language is what they read.
	Language string `bson:"language,omitempty" json:"language,omitempty"`
}

// MassResult is what a platform tells of a mass send that is over. It does not
// tell whom a number is about.
type MassResult struct {
	Total  int64 `bson:"total" json:"total"`   // people it was meant for
	Passed int64 `bson:"passed" json:"passed"` // of those, people it went out to
	Sent   int64 `bson:"sent" json:"sent"`
	Failed int64 `bson:"failed" json:"failed"`
	// Refused is why nothing was sent, in the platform's words; empty if it was.
	Refused string `bson:"refused,omitempty" json:"refused,omitempty"`
}

// Filtered is how many the platform left out by itself.
func (r MassResult) Filtered() int64 { return max(0, r.Total-r.Passed) }
