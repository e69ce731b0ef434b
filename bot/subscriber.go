package bot

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"plaza/message"
	"plaza/store"
)

// Subscriber is a person as one account knows them on one channel.
type Subscriber struct {
	ID      string `bson:"_id" json:"id"` // message.SubscriberID
	Account string `bson:"account" json:"account"`
	Channel string `bson:"channel" json:"channel"`
	User    string `bson:"user" json:"user"`

	Name     string   `bson:"name,omitempty" json:"name,omitempty"`
	Remark   string   `bson:"remark,omitempty" json:"remark,omitempty"` // the members' own name for them
	Search   []string `bson:"search,omitempty" json:"-"`                // see searchWords
	Language string   `bson:"language" json:"language"`
	Tags     []string `bson:"tags,omitempty" json:"tags,omitempty"`
	Consent  Consent  `bson:"consent" json:"consent"`
	// Attributes are what flows and members noted; {{attr:size}} shows them.
	Attributes map[string]string `bson:"attributes,omitempty" json:"attributes,omitempty"`

	Followed bool `bson:"followed" json:"followed"`
	// Muted: wants no promotions and no notices for now, but may still chat.
	Muted        bool       `bson:"muted,omitempty" json:"muted,omitempty"`
	FollowedAt   *time.Time `bson:"followed_at,omitempty" json:"followed_at,omitempty"`
	UnfollowedAt *time.Time `bson:"unfollowed_at,omitempty" json:"unfollowed_at,omitempty"`
	// Scene is the code they arrived by.
	Scene       string    `bson:"scene,omitempty" json:"scene,omitempty"`
	FirstSeenAt time.Time `bson:"first_seen_at" json:"first_seen_at"`
	// LastInboundAt is coarse (an hour), so that a message is not one more write;
	// the conversation has the exact instant.
	LastInboundAt time.Time `bson:"last_inbound_at" json:"last_inbound_at"`

	// PushAt is when to tell the platform of a remark or tags that members have
	// changed; absent when it knows them. See roster.go.
	PushAt *time.Time `bson:"push_at,omitempty" json:"-"`
	// Menu is the platform's id of the menu that they were given, where people are
	// given theirs; MenuAt is when to give them theirs again; absent when the
	// platform knows. See menu_round.go.
	Menu   string     `bson:"menu,omitempty" json:"-"`
	MenuAt *time.Time `bson:"menu_at,omitempty" json:"-"`
	// Counting is a change that the counters have yet to see; see counters.go.
	Counting *counting `bson:"counting,omitempty" json:"-"`
	// Version rises with every change of tags or following.
	Version int64 `bson:"version" json:"-"`
}

// Consent is what a subscriber agreed to receive unasked.
type Consent struct {
	Notices    bool `bson:"notices" json:"notices"`
	Promotions bool `bson:"promotions" json:"promotions"`
}

// Person is the subscriber as the rest of the program needs them.
func (s Subscriber) Person() message.Person {
	return message.Person{ID: s.ID, Account: s.Account, Channel: s.Channel,
		User: s.User, Name: s.Name, Language: s.Language}
}

var subscribers = store.Declare[Subscriber](store.Schema{
	Name:           "subscribers",
	KeyedByAccount: true,
	Indexes: []store.Index{
		{Fields: []string{"-first_seen_at"}},
		{Fields: []string{"followed"}},
		{Fields: []string{"channel", "followed"}},
		{Fields: []string{"tags", "followed"}},
		{Fields: []string{"search"}},
		{Fields: []string{"counting.at"}, Across: true, Sparse: true},
		{Fields: []string{"push_at"}, Across: true, Sparse: true},
		{Fields: []string{"menu_at"}, Across: true, Sparse: true},
	},
	ShardKey: []string{"account", "_id"},
})

// newSubscriber is somebody never heard of before.
func newSubscriber(in message.Inbound, language string, at time.Time) Subscriber {
	subscriber := Subscriber{
		ID: in.SubscriberID(), Account: in.Account, Channel: in.Channel, User: in.User,
		Name: truncate(in.Name, maxName), Language: language,
		Consent:     Consent{Notices: true, Promotions: true},
		FirstSeenAt: at, LastInboundAt: at,
	}
	subscriber.Search = searchWords(subscriber.Name, subscriber.Remark)
	return subscriber
}

// A search by the beginning of a word finds these beginnings, of up to
// searchLength characters; there are at most maxSearch of them.
const (
	searchLength = 6
	maxSearch    = 40
)

// searchWords are the beginnings of the words of names, folded. The store finds
// elements of a list by equality only, so each beginning is an element.
func searchWords(names ...string) []string {
	var words []string
	for _, name := range names {
		for folded := fold(name); folded != ""; {
			for length := 1; length <= searchLength && len(words) < maxSearch; length++ {
				beginning := strings.TrimSpace(truncate(folded, length))
				if !slices.Contains(words, beginning) {
					words = append(words, beginning)
				}
			}
			_, folded, _ = strings.Cut(folded, " ")
		}
	}
	return words
}

// named says whether a word of the subscriber's names begins with folded text.
func (s Subscriber) named(folded string) bool {
	for _, name := range []string{s.Name, s.Remark} {
		if strings.Contains(" "+fold(name), " "+folded) {
			return true
		}
	}
	return false
}

// fold makes texts comparable: width, compatibility forms and case do not
// count, neither does white space around or repeated ("ＢＵＹ " is "buy").
func fold(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(text))), " ")
}

// truncate cuts text after at most limit characters.
func truncate(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	count := 0
	for i := range text {
		if count == limit {
			return text[:i]
		}
		count++
	}
	return text
}
