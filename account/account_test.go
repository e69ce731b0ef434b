package account

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/store"
	"plaza/store/storetest"
)

// clock is a time that passes only when a test says so.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a service with a clock, one account and its owner.
type world struct {
	*Service
	db      *store.DB
	time    *clock
	account Account
	owner   Member
	access  Access // the owner's
}

const goodPassword = "correct horse battery"

// cheap makes hashing quick where a test is about something else.
var cheap = argonCost{memory: 64, passes: 1, lanes: 1}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{db: storetest.Open(t, Schemas()...), time: &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	w.Service = New(Dependencies{DB: w.db, Now: w.time.now, Logger: slog.New(slog.DiscardHandler)})
	w.Members.passwords = newPasswords(cheap)
	w.owner = w.member(t, "mina@example.com")
	w.account = w.open(t, "corner-shop", w.owner)
	w.access = must(w.Members.Access(t.Context(), w.account.ID, w.owner, "192.0.2.1"))(t)
	return w
}

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func (w *world) member(t testing.TB, email string) Member {
	t.Helper()
	return must(w.Members.Create(t.Context(), NewMember{
		Email: email, Name: "Mina", Language: "ko", Password: goodPassword}))(t)
}

func (w *world) open(t testing.TB, slug string, owner Member) Account {
	t.Helper()
	return must(w.Accounts.Create(t.Context(), NewAccount{Slug: slug, Currency: "KRW", Profile: shopProfile()},
		owner.ID, owner.Actor("")))(t)
}

func (w *world) seat(t testing.TB, email string, role Role) Member {
	t.Helper()
	member := w.member(t, email)
	if err := w.Members.Add(t.Context(), w.account.ID, member.ID, role, System("test")); err != nil {
		t.Fatal(err)
	}
	return member
}

func shopProfile() Profile {
	return Profile{Kind: Merchant, Names: map[string]string{"en": "Corner Shop", "ko": "모퉁이 가게"},
		Language: "ko", TimeZone: "Asia/Seoul", Colour: "#0A7F5A"}
}

func TestAnAccountIsFoundByIdAndBySlug(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, key := range []string{w.account.ID, w.account.Slug} {
		found, err := w.Accounts.Find(t.Context(), key)
		if err != nil || found.ID != w.account.ID || found.Name("ko") != "모퉁이 가게" ||
			found.Name("zh") != "모퉁이 가게" || found.Colour != "#0a7f5a" {
			t.Errorf("%s: %+v, %v", key, found, err)
		}
	}
	for _, key := range []string{"", "nobody", store.NewID(), "Corner-Shop", "$where", "corner-shop\x00"} {
		if _, err := w.Accounts.Find(t.Context(), key); !errors.Is(err, ErrNoAccount) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestAChangeIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(w.Accounts.Find(t.Context(), "corner-shop"))(t) // now in the cache
	profile := shopProfile()
	profile.Names["en"] = "Corner Store"
	must(w.Accounts.Update(t.Context(), w.account.ID, profile, w.access.Actor))(t)
	found := must(w.Accounts.Find(t.Context(), "corner-shop"))(t)
	if found.Name("en") != "Corner Store" || found.Revision != 2 {
		t.Errorf("still %q, revision %d", found.Name("en"), found.Revision)
	}
}

func TestAChangeOnAnotherNodeIsSeenWithinSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := New(Dependencies{DB: w.db, Now: w.time.now, Logger: slog.New(slog.DiscardHandler)})
	must(other.Accounts.FindByID(t.Context(), w.account.ID))(t)
	must(w.Accounts.SetState(t.Context(), w.account.ID, Closed, w.access.Actor))(t)
	w.time.pass(accountLifetime)
	if found := must(other.Accounts.FindByID(t.Context(), w.account.ID))(t); found.State != Closed {
		t.Errorf("state is still %s", found.State)
	}
}

func TestAReadThatAChangeOvertakesIsNotKept(t *testing.T) {
	t.Parallel()
	time := &clock{}
	kept := newCache[int](time.now, accountLifetime, 10)
	slow, _ := kept.Get("a", func() (int, error) {
		kept.Forget("a") // the change comes while the old value is on its way
		return 1, nil
	})
	fresh, _ := kept.Get("a", func() (int, error) { return 2, nil })
	if slow != 1 || fresh != 2 {
		t.Errorf("%d, then %d; want 1, then 2", slow, fresh)
	}
}

func TestTheCacheStaysSmall(t *testing.T) {
	t.Parallel()
	kept := newCache[int]((&clock{}).now, accountLifetime, 3)
	for _, key := range strings.Split("abcdefghij", "") {
		kept.Get(key, func() (int, error) { return 1, nil })
		kept.Get(key, func() (int, error) { return 0, errors.New("not here") })
	}
	kept.Get("missing", func() (int, error) { return 0, errors.New("not here") })
	if _, there := kept.values["missing"]; there || len(kept.values) > 3 {
		t.Errorf("%d values kept", len(kept.values))
	}
}

func TestOneSlugIsOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	var made, taken int
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			_, err := w.Accounts.Create(t.Context(), NewAccount{Slug: "bakery", Currency: "KRW", Profile: shopProfile()},
				w.owner.ID, w.access.Actor)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made++
			case errors.Is(err, ErrSlugTaken):
				taken++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made != 1 || taken != 15 {
		t.Errorf("%d made, %d refused", made, taken)
	}
	if mine := must(w.Accounts.OfMember(t.Context(), w.owner.ID))(t); len(mine) != 2 {
		t.Errorf("the owner has %d accounts, want 2", len(mine))
	}
	if seats := must(seatsOf(t.Context(), w.db, w.owner.ID))(t); len(seats) != 2 {
		t.Errorf("%d seats are left over", len(seats)-2)
	}
}

func TestASlugIsMadeFromTheName(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]string{
		"Corner Shop & Café": "corner-shop-caf", "7-Eleven Gangnam": "eleven-gangnam",
		strings.Repeat("very long ", 9): "very-long-very-long-very-long",
		"":                              "", "便利店": "", "console": "", "24 A": "",
	} {
		got := suggestSlugs(Profile{Kind: Merchant, Language: "zh", Names: map[string]string{"zh": name}})
		ended := got[len(got)-1]
		if plain != "" && (len(got) != 2 || got[0] != plain || !strings.HasPrefix(ended, plain+"-")) || plain == "" && len(got) != 1 || checkSlug(ended) != nil {
			t.Errorf("%q becomes %q", name, got)
		}
	}
	if english := suggestSlugs(Profile{Language: "zh", Names: map[string]string{"zh": "Bianli", "en": "Corner"}}); english[0] != "corner" {
		t.Errorf("beside an English name: %q", english)
	}
}

func TestAFreeNameIsTheSlugAndATakenOneGetsAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wanted := NewAccount{Currency: "CNY", Profile: shopProfile()}
	wanted.Names = map[string]string{"en": "Corner 24"}
	first := must(w.Accounts.Create(t.Context(), wanted, w.owner.ID, w.access.Actor))(t)
	second := must(w.Accounts.Create(t.Context(), wanted, w.owner.ID, w.access.Actor))(t)
	if first.Slug != "corner-24" || !strings.HasPrefix(second.Slug, "corner-24-") {
		t.Errorf("slugs %s and %s", first.Slug, second.Slug)
	}
}

func TestABadAccountIsAClearFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, test := range map[string]struct {
		spoil func(*NewAccount)
		want  *fault.Error
		field string
	}{
		"slug with capitals":   {func(n *NewAccount) { n.Slug = "Shop" }, ErrSlug, "slug"},
		"slug with a colon":    {func(n *NewAccount) { n.Slug = "a:b" }, ErrSlug, "slug"},
		"slug too short":       {func(n *NewAccount) { n.Slug = "ab" }, ErrSlug, "slug"},
		"slug reserved":        {func(n *NewAccount) { n.Slug = "console" }, ErrSlug, "slug"},
		"no such kind":         {func(n *NewAccount) { n.Kind = "club" }, ErrKind, "kind"},
		"no name":              {func(n *NewAccount) { n.Names = map[string]string{"en": "  "} }, ErrNameMissing, "name"},
		"name too long":        {func(n *NewAccount) { n.Names = map[string]string{"zh": strings.Repeat("店", 61)} }, ErrTextTooLong, "name"},
		"name in Latin":        {func(n *NewAccount) { n.Names = map[string]string{"la": "Taberna"} }, ErrLanguage, "name"},
		"description too long": {func(n *NewAccount) { n.Descriptions = map[string]string{"en": strings.Repeat("x", 501)} }, ErrTextTooLong, "description"},
		"no such language":     {func(n *NewAccount) { n.Language = "fr" }, ErrLanguage, "language"},
		"no time zone":         {func(n *NewAccount) { n.TimeZone = "" }, ErrTimeZone, "time_zone"},
		"this machine's zone":  {func(n *NewAccount) { n.TimeZone = "Local" }, ErrTimeZone, "time_zone"},
		"a zone as a path":     {func(n *NewAccount) { n.TimeZone = "../../etc/passwd" }, ErrTimeZone, "time_zone"},
		"no such currency":     {func(n *NewAccount) { n.Currency = "XXX" }, money.ErrCurrency, "currency"},
		"colour as a script":   {func(n *NewAccount) { n.Colour = "red;}</style>" }, ErrColour, "colour"},
	} {
		wanted := NewAccount{Slug: "new-shop", Currency: "KRW", Profile: shopProfile()}
		test.spoil(&wanted)
		_, err := w.Accounts.Create(t.Context(), wanted, w.owner.ID, w.access.Actor)
		found, ok := errors.AsType[*fault.Error](err)
		if !ok || found.Code != test.want.Code || found.Field != test.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Accounts.Create(t.Context(), NewAccount{Slug: "new-shop", Currency: "KRW", Profile: shopProfile()},
		"nobody", System("test")); !errors.Is(err, ErrNoMember) {
		t.Errorf("an account for nobody: %v", err)
	}
}

func TestAnAccountNeverLosesItsLastOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.seat(t, "jun@example.com", Owner)
	// Both owners throw each other out, and step down, at the same time.
	var all sync.WaitGroup
	for range 4 {
		for _, member := range []Member{w.owner, second} {
			all.Go(func() {
				err := w.Members.Remove(t.Context(), w.account.ID, member.ID, System("test"))
				if err != nil && !errors.Is(err, ErrLastOwner) && !errors.Is(err, ErrNoMember) {
					t.Error(err)
				}
			})
			all.Go(func() {
				err := w.Members.SetRole(t.Context(), w.account.ID, member.ID, Viewer, System("test"))
				if err != nil && !errors.Is(err, ErrLastOwner) && !errors.Is(err, ErrNoMember) {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	found := must(w.Accounts.read(t.Context(), w.account.ID))(t)
	if len(found.Owners) != 1 {
		t.Fatalf("owners left: %v", found.Owners)
	}
	if seat := must(w.Members.seat(t.Context(), w.account.ID, found.Owners[0]))(t); seat.Role != Owner {
		t.Errorf("the last owner is %s", seat.Role)
	}
}

func TestAMemberOfOneAccountIsNobodyInAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := w.member(t, "other@example.com")
	other := w.open(t, "other-shop", stranger)
	if _, err := w.Members.Access(t.Context(), other.ID, w.owner, ""); !errors.Is(err, ErrNotPermitted) {
		t.Errorf("access: %v", err)
	}
	if err := w.Members.Remove(t.Context(), w.account.ID, stranger.ID, w.access.Actor); !errors.Is(err, ErrNoMember) {
		t.Errorf("remove: %v", err)
	}
	if _, _, err := w.Members.InviteReset(t.Context(), w.account.ID, stranger.ID, w.access.Actor); !errors.Is(err, ErrNoMember) {
		t.Errorf("reset: %v", err)
	}
	seats := must(w.Members.List(t.Context(), w.account.ID))(t)
	if len(seats) != 1 || seats[0].Email != "mina@example.com" || seats[0].Role != Owner {
		t.Errorf("members: %+v", seats)
	}
}

func TestEveryRoleMayExactlyWhatTheTableSays(t *testing.T) {
	t.Parallel()
	for permission, roles := range map[Permission]string{
		Settings: "owner", ManageMembers: "owner", ManageTokens: "owner", Refund: "owner",
		ReadAudit: "owner approver", ApproveCampaigns: "owner approver",
		ReadInbox: "owner editor approver agent viewer", ReadSubscribers: "owner editor approver agent viewer",
		ReadCampaigns: "owner editor approver agent viewer", ReadShop: "owner editor approver agent viewer",
		WriteInbox: "owner editor agent", WriteOrders: "owner editor agent",
		WriteSubscribers: "owner editor", WriteRules: "owner editor", WriteCampaigns: "owner editor", WriteShop: "owner editor",
	} {
		for _, role := range Roles() {
			access := Access{Permissions: role.Permissions()}
			allowed := access.Require(permission) == nil
			if listed := strings.Contains(" "+roles+" ", " "+string(role)+" "); allowed != listed {
				t.Errorf("%s may %s: %v, want %v", role, permission, allowed, listed)
			}
		}
		if (Access{Permissions: Role("stranger").Permissions()}).May(permission) {
			t.Errorf("an unknown role may %s", permission)
		}
	}
}
