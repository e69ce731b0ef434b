package qr

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/fault"
	"plaza/live"
	"plaza/store"
)

// Kind says what a code is for.
type Kind string

// The kinds of code.
const (
	Follow      Kind = "follow"
	App         Kind = "app" // downloads, by platform
	Coupon      Kind = "coupon"
	Product     Kind = "product"
	Link        Kind = "link"
	ForCampaign Kind = "campaign" // made for one campaign, leads where its parent leads
)

// Code is a tracked QR code. Its key is what the picture says, and is unique
// over all accounts.
type Code struct {
	ID      string `bson:"_id" json:"code"`
	Account string `bson:"account" json:"-"`
	Spec    `bson:",inline"`
	// Parent is the code that a campaign's own code stands for.
	Parent    string    `bson:"parent,omitempty" json:"parent,omitempty"`
	Campaign  string    `bson:"campaign,omitempty" json:"campaign,omitempty"`
	Disabled  bool      `bson:"disabled" json:"disabled"`
	Scans     int64     `bson:"scans" json:"scans"`
	Visitors  int64     `bson:"visitors" json:"visitors"` // different ones, by day
	CreatedBy string    `bson:"created_by" json:"created_by"`
	CreatedAt time.Time `bson:"created_at" json:"created_at"`
	// Scenes are what the codes say that messengers have made for this one, by
	// channel: whoever scans one follows there, and it counts here.
	Scenes map[string]string `bson:"scenes,omitempty" json:"scenes,omitempty"`
	// SceneEnds says until when those work that end, and SceneNumbers which of
	// them tell a number instead of the code's key.
	SceneEnds    map[string]time.Time `bson:"scene_ends,omitempty" json:"scene_ends,omitempty"`
	SceneNumbers map[string]int64     `bson:"scene_numbers,omitempty" json:"scene_numbers,omitempty"`
	// Follows is how many followed by a messenger's code.
	Follows int64 `bson:"follows,omitempty" json:"follows"`
	// Mark is of the request that made it, which finds it when it is repeated.
	Mark string `bson:"mark,omitempty" json:"-"`
}

// Spec is the part of a code that people write.
type Spec struct {
	Kind  Kind   `bson:"kind" json:"kind"`
	Label string `bson:"label" json:"label"`
	// Target is an address or a path on this site. For App it is for whoever
	// has neither platform.
	Target  string `bson:"target" json:"target"`
	IOS     string `bson:"ios,omitempty" json:"ios,omitempty"`
	Android string `bson:"android,omitempty" json:"android,omitempty"`
	// Coupon is the coupon's code; Target then comes from the shop.
	Coupon string `bson:"coupon,omitempty" json:"coupon,omitempty"`
	// EndsAt is when it stops leading anywhere; zero is never.
	EndsAt time.Time `bson:"ends_at,omitempty" json:"ends_at,omitzero"`
}

var codes = store.Declare[Code](store.Schema{
	Name: "codes",
	Indexes: []store.Index{
		{Fields: []string{"created_at"}},
		{Fields: []string{"campaign"}, Sparse: true},
	},
})

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{codes.Schema(), days.Schema(), visits.Schema(), sceneNumbers.Schema()}
}

// The faults of codes.
var (
	ErrCode     = fault.New(fault.NotFound, "unknown_code", "This code does not lead anywhere.")
	ErrEnded    = fault.New(fault.NotFound, "code_ended", "This code is no longer valid.")
	ErrKind     = fault.New(fault.Invalid, "code_kind", "Please choose what the code is for.").In("kind")
	ErrLabel    = fault.New(fault.Invalid, "code_label", "Please give a name of 1 to 100 characters.").In("label")
	ErrNoCoupon = fault.New(fault.Invalid, "code_coupon", "Please choose a coupon.").In("coupon")
)

// Coupons knows where a coupon's code leads. The shop does.
type Coupons interface {
	// CouponTarget is the path of the shop with the coupon applied.
	CouponTarget(ctx context.Context, account, coupon string) (target string, err error)
}

// Events takes what the console shows live.
type Events interface {
	Append(ctx context.Context, events ...live.Event) error
}

// Dependencies of Codes.
type Dependencies struct {
	DB      *store.DB
	Events  Events
	Coupons Coupons
	// Address is the public address of a code: https://.../q/{code}.
	Address func(code string) string
	// Zone is the clock that an account's days follow; nil is UTC for all.
	Zone   func(ctx context.Context, account string) (*time.Location, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Codes keeps the codes of all accounts. Safe for use by many goroutines.
type Codes struct {
	Dependencies
	recorder *recorder
}

// New makes Codes. Scans are counted once Run runs.
func New(needs Dependencies) *Codes {
	if needs.Zone == nil {
		needs.Zone = func(context.Context, string) (*time.Location, error) { return time.UTC, nil }
	}
	return &Codes{Dependencies: needs, recorder: newRecorder()}
}

// URL is the public address of a code: what its picture says.
func (c *Codes) URL(code string) string { return c.Address(code) }

// Create makes a code.
func (c *Codes) Create(ctx context.Context, account, member string, spec Spec) (Code, error) {
	spec, err := c.check(ctx, account, spec)
	if err != nil {
		return Code{}, err
	}
	return c.insert(ctx, Code{Account: account, Spec: spec, CreatedBy: member})
}

// Update changes what a code is for and where it leads; printed ones follow.
func (c *Codes) Update(ctx context.Context, account, id string, spec Spec) (Code, error) {
	spec, err := c.check(ctx, account, spec)
	if err != nil {
		return Code{}, err
	}
	update := store.Set("kind", spec.Kind).Set("label", spec.Label).Set("target", spec.Target).
		Set("ios", spec.IOS).Set("android", spec.Android).Set("coupon", spec.Coupon)
	if spec.EndsAt.IsZero() {
		update = update.Unset("ends_at")
	} else {
		update = update.Set("ends_at", spec.EndsAt)
	}
	code, err := codes.In(c.DB, account).UpdateAndGet(ctx, id, update, store.Exists("parent", false))
	return code, known(err)
}

// SetDisabled stops a code from leading anywhere, or lets it again.
func (c *Codes) SetDisabled(ctx context.Context, account, id string, disabled bool) (Code, error) {
	code, err := codes.In(c.DB, account).UpdateAndGet(ctx, id, store.Set("disabled", disabled))
	return code, known(err)
}

// Find finds a code of an account. Errors: ErrCode.
func (c *Codes) Find(ctx context.Context, account, id string) (Code, error) {
	code, err := codes.In(c.DB, account).Get(ctx, id)
	return code, known(err)
}

// List lists an account's codes, newest first.
func (c *Codes) List(ctx context.Context, account string, after store.Cursor, limit int) ([]Code, store.Cursor, error) {
	return codes.In(c.DB, account).Find(ctx, store.Query{}.By("-created_at").Top(limit).From(after))
}

// ForCampaign makes a code that leads where parent leads and counts only what a
// campaign brought. Asked again, it gives the same one.
func (c *Codes) ForCampaign(ctx context.Context, account, parent, campaign, label string) (Code, error) {
	made, err := codes.In(c.DB, account).First(ctx, store.Where(store.Eq("campaign", campaign)))
	if err == nil && made.Parent == parent {
		return made, nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Code{}, err
	}
	if _, err := c.Find(ctx, account, parent); err != nil {
		return Code{}, err
	}
	return c.insert(ctx, Code{Account: account, Parent: parent, Campaign: campaign,
		Spec: Spec{Kind: ForCampaign, Label: label}})
}

// insert gives a code a key that no other has.
func (c *Codes) insert(ctx context.Context, code Code) (Code, error) {
	code.CreatedAt = c.now()
	code.Mark = store.FreshID(ctx, "code")
	for {
		code.ID = newKey(ctx)
		kept, inserted, err := codes.In(c.DB, code.Account).InsertIfAbsent(ctx, code)
		if inserted || err == nil && kept.Mark == code.Mark {
			return kept, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) { // not found: it is another account's
			return Code{}, err
		}
	}
}

func (c *Codes) check(ctx context.Context, account string, spec Spec) (Spec, error) {
	spec.Label = strings.TrimSpace(spec.Label)
	spec.EndsAt = spec.EndsAt.UTC().Truncate(time.Millisecond)
	if count := utf8.RuneCountInString(spec.Label); count == 0 || count > 100 {
		return spec, ErrLabel
	}
	switch spec.Kind {
	case Follow, Product, Link:
		return spec, checkLead(spec.Target)
	case App:
		for field, target := range map[string]string{"ios": spec.IOS, "android": spec.Android} {
			if target != "" && checkLead(target) != nil {
				return spec, ErrTarget.In(field)
			}
		}
		return spec, checkLead(spec.Target)
	case Coupon:
		if spec.Coupon == "" || c.Coupons == nil {
			return spec, ErrNoCoupon
		}
		var err error
		if spec.Target, err = c.Coupons.CouponTarget(ctx, account, spec.Coupon); err != nil {
			return spec, err
		}
		return spec, checkLead(spec.Target)
	}
	return spec, ErrKind
}

// now is the present as the store keeps it: milliseconds.
func (c *Codes) now() time.Time { return c.Now().UTC().Truncate(time.Millisecond) }

func known(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConditionFailed) {
		return ErrCode.Because(err)
	}
	return err
}

// alphabet has no characters that are taken for one another on paper.
const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// keyLength gives 8.5e11 keys: nobody finds a code by trying.
const keyLength = 8

func newKey(ctx context.Context) string {
	const fair = 256 / len(alphabet) * len(alphabet) // below it every character is as likely
	key := make([]byte, 0, keyLength)
	for len(key) < keyLength {
		var random [1]byte
		store.FreshBytes(ctx, "code key", random[:])
		if n := int(random[0]); n < fair {
			key = append(key, alphabet[n%len(alphabet)])
		}
	}
	return string(key)
}

// ParseKey reads a code as people type it; ok is false for what is none.
func ParseKey(text string) (key string, ok bool) {
	key = strings.ToUpper(strings.TrimSpace(text))
	if len(key) != keyLength || strings.Trim(key, alphabet) != "" {
		return "", false
	}
	return key, true
}
