package shop

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"plaza/message"
	"plaza/store"
)

// Identities says which subscribers are the same person: their orders are one
// list, and each may pay for the other.
type Identities interface {
	// Linked are the ids of all who are this subscriber, who comes first.
	Linked(ctx context.Context, account, subscriber string) ([]string, error)
}

// linked are all whom a person is, themselves first.
func (s *Service) linked(ctx context.Context, person message.Person) ([]string, error) {
	if s.Identities == nil {
		return []string{person.ID}, nil
	}
	return s.Identities.Linked(ctx, person.Account, person.ID)
}

// mustBeThem refuses what is a subscriber's, unless the person is that one.
func (s *Service) mustBeThem(ctx context.Context, person message.Person, subscriber string, refusal error) error {
	if subscriber == person.ID {
		return nil
	}
	all, err := s.linked(ctx, person)
	if err == nil && !slices.Contains(all, subscriber) {
		return refusal
	}
	return err
}

// OrdersOf lists a person's orders, newest first, whatever channel they were
// made on. Errors: store.ErrCursor.
func (s *Service) OrdersOf(ctx context.Context, person message.Person, limit int, after store.Cursor) ([]Order, store.Cursor, error) {
	all, err := s.linked(ctx, person)
	if err != nil {
		return nil, "", err
	}
	if len(all) > 1 {
		return s.merged(ctx, person.Account, all, limit, after)
	}
	query := store.Where(store.Eq("subscriber", person.ID), everPlaced).By("-placed_at")
	return orders.In(s.DB, person.Account).Find(ctx, query.Top(limit).From(after))
}

// mergedPlace is where a list of several people's orders goes on: at this
// instant, behind those of it that were shown.
type mergedPlace struct {
	At   time.Time `json:"at"`
	Seen []string  `json:"seen"`
}

// merged lists the orders of several subscribers as one list.
func (s *Service) merged(ctx context.Context, account string, subscribers []string, limit int, after store.Cursor) ([]Order, store.Cursor, error) {
	limit = cmp.Or(limit, store.DefaultPage)
	place, err := readPlace(after)
	if err != nil {
		return nil, "", err
	}
	from := everPlaced
	if after != "" {
		from = store.Lte("placed_at", place.At)
	}
	var found []Order
	for _, subscriber := range subscribers {
		query := store.Where(store.Eq("subscriber", subscriber), from).By("-placed_at").Top(min(limit+1+len(place.Seen), store.MaxPage))
		some, _, err := orders.In(s.DB, account).Find(ctx, query)
		if err != nil {
			return nil, "", err
		}
		found = append(found, some...)
	}
	found = slices.DeleteFunc(found, func(o Order) bool { return o.PlacedAt == nil || slices.Contains(place.Seen, o.ID) })
	slices.SortFunc(found, func(a, b Order) int { return cmp.Or(b.PlacedAt.Compare(*a.PlacedAt), cmp.Compare(b.ID, a.ID)) })
	if len(found) <= limit {
		return found, "", nil
	}
	found = found[:limit]
	return found, place.behind(found), nil
}

// behind is the place after these orders.
func (p mergedPlace) behind(shown []Order) store.Cursor {
	next := mergedPlace{At: *shown[len(shown)-1].PlacedAt}
	if next.At.Equal(p.At) {
		next.Seen = p.Seen
	}
	for _, order := range shown {
		if order.PlacedAt.Equal(next.At) {
			next.Seen = append(next.Seen, order.ID)
		}
	}
	encoded, _ := json.Marshal(next) // a time and strings: never fails
	return store.Cursor(base64.RawURLEncoding.EncodeToString(encoded))
}

// readPlace reads a cursor of merged; the zero place is the beginning.
func readPlace(cursor store.Cursor) (place mergedPlace, err error) {
	if cursor == "" {
		return place, nil
	}
	encoded, err := base64.RawURLEncoding.DecodeString(string(cursor))
	if err != nil || len(encoded) > 16<<10 || json.Unmarshal(encoded, &place) != nil || place.At.IsZero() {
		return mergedPlace{}, store.ErrCursor
	}
	return place, nil
}
