// Package guest gives people links to pages that can't know who has them open:
// a messenger may have no way to tell (KakaoTalk). A link carries a pass, which
// is good for one thing only, for a while, and for whoever has it: it signs
// nobody in, and its page shows nothing that is somebody's own. What was bought
// is, so that Goods are for the one browser that takes them.
package guest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// ErrNoPass is the fault of a pass that is unknown or over.
var ErrNoPass = fault.New(fault.NotFound, "guest_pass_over", "This link is no longer valid. Please ask for a new one in the chat.")

// Kind is what a pass is good for.
type Kind string

// The kinds.
const (
	Bill     Kind = "bill"    // to pay one order and to see how that ended
	Delivery Kind = "deliver" // to say once where a cart is to be delivered
	Goods    Kind = "goods"   // to fetch what one paid order has given, in one browser: see Take
)

const (
	// Aftermath is how long after its bill is over a pass still shows how it ended.
	Aftermath = 24 * time.Hour
	// DeliveryLife is how long somebody may take to type an address.
	DeliveryLife = time.Hour
	// GoodsLife is how long somebody may take to fetch what they have bought.
	GoodsLife = 7 * 24 * time.Hour
)

// Pass is what a link is good for.
type Pass struct {
	ID      string `bson:"_id"` // hash of the secret in the link
	Account string `bson:"account"`
	Kind    Kind   `bson:"kind"`
	// Subject is the order that a Bill or Goods are of, or the version of the cart.
	Subject string `bson:"subject"`
	// Person is who was given the link, not who has it: never to be shown.
	Person    message.Person `bson:"person"`
	ExpiresAt time.Time      `bson:"expires_at"`
	// Holder is the hash of what the browser holds that took Goods; empty: none has.
	Holder string `bson:"holder"`
}

// Cart is the version of the cart that a Delivery is for.
func (p Pass) Cart() int64 {
	version, _ := strconv.ParseInt(p.Subject, 10, 64) // written by Service.Delivery
	return version
}

var passes = store.Declare[Pass](store.Schema{Name: "guest_passes", ExpiresAt: "expires_at"})

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{passes.Schema()} }

// Dependencies of a Service. All are needed.
type Dependencies struct {
	DB *store.DB
	// Known says whether pages of an account can know the people of a channel.
	Known func(ctx context.Context, account, channel string) (bool, error)
	// PublicURL is how people reach the server, without a slash at its end.
	PublicURL string
	Now       func() time.Time
}

// Service gives passes and finds them. Safe for concurrent use.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// Bill is an address where whoever has it can pay an order that may be paid
// until an instant; empty for people whom pages can know: they need none.
func (s *Service) Bill(ctx context.Context, person message.Person, order string, until time.Time) (address string, err error) {
	return s.give(ctx, Pass{Kind: Bill, Subject: order, Person: person, ExpiresAt: until.Add(Aftermath)})
}

// Delivery is an address where whoever has it can say where a version of
// somebody's cart is to be delivered; empty for people whom pages can know.
func (s *Service) Delivery(ctx context.Context, person message.Person, cart int64) (address string, err error) {
	return s.give(ctx, Pass{Kind: Delivery, Subject: strconv.FormatInt(cart, 10), Person: person, ExpiresAt: s.Now().Add(DeliveryLife)})
}

// Goods is an address where what a paid order has given can be fetched, by the
// browser that takes it first; empty for people whom pages can know.
func (s *Service) Goods(ctx context.Context, person message.Person, order string) (address string, err error) {
	return s.give(ctx, Pass{Kind: Goods, Subject: order, Person: person, ExpiresAt: s.Now().Add(GoodsLife)})
}

func (s *Service) give(ctx context.Context, pass Pass) (address string, err error) {
	pass.Account = pass.Person.Account
	if known, err := s.Known(ctx, pass.Account, pass.Person.Channel); err != nil || known {
		return "", err
	}
	secret := rand.Text()
	pass.ID, pass.ExpiresAt = hash(secret), pass.ExpiresAt.UTC()
	address = s.PublicURL + "/" + string(pass.Kind) + "/" + secret
	return address, passes.In(s.DB, pass.Account).Insert(ctx, pass)
}

// Find finds a pass by the secret in its link. Errors: ErrNoPass.
func (s *Service) Find(ctx context.Context, kind Kind, secret string) (Pass, error) {
	found, err := passes.Across(s.DB).Get(ctx, hash(secret))
	if errors.Is(err, store.ErrNotFound) || err == nil && (found.Kind != kind || !s.Now().Before(found.ExpiresAt)) {
		return Pass{}, ErrNoPass
	}
	return found, err
}

// hash is what is kept of a secret. It has more bits than anybody can try, so it
// needs no slow hash.
func hash(secret string) string {
	sum := sha256.Sum256([]byte("plaza guest pass\x00" + secret))
	return hex.EncodeToString(sum[:])
}
