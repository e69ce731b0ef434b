package notify

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"plaza/bot/webchat/webpush"
	"plaza/egress"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// browser is one subscription of a browser. Its key is its endpoint's, so that an
// endpoint belongs to one person of an account: the one who gave it last.
type browser struct {
	ID      string    `bson:"_id"` // account + ":" + hash of the endpoint
	Account string    `bson:"account"`
	Person  string    `bson:"person"`
	Sealed  []byte    `bson:"sealed"` // webpush.Subscription: whoever has it can disturb
	SeenAt  time.Time `bson:"seen_at"`
	// DueAt is when a worker should call the push service; absent when there is
	// nothing to tell. Since is when the first of what is to be told was written.
	// Wanted rises with every message, Fence with every taking.
	DueAt     *time.Time `bson:"due_at,omitempty"`
	Since     time.Time  `bson:"since"`
	Wanted    int64      `bson:"wanted"`
	Attempts  int        `bson:"attempts"`
	Fence     int64      `bson:"fence"`
	ExpiresAt time.Time  `bson:"expires_at"`
}

var browsers = store.Declare[browser](store.Schema{
	Name: "notify_browsers", KeyedByAccount: true,
	Indexes: []store.Index{
		{Fields: []string{"person"}},
		{Fields: []string{"due_at"}, Across: true, Sparse: true},
	},
	ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

const (
	// maxBrowsers a person can have; one more takes the place of the one that was
	// seen the longest ago.
	maxBrowsers = 5
	// keepBrowser is how long a subscription is kept that no page has shown since.
	keepBrowser   = 400 * 24 * time.Hour
	browserFamily = "notify browser"
)

// ErrBrowser is what a page gave that is no subscription.
var ErrBrowser = fault.New(fault.Invalid, "notify_browser", "This browser cannot be reached by notifications.")

// Subscribe has a person's browser told; wishes nil leaves them as they are. The
// same again changes nothing. Keys are as the browser's PushSubscription gives
// them. Errors: ErrBrowser.
func (s *Service) Subscribe(ctx context.Context, to message.Person, endpoint, public, secret string, wishes *Wishes) error {
	if err := checkEndpoint(endpoint); err != nil {
		return err
	}
	subscription, err := webpush.ReadSubscription(endpoint, public, secret)
	if err != nil {
		return ErrBrowser.Because(err)
	}
	plain, err := json.Marshal(subscription)
	if err != nil {
		return err
	}
	id := browserID(to.Account, endpoint)
	sealed, err := s.Sealer.Seal(ctx, browserFamily, id, plain)
	if err != nil {
		return err
	}
	now := s.now()
	scope := browsers.In(s.DB, to.Account)
	before, err := scope.Get(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	made := scope.Upserting(id, store.Set("person", to.ID).Set("sealed", sealed).Set("seen_at", now).Set("expires_at", now.Add(keepBrowser)))
	told := people.In(s.DB, to.Account)
	known := told.Upserting(to.ID, wishing(wishes))
	if _, err := s.DB.Apply(ctx, made, known); err != nil {
		return err
	}
	if before.Person != "" && before.Person != to.ID { // nothing of theirs goes there now
		if err := s.forgetWithout(ctx, to.Account, before.Person); err != nil {
			return err
		}
	}
	return s.limit(ctx, to)
}

// wishing is the change of a person that wishes make.
func wishing(wishes *Wishes) store.Update {
	if wishes == nil {
		return store.Inc("posted", 0)
	}
	return store.Set("wishes", *wishes)
}

// checkEndpoint: push services are reached by TLS. Where the name leads is seen
// when it is called.
func checkEndpoint(endpoint string) error {
	parsed, err := url.Parse(endpoint)
	if err != nil || parsed.Scheme != "https" || egress.CheckAddress(endpoint) != nil || strings.ContainsFunc(endpoint, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ErrBrowser.In("endpoint")
	}
	return nil
}

func browserID(account, endpoint string) string {
	digest := sha256.Sum256([]byte(endpoint))
	return account + ":" + base64.RawURLEncoding.EncodeToString(digest[:18])
}

// browsersOf are those of a person, the one seen last first.
func (s *Service) browsersOf(ctx context.Context, account, id string) ([]browser, error) {
	found, _, err := browsers.In(s.DB, account).Find(ctx, store.Where(store.Eq("person", id)).Top(4*maxBrowsers))
	slices.SortFunc(found, func(a, b browser) int { return b.SeenAt.Compare(a.SeenAt) })
	return found, err
}

func (s *Service) limit(ctx context.Context, to message.Person) error {
	found, err := s.browsersOf(ctx, to.Account, to.ID)
	if err != nil || len(found) <= maxBrowsers {
		return err
	}
	for _, old := range found[maxBrowsers:] {
		if err := gone(browsers.In(s.DB, to.Account).Delete(ctx, old.ID, store.Eq("person", to.ID))); err != nil {
			return err
		}
	}
	return nil
}

// Unsubscribe has a person's browser told no more. Another's stays.
func (s *Service) Unsubscribe(ctx context.Context, to message.Person, endpoint string) error {
	err := browsers.In(s.DB, to.Account).Delete(ctx, browserID(to.Account, endpoint), store.Eq("person", to.ID))
	if gone(err) != nil {
		return err
	}
	return s.forgetWithout(ctx, to.Account, to.ID)
}

// Forget has none of a person's browsers told any more: they were signed out.
func (s *Service) Forget(ctx context.Context, account, id string) error {
	found, err := s.browsersOf(ctx, account, id)
	if err != nil {
		return err
	}
	for _, one := range found {
		if err := gone(browsers.In(s.DB, account).Delete(ctx, one.ID, store.Eq("person", id))); err != nil {
			return err
		}
	}
	return s.forgetWithout(ctx, account, id)
}

// forgetWithout forgets a person who has no browser left.
func (s *Service) forgetWithout(ctx context.Context, account, id string) error {
	found, err := s.browsersOf(ctx, account, id)
	if err != nil || len(found) > 0 {
		return err
	}
	return gone(people.In(s.DB, account).Delete(ctx, id))
}

// spread marks all browsers of a person.
func (s *Service) spread(ctx context.Context, one person) error {
	found, err := s.browsersOf(ctx, one.Account, one.ID)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return s.forgetWithout(ctx, one.Account, one.ID)
	}
	now := s.now()
	operations := make([]store.Operation, 0, 2*len(found))
	scope := browsers.In(s.DB, one.Account)
	for _, each := range found {
		// One that waits for its push service goes on waiting: see retry.
		operations = append(operations, scope.Updating(each.ID, store.Inc("wanted", 1), store.Exists("due_at", true)),
			scope.Updating(each.ID, store.Inc("wanted", 1).Set("due_at", now).Set("since", now).Set("attempts", 0), store.Exists("due_at", false)))
	}
	results, err := s.DB.Apply(ctx, operations...)
	for _, result := range results {
		if gone(result.Err) != nil {
			return err
		}
	}
	if results == nil {
		return err
	}
	return nil
}
