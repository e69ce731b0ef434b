package bot

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"plaza/message"
	"plaza/store"
)

func TestATimelineShowsEveryMessageOfAPersonOnceInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var ids []string
	for i, user := range []string{"ann", "anna", "an"} {
		id := message.SubscriberID(shop, "webchat", user)
		ids = append(ids, id)
		for n := range 7 {
			// Some at the very same instant on two channels.
			at := h.now().Add(time.Duration(n*(i+1)) * time.Second)
			m := Message{ID: messageID(id, at, fmt.Sprint(n), 0), Account: shop, Conversation: id, Direction: In, At: at}
			if err := messages.In(h.DB, shop).Insert(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			twin := messageID(id, h.now(), "twin", 0)
			if n == 0 {
				m.ID, m.At = twin, h.now()
				if err := messages.In(h.DB, shop).Insert(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	other := message.SubscriberID("01OTHER", "webchat", "ann")
	if err := messages.In(h.DB, "01OTHER").Insert(t.Context(), Message{ID: messageID(other, h.now(), "x", 0), Account: "01OTHER", Conversation: other}); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 2, 5, 100} {
		var seen []Message
		for cursor := store.Cursor(""); ; {
			page, next, err := h.Inbox().Timeline(t.Context(), shop, append(slices.Clone(ids), other), cursor, size)
			if err != nil || len(page) > size {
				t.Fatalf("%d messages, %v", len(page), err)
			}
			seen = append(seen, page...)
			if cursor = next; next == "" {
				break
			}
		}
		if len(seen) != 24 || !slices.IsSortedFunc(seen, func(a, b Message) int { return b.At.Compare(a.At) }) {
			t.Errorf("by %d: %d of 24, or out of order", size, len(seen))
		}
		known := map[string]bool{}
		for _, m := range seen {
			if known[m.ID] || m.Account != shop {
				t.Errorf("by %d: %s twice, or of another account", size, m.ID)
			}
			known[m.ID] = true
		}
	}
	for _, cursor := range []store.Cursor{"x", "!", "Li4v", store.Cursor(fmt.Sprintf("%0600d", 1))} {
		if _, _, err := h.Inbox().Timeline(t.Context(), shop, ids, cursor, 5); err == nil {
			t.Errorf("%q is taken", cursor)
		}
	}
}
