package risk

import (
	"time"

	"plaza/money"
	"plaza/store"
)

// Assessment is an attempt that was assessed: what was seen, what was decided
// and why, what became of it. It holds numbers and ids, no addresses, no
// places and no names.
type Assessment struct {
	ID      string `bson:"_id" json:"-"` // assessmentID
	Account string `bson:"account" json:"-"`
	// Attempt is the attempt's own number, such as the trade number.
	Attempt    string       `bson:"attempt" json:"attempt"`
	Kind       Kind         `bson:"kind" json:"kind"`
	Subscriber string       `bson:"subscriber,omitempty" json:"subscriber,omitempty"`
	Payee      string       `bson:"payee,omitempty" json:"payee,omitempty"`
	Amount     money.Amount `bson:"amount" json:"amount"`
	Method     string       `bson:"method,omitempty" json:"method,omitempty"`
	Scene      string       `bson:"scene,omitempty" json:"scene,omitempty"`
	At         time.Time    `bson:"at" json:"at"`

	Signals Signals `bson:"signals" json:"signals"`
	// Model is what the model alone said, in points.
	Model    int `bson:"model" json:"model"`
	Decision `bson:",inline"`

	Outcome Outcome `bson:"outcome,omitempty" json:"outcome,omitempty"`
	Label   Label   `bson:"label,omitempty" json:"label,omitempty"`

	// Queued is since when a member should look at it; absent when nobody has to.
	Queued     *time.Time `bson:"queued,omitempty" json:"queued,omitempty"`
	Review     Review     `bson:"review,omitempty" json:"review,omitempty"`
	Reviewer   string     `bson:"reviewer,omitempty" json:"reviewer,omitempty"` // the name, as it was then
	ReviewedAt *time.Time `bson:"reviewed_at,omitempty" json:"reviewed_at,omitempty"`
	Note       string     `bson:"note,omitempty" json:"note,omitempty"`

	// Due is when Recover looks next: whether the money has been told of the
	// review, or whether it is too late for one. Absent when there is nothing to do.
	Due *time.Time `bson:"due,omitempty" json:"-"`

	// What the profiles learn when the outcome is known. The place is forgotten
	// then: where somebody was is nobody's business for ninety days.
	Device  Fingerprint `bson:"device,omitempty" json:"-"`
	Network Fingerprint `bson:"network,omitempty" json:"-"`
	Code    Fingerprint `bson:"code,omitempty" json:"-"`
	AtOnce  bool        `bson:"at_once,omitempty" json:"-"`
	Place   *Place      `bson:"place,omitempty" json:"-"`

	ExpiresAt time.Time `bson:"expires_at" json:"-"`
}

// Review is what a member decided about an attempt that was held.
type Review string

// The reviews.
const (
	Waiting  Review = "waiting"
	Approved Review = "approved"
	Refused  Review = "refused"
	Overtime Review = "overtime" // nobody looked before its time was over
)

// kept is how long assessments are kept.
const kept = 90 * day

// assessmentID is the key of an attempt of a kind.
func assessmentID(account string, kind Kind, attempt string) string {
	return account + ":" + string(kind) + ":" + attempt
}

// Key names an assessment within its account, in addresses.
func (a Assessment) Key() string { return string(a.Kind) + ":" + a.Attempt }

var (
	assessments = store.Declare[Assessment](store.Schema{
		Name: "risk_assessments", KeyedByAccount: true, ExpiresAt: "expires_at",
		Indexes: []store.Index{
			{Fields: []string{"at"}},
			{Fields: []string{"queued"}, Sparse: true},
			{Fields: []string{"due"}, Across: true, Sparse: true},
		},
	})
	profiles = store.Declare[Profile](store.Schema{
		Name: "risk_profiles", KeyedByAccount: true, ExpiresAt: "expires_at",
	})
	policies = store.Declare[keptPolicy](store.Schema{Name: "risk_policies", KeyedByAccount: true})
	models   = store.Declare[keptModel](store.Schema{Name: "risk_models", KeyedByAccount: true})
)

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{assessments.Schema(), profiles.Schema(), policies.Schema(), models.Schema()}
}

// assessed is the document of an attempt.
func assessed(a Attempt, signals Signals, opinion Opinion, decision Decision) Assessment {
	made := Assessment{ID: assessmentID(a.Account, a.Kind, a.ID), Account: a.Account, Attempt: a.ID, Kind: a.Kind,
		Subscriber: a.Subscriber, Payee: a.Payee, Amount: a.Amount, Method: a.Method, Scene: a.Scene,
		At: a.At.UTC().Truncate(time.Millisecond), Signals: signals, Model: opinion.Points, Decision: decision,
		Device: a.Device, Network: a.Network, Code: a.Code, AtOnce: a.AtOnce, ExpiresAt: a.At.Add(kept)}
	if a.Place.Known() {
		made.Place = &a.Place
	}
	if decision.Action == Hold {
		made.Queued, made.Review = &made.At, Waiting
		if !a.Until.IsZero() {
			over := a.Until.UTC().Add(lease)
			made.Due = &over
		}
	}
	return made
}

// attempt is what was assessed, as far as profiles learn from it.
func (a Assessment) attempt(zone *time.Location) Attempt {
	made := Attempt{ID: a.Attempt, Account: a.Account, Kind: a.Kind, Subscriber: a.Subscriber, Payee: a.Payee,
		Amount: a.Amount, Device: a.Device, Network: a.Network, Code: a.Code, AtOnce: a.AtOnce, At: a.At.In(zone)}
	if a.Place != nil {
		made.Place = *a.Place
	}
	return made
}
