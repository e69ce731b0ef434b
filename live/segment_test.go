package live

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// What is written out by hand is what the tags say.
func TestSegmentsAreEncodedAsTheirTagsSay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		instant := rapid.Custom(func(t *rapid.T) time.Time { return time.UnixMilli(rapid.Int64Range(-1e15, 1e15).Draw(t, "ms")).UTC() })
		event := rapid.Custom(func(t *rapid.T) Event {
			return Event{Account: rapid.String().Draw(t, "account"), Kind: rapid.String().Draw(t, "kind"),
				Topics: rapid.SliceOfN(rapid.String(), 1, 12).Draw(t, "topics"), Sequence: rapid.Int64().Draw(t, "sequence"),
				Data: json.RawMessage(rapid.SliceOf(rapid.Byte()).Draw(t, "data")), At: instant.Draw(t, "at")}
		})
		s := segment{ID: rapid.String().Draw(t, "id"), Account: rapid.String().Draw(t, "account"),
			First: rapid.Int64().Draw(t, "first"), Last: rapid.Int64().Draw(t, "last"), ExpiresAt: instant.Draw(t, "expires")}
		if rapid.Bool().Draw(t, "not a seal") {
			s.Events = rapid.SliceOfN(event, 0, 12).Draw(t, "events")
		}
		type plain segment // without the method
		want, err := bson.Marshal(plain(s))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := bson.Marshal(s); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v, %v, want %v", bson.Raw(got), err, bson.Raw(want))
		}
	})
}
