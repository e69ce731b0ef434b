package bot

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"

	"plaza/store"
)

// Timeline reads the messages of several conversations as one, the newest first:
// those of a person who is on several channels. The conversations have to be of
// the account. A page of each is read and merged by time; nothing is copied.
// Errors: store.ErrCursor.
func (i Inbox) Timeline(ctx context.Context, account string, conversations []string, after store.Cursor, limit int) ([]Message, store.Cursor, error) {
	if len(conversations) == 1 {
		return i.History(ctx, account, conversations[0], after, limit)
	}
	place, err := readTimelinePlace(after)
	if err != nil {
		return nil, "", err
	}
	limit = cmp.Or(limit, store.DefaultPage)
	var all []Message
	for _, conversation := range conversations {
		// One more than is shown says whether there are earlier ones.
		page, _, err := messages.In(i.bot.DB, account).Find(ctx, place.before(conversation).By("-_id").Top(min(limit+1, store.MaxPage)))
		if err != nil {
			return nil, "", err
		}
		all = append(all, page...)
	}
	slices.SortFunc(all, func(a, b Message) int { return placeOf(b).compare(placeOf(a)) })
	if len(all) <= limit {
		return all, "", nil
	}
	all = all[:limit]
	return all, placeOf(all[limit-1]).cursor(), nil
}

// timelinePlace is where a message stands among those of several conversations:
// by the key that tells its instant, and by its conversation where two share it.
type timelinePlace struct{ key, conversation string }

func placeOf(m Message) timelinePlace {
	return timelinePlace{platformKey(m.ID), m.Conversation}
}

func (p timelinePlace) compare(other timelinePlace) int {
	return cmp.Or(cmp.Compare(p.key, other.key), cmp.Compare(p.conversation, other.conversation))
}

// before selects the messages of a conversation that stand before a place; the
// zero place is the end.
func (p timelinePlace) before(conversation string) store.Query {
	from := store.Prefix("_id", conversation+"/")
	switch {
	case p.key == "":
		return store.Where(from)
	case conversation < p.conversation:
		return store.Where(store.Gte("_id", conversation+"/"), store.Lte("_id", conversation+"/"+p.key))
	}
	return store.Where(store.Gte("_id", conversation+"/"), store.Lt("_id", conversation+"/"+p.key))
}

func (p timelinePlace) cursor() store.Cursor {
	return store.Cursor(base64.RawURLEncoding.EncodeToString([]byte(p.key + "/" + p.conversation)))
}

func readTimelinePlace(cursor store.Cursor) (timelinePlace, error) {
	if cursor == "" {
		return timelinePlace{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(string(cursor))
	key, conversation, ok := strings.Cut(string(text), "/")
	if err != nil || !ok || conversation == "" || len(text) > 512 {
		return timelinePlace{}, store.ErrCursor
	}
	if _, err := ulid.ParseStrict(key); err != nil {
		return timelinePlace{}, store.ErrCursor
	}
	return timelinePlace{key, conversation}, nil
}
