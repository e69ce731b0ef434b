package account

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestATokenDoesWhatItsScopesSayUntilItEnds(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, token, err := w.Tokens.Create(ctx, w.access, NewToken{
		Label: " till ", Scopes: []Permission{WriteOrders, ReadShop, ReadShop}, Days: 30})
	if err != nil || !strings.HasPrefix(secret, "plz_") || token.Label != "till" || !strings.HasSuffix(secret, token.Hint) {
		t.Fatalf("%q, %+v, %v", secret, token, err)
	}
	access := must(w.Tokens.Find(ctx, secret, "192.0.2.9"))(t)
	if access.Account != w.account.ID || !access.May(ReadShop) || access.May(Refund) || len(access.Permissions) != 2 {
		t.Errorf("%+v", access)
	}
	if access.Actor != (Actor{TokenActor, token.ID, "till", "192.0.2.9"}) {
		t.Errorf("acts as %+v", access.Actor)
	}
	w.time.pass(30*24*time.Hour - time.Millisecond)
	must(w.Tokens.Find(ctx, secret, ""))(t)
	w.time.pass(time.Millisecond)
	if _, err := w.Tokens.Find(ctx, secret, ""); !errors.Is(err, ErrToken) {
		t.Errorf("after its time: %v", err)
	}
}

func TestATokenWithoutATimeLastsUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, token, err := w.Tokens.Create(ctx, w.access, NewToken{Label: "till", Scopes: []Permission{ReadShop}})
	if err != nil {
		t.Fatal(err)
	}
	w.time.pass(20 * 365 * 24 * time.Hour)
	must(w.Tokens.Find(ctx, secret, ""))(t)
	if err := w.Tokens.Revoke(ctx, w.account.ID, token.ID, w.access.Actor); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Tokens.Find(ctx, secret, ""); !errors.Is(err, ErrToken) {
		t.Errorf("after it was revoked: %v", err)
	}
}

func TestTheLastUseOfATokenIsNotedCoarsely(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, token, err := w.Tokens.Create(ctx, w.access, NewToken{Label: "till", Scopes: []Permission{ReadShop}, Days: 30})
	if err != nil {
		t.Fatal(err)
	}
	lastUse := func() time.Duration {
		must(w.Tokens.Find(ctx, secret, ""))(t)
		return must(tokens.In(w.db, w.account.ID).Get(ctx, token.ID))(t).LastUsedAt.Sub(token.CreatedAt)
	}
	for _, step := range []struct{ pass, noted time.Duration }{
		{0, 0}, {4 * time.Minute, 0}, {time.Minute, 5 * time.Minute}, {time.Minute, 5 * time.Minute},
	} {
		w.time.pass(step.pass)
		if got := lastUse(); got != step.noted {
			t.Errorf("last use after %v, want %v", got, step.noted)
		}
	}
}

func TestNobodyGivesATokenMoreThanTheyHave(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	editor := must(w.Members.Access(ctx, w.account.ID, w.seat(t, "jun@example.com", Editor), ""))(t)
	for name, test := range map[string]struct {
		wanted NewToken
		want   error
	}{
		"more than one has": {NewToken{"x", []Permission{ReadShop, Refund}, 1}, ErrScopes},
		"nothing at all":    {NewToken{"x", nil, 1}, ErrScopes},
		"unheard of":        {NewToken{"x", []Permission{"everything"}, 1}, ErrScopes},
		"no label":          {NewToken{" ", []Permission{ReadShop}, 1}, ErrNameMissing},
		"for no time":       {NewToken{"x", []Permission{ReadShop}, -1}, ErrLifetime},
		"for too long":      {NewToken{"x", []Permission{ReadShop}, 5000}, ErrLifetime},
	} {
		if _, _, err := w.Tokens.Create(ctx, editor, test.wanted); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheOperatorMakesTokensOfAnyScope(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, token, err := w.Tokens.Create(ctx, Operate(w.account.ID, "plaza token"),
		NewToken{Label: "import", Scopes: Owner.Permissions(), Days: 1})
	if err != nil || token.CreatedBy != "plaza token" {
		t.Fatalf("%+v, %v", token, err)
	}
	if access := must(w.Tokens.Find(ctx, secret, ""))(t); !access.May(Refund) || access.Account != w.account.ID {
		t.Errorf("%+v", access)
	}
}

func TestTokensFollowTheRoleOfTheirMaker(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	jun := w.seat(t, "jun@example.com", Owner)
	access := must(w.Members.Access(ctx, w.account.ID, jun, ""))(t)
	create := func(by Access, scope Permission) string {
		secret, _, err := w.Tokens.Create(ctx, by, NewToken{Label: "x", Scopes: []Permission{scope}, Days: 9})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	refunds, reads, others := create(access, Refund), create(access, ReadShop), create(w.access, Refund)
	works := func(secret string) bool {
		_, err := w.Tokens.Find(ctx, secret, "")
		if err != nil && !errors.Is(err, ErrToken) {
			t.Fatal(err)
		}
		return err == nil
	}
	if err := w.Members.SetRole(ctx, w.account.ID, jun.ID, Agent, w.access.Actor); err != nil {
		t.Fatal(err)
	}
	if works(refunds) || !works(reads) || !works(others) {
		t.Errorf("as agent: refunds %v, reads %v, the other owner's %v", works(refunds), works(reads), works(others))
	}
	if err := w.Members.Remove(ctx, w.account.ID, jun.ID, w.access.Actor); err != nil {
		t.Fatal(err)
	}
	if works(reads) || !works(others) {
		t.Errorf("removed: reads %v, the other owner's %v", works(reads), works(others))
	}
}

func TestATokenEndsWithItsMakersRights(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, Member) error{
		"disabled": func(w *world, m Member) error { _, err := w.Members.SetDisabled(t.Context(), m.ID, true); return err },
		"removed": func(w *world, m Member) error {
			return w.Members.Remove(t.Context(), w.account.ID, m.ID, w.access.Actor)
		},
		"demoted": func(w *world, m Member) error {
			return w.Members.SetRole(t.Context(), w.account.ID, m.ID, Viewer, w.access.Actor)
		},
	} {
		w, ctx := newWorld(t), t.Context()
		jun := w.seat(t, "jun@example.com", Owner)
		access := must(w.Members.Access(ctx, w.account.ID, jun, ""))(t)
		wanted := NewToken{Label: "x", Scopes: []Permission{Refund}, Days: 9}
		before, _, err := w.Tokens.Create(ctx, access, wanted)
		if err != nil {
			t.Fatal(err)
		}
		if err := end(w, jun); err != nil {
			t.Fatal(err)
		}
		// A request that was let in just before is still at work.
		late, _, err := w.Tokens.Create(ctx, access, wanted)
		if err != nil {
			t.Fatal(err)
		}
		for made, secret := range map[string]string{"before": before, "meanwhile": late} {
			if _, err := w.Tokens.Find(ctx, secret, ""); !errors.Is(err, ErrToken) {
				t.Errorf("%s, a token made %s: %v", name, made, err)
			}
		}
	}
}

func TestATokenIsRevokedOnlyInItsAccount(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	other := w.open(t, "other-shop", w.member(t, "other@example.com"))
	secret, token, err := w.Tokens.Create(ctx, w.access, NewToken{Label: "x", Scopes: []Permission{ReadShop}, Days: 9})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Tokens.Revoke(ctx, other.ID, token.ID, System("test")); !errors.Is(err, ErrNoToken) {
		t.Errorf("from another account: %v", err)
	}
	if list, _, err := w.Tokens.List(ctx, other.ID, ""); err != nil || len(list) != 0 {
		t.Errorf("another account sees %d tokens, %v", len(list), err)
	}
	if list, _, err := w.Tokens.List(ctx, w.account.ID, ""); err != nil || len(list) != 1 || list[0].ID != token.ID {
		t.Errorf("its own account sees %+v, %v", list, err)
	}
	if err := w.Tokens.Revoke(ctx, w.account.ID, token.ID, w.access.Actor); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Tokens.Find(ctx, secret, ""); !errors.Is(err, ErrToken) {
		t.Errorf("after it was revoked: %v", err)
	}
}

func TestATokenMadeByATokenGoesWithThePersonBehindBoth(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	jun := w.seat(t, "jun@example.com", Owner)
	person := must(w.Members.Access(ctx, w.account.ID, jun, ""))(t)
	scopes := []Permission{ReadShop, ManageTokens}
	first, _, err := w.Tokens.Create(ctx, person, NewToken{Label: "first", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	program := must(w.Tokens.Find(ctx, first, ""))(t)
	if program.Member != jun.ID || program.Actor.ID == jun.ID {
		t.Errorf("%q answers for what %q does", program.Member, program.Actor.ID)
	}
	second, _, err := w.Tokens.Create(ctx, program, NewToken{Label: "second", Scopes: scopes[:1]})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Members.Remove(ctx, w.account.ID, jun.ID, w.access.Actor); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{first, second} {
		if _, err := w.Tokens.Find(ctx, secret, ""); !errors.Is(err, ErrToken) {
			t.Errorf("after its maker was removed: %v", err)
		}
	}
}
