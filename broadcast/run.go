package broadcast

import (
	"strconv"
	"strings"
	"time"

	"plaza/message"
	"plaza/store"
)

// Run is one firing of a campaign. Its key is the campaign and the time it was
// due, so that it exists once whoever fires it.
type Run struct {
	ID         string    `bson:"_id" json:"id"`
	Account    string    `bson:"account" json:"-"`
	Campaign   string    `bson:"campaign" json:"campaign"`
	FireAt     time.Time `bson:"fire_at" json:"fire_at"`
	StartedAt  time.Time `bson:"started_at" json:"started_at"`
	FinishedAt time.Time `bson:"finished_at,omitempty" json:"finished_at,omitzero"`
	// Cursor is where the walk through the audience goes on.
	Cursor string `bson:"cursor" json:"-"`
	// WalkedAt is when the walk reached the end.
	WalkedAt time.Time `bson:"walked_at,omitempty" json:"walked_at,omitzero"`
	// Settled: nothing was open any more when a worker last looked.
	Settled bool     `bson:"settled,omitempty" json:"-"`
	Fence   int64    `bson:"fence" json:"-"`
	Counts  Progress `bson:"counts" json:"counts"`
}

// Progress counts a run's deliveries while they happen. Sent includes those
// that arrived and were read since; delivered includes those read.
type Progress struct {
	// Total is the size of the audience when the run began: an estimate.
	Total     int64 `bson:"total" json:"total"`
	Queued    int64 `bson:"queued" json:"queued"` // handed to an outbox
	Sent      int64 `bson:"sent" json:"sent"`
	Delivered int64 `bson:"delivered" json:"delivered"`
	Read      int64 `bson:"read" json:"read"`
	Failed    int64 `bson:"failed" json:"failed"`
	Uncertain int64 `bson:"uncertain" json:"uncertain"`
	Skipped   int64 `bson:"skipped" json:"skipped"`
	// Reasons of those failed, uncertain or skipped, by code.
	Reasons map[string]int64 `bson:"reasons,omitempty" json:"reasons,omitempty"`
}

// Settled is how many have a final outcome.
func (p Progress) Settled() int64 { return p.Sent + p.Failed + p.Uncertain + p.Skipped }

// Delivery is one message of a run to one subscriber. Its key is the key under
// which it is sent.
type Delivery struct {
	ID      string        `bson:"_id" json:"id"`
	Account string        `bson:"account" json:"-"`
	Run     string        `bson:"run" json:"run"`
	State   DeliveryState `bson:"state" json:"state"`
	Reason  string        `bson:"reason,omitempty" json:"reason,omitempty"`
	At      time.Time     `bson:"at" json:"at"` // of the last change
	// Batch is the key of the shipment that it is part of; empty for a message by
	// itself.
	Batch string `bson:"batch,omitempty" json:"batch,omitempty"`
}

// Subscriber is whom it is for.
func (d Delivery) Subscriber() string { return strings.TrimPrefix(d.ID, d.Run+":") }

var runs = store.Declare[Run](store.Schema{Name: "campaign_runs"})

var deliveries = store.Declare[Delivery](store.Schema{
	Name:         "deliveries",
	KeyedByOwner: true, // the run
	Indexes:      []store.Index{{Fields: []string{"run", "state"}}, {Fields: []string{"batch"}, Sparse: true}},
})

func runID(campaign string, fireAt time.Time) string {
	return campaign + "-" + strconv.FormatInt(fireAt.Unix(), 10)
}

func deliveryKey(run, subscriber string) string { return run + ":" + subscriber }

// splitKey takes a delivery's key apart. ok is false for every other key that
// passes through an outbox.
func splitKey(key string) (account, run string, ok bool) {
	run, subscriber, _ := strings.Cut(key, ":")
	campaign, fired, _ := strings.Cut(run, "-")
	if _, err := strconv.ParseInt(fired, 10, 64); err != nil || len(campaign) != 26 {
		return "", "", false
	}
	account, _, _, ok = message.SplitSubscriberID(subscriber)
	return account, run, ok
}
