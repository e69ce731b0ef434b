package shop

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/store"
)

// maxNotes bounds the internal notes of an order.
const (
	maxNotes     = 100
	maxNoteRunes = 1000
)

// The faults of notes.
var (
	ErrEmptyNote    = fault.New(fault.Invalid, "order_note_empty", "Please write something.")
	ErrTooManyNotes = fault.New(fault.Conflict, "order_notes_full", "An order has at most {0} notes.", maxNotes)
)

// OrderNote is what a member writes to their colleagues about an order. Its buyer
// never sees it.
type OrderNote struct {
	ID   string    `bson:"id" json:"id"`
	By   string    `bson:"by" json:"by"` // member
	Text string    `bson:"text" json:"text"`
	At   time.Time `bson:"at" json:"at"`
}

// AddOrderNote writes a note on an order. Errors: ErrNoOrder, ErrEmptyNote,
// ErrTooManyNotes.
func (s *Service) AddOrderNote(ctx context.Context, account, id, by, text string) (Order, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Order{}, ErrEmptyNote.In("text")
	}
	if err := checkText("text", text, maxNoteRunes); err != nil {
		return Order{}, err
	}
	note := OrderNote{ID: store.FreshID(ctx, "order note"), By: by, Text: text, At: s.now()}
	for {
		order, err := s.Order(ctx, account, id)
		if err != nil {
			return order, err
		}
		for _, each := range order.Notes {
			if each.ID == note.ID { // the request again
				return order, nil
			}
		}
		if len(order.Notes) >= maxNotes {
			return order, ErrTooManyNotes.In("text")
		}
		changed, err := orders.In(s.DB, account).UpdateAndGet(ctx, id, store.Push("notes", note).Inc("version", 1), store.Eq("version", order.Version))
		if !errors.Is(err, store.ErrConditionFailed) {
			return changed, err
		}
	}
}
