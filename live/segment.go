package live

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"plaza/store"
)

// A segment is one write's worth of an account's events, numbered First to
// Last without a hole. Its key ends in Last, so that the segments of an
// account lie in order and the one that holds number n is the first whose key
// is not less than n's.
//
// A segment without events is a seal: a reader gave the number up because the
// node that took it did not write in time. Whoever comes late finds the key
// taken and takes new numbers, so that giving up loses nothing.
type segment struct {
	ID        string    `bson:"_id"`
	Account   string    `bson:"account"`
	First     int64     `bson:"first"`
	Last      int64     `bson:"last"`
	Events    []Event   `bson:"events"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// MarshalBSON is what the tags say, written out: a campaign puts an event for
// each of its messages here, and reflection would take as long as storing it.
func (s segment) MarshalBSON() ([]byte, error) {
	start, doc := bsoncore.AppendDocumentStart(make([]byte, 0, s.size()))
	doc = bsoncore.AppendStringElement(doc, "_id", s.ID)
	doc = bsoncore.AppendStringElement(doc, "account", s.Account)
	doc = bsoncore.AppendInt64Element(doc, "first", s.First)
	doc = bsoncore.AppendInt64Element(doc, "last", s.Last)
	if s.Events == nil {
		doc = bsoncore.AppendNullElement(doc, "events")
	} else {
		var events int32
		events, doc = bsoncore.AppendArrayElementStart(doc, "events")
		for i, event := range s.Events {
			doc = event.append(doc, strconv.Itoa(i))
		}
		doc, _ = bsoncore.AppendArrayEnd(doc, events) // fails only where nothing was begun
	}
	doc = bsoncore.AppendDateTimeElement(doc, "expires_at", s.ExpiresAt.UnixMilli())
	return bsoncore.AppendDocumentEnd(doc, start)
}

func (e Event) append(doc []byte, key string) []byte {
	start, doc := bsoncore.AppendDocumentElementStart(doc, key)
	doc = bsoncore.AppendStringElement(doc, "account", e.Account)
	topics, doc := bsoncore.AppendArrayElementStart(doc, "topics")
	for i, topic := range e.Topics {
		doc = bsoncore.AppendStringElement(doc, strconv.Itoa(i), topic)
	}
	doc, _ = bsoncore.AppendArrayEnd(doc, topics)
	doc = bsoncore.AppendStringElement(doc, "kind", e.Kind)
	if len(e.Data) > 0 {
		doc = bsoncore.AppendBinaryElement(doc, "data", bson.TypeBinaryGeneric, e.Data)
	}
	doc = bsoncore.AppendInt64Element(doc, "sequence", e.Sequence)
	doc = bsoncore.AppendDateTimeElement(doc, "at", e.At.UnixMilli())
	doc, _ = bsoncore.AppendDocumentEnd(doc, start)
	return doc
}

func (s segment) size() int {
	size := 200
	for _, event := range s.Events {
		size += sizeOf(event)
	}
	return size
}

// head is the last number given out in an account. It outlives the segments,
// so that numbers are never given twice. Nodes also show one another the latest
// signals by it.
type head struct {
	ID      string `bson:"_id"` // the account
	Account string `bson:"account"`
	Last    int64  `bson:"last"`
	// Signals by their place.
	Signals map[string]postedSignal `bson:"signals,omitempty"`
}

var (
	segments = store.Declare[segment](store.Schema{Name: "live_segments", KeyedByAccount: true, ExpiresAt: "expires_at"})
	heads    = store.Declare[head](store.Schema{Name: "live_heads", KeyedByAccount: true})
)

// Schemas are the collections of the event log.
func Schemas() []*store.Schema {
	return []*store.Schema{segments.Schema(), heads.Schema()}
}

// Bounds of one segment: few enough bytes that reading a page of them is cheap.
const (
	maxSegmentEvents = 256
	maxSegmentBytes  = 256 << 10
)

func segmentKey(account string, last int64) string {
	return fmt.Sprintf("%s/%019d", account, last)
}

// segmentsAfter selects, in order, the segments that hold numbers above since.
func segmentsAfter(account string, since int64) store.Query {
	return store.Where(
		store.Gt("_id", segmentKey(account, since)),
		store.Lte("_id", segmentKey(account, math.MaxInt64)),
	).By("_id")
}

// cut makes segments of events, numbering them from first.
func (l *Log) cut(account string, events []Event, first int64) []segment {
	now := l.options.Now().UTC().Truncate(time.Millisecond)
	var cut []segment
	for start := 0; start < len(events); {
		end, size := start, 0
		for end < len(events) && end-start < maxSegmentEvents && (end == start || size < maxSegmentBytes) {
			events[end].Sequence = first + int64(end)
			events[end].At = now
			size += sizeOf(events[end])
			end++
		}
		cut = append(cut, segment{
			ID:        segmentKey(account, first+int64(end)-1),
			Account:   account,
			First:     first + int64(start),
			Last:      first + int64(end) - 1,
			Events:    events[start:end],
			ExpiresAt: now.Add(l.options.Retention),
		})
		start = end
	}
	return cut
}

// sizeOf is about what an event takes in a segment.
func sizeOf(event Event) int {
	size := 100 + len(event.Account) + len(event.Kind) + len(event.Data)
	for _, topic := range event.Topics {
		size += len(topic) + 8
	}
	return size
}
