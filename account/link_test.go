package account

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/store"
)

func TestAOneTimeLinkIsRedeemedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _, err := w.Links.Create(t.Context(), SignInLink, w.owner)
	if err != nil {
		t.Fatal(err)
	}
	var redeemed atomic.Int64
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			_, err := w.Members.SignInByLink(t.Context(), secret)
			switch {
			case err == nil:
				redeemed.Add(1)
			case !errors.Is(err, ErrLink):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := redeemed.Load(); got != 1 {
		t.Errorf("redeemed %d times", got)
	}
}

func TestALinkIsGoodForOnePurposeAndAShortTime(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, expires, err := w.Links.Create(ctx, SignInLink, w.owner)
	if err != nil || expires.Sub(w.time.now()) != 15*time.Minute {
		t.Fatalf("expires %v, %v", expires, err)
	}
	if _, err := w.Members.ResetPassword(ctx, secret, "another good one"); !errors.Is(err, ErrLink) {
		t.Errorf("used for another purpose: %v", err)
	}
	w.time.pass(linkLifetime - time.Millisecond)
	for range 2 { // previews look too, and use nothing up
		if link, err := w.Links.Look(ctx, SignInLink, secret); err != nil || link.Member != w.owner.ID {
			t.Errorf("just in time: %v", err)
		}
	}
	w.time.pass(time.Millisecond)
	if _, err := w.Members.SignInByLink(ctx, secret); !errors.Is(err, ErrLink) {
		t.Errorf("after 15 minutes: %v", err)
	}
}

func TestAnInvitedPersonChoosesAPasswordAndJoins(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	invitation := must(w.Members.Invite(ctx, w.account.ID, Invite{Email: "Jun@example.com", Role: Agent, Language: "ko"}, w.access.Actor))(t)
	if _, err := w.Members.Access(ctx, w.account.ID, invitation.Member, ""); !errors.Is(err, ErrNotPermitted) {
		t.Errorf("may do things before accepting: %v", err)
	}
	w.time.pass(48 * time.Hour) // an invitation lasts over the weekend
	weak := Acceptance{Secret: invitation.Secret, Name: "Jun", Password: "weak"}
	if _, _, err := w.Members.Accept(ctx, weak); !errors.Is(err, ErrPasswordShort) {
		t.Errorf("a weak password: %v", err)
	}
	good := Acceptance{Secret: invitation.Secret, Name: "Jun", Password: "a long walk home"}
	joined, link, err := w.Members.Accept(ctx, good) // the mistake did not use the link up
	if err != nil || link.Account != w.account.ID || joined.Name != "Jun" {
		t.Fatalf("%+v, %v", joined, err)
	}
	access := must(w.Members.Access(ctx, w.account.ID, joined, ""))(t)
	if access.Role != Agent || !access.May(WriteInbox) || access.May(Settings) {
		t.Errorf("joined as %+v", access)
	}
	must(w.Members.SignIn(ctx, "jun@example.com", "a long walk home", ""))(t)
	if _, _, err := w.Members.Accept(ctx, good); !errors.Is(err, ErrLink) {
		t.Errorf("accepted twice: %v", err)
	}
	if _, err := w.Members.Invite(ctx, w.account.ID, Invite{Email: "jun@example.com", Role: Owner, Language: "ko"}, w.access.Actor); !errors.Is(err, ErrIsMember) {
		t.Errorf("invited again: %v", err)
	}
}

func TestAnInvitationDoesNotOpenSomebodysAccount(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	victim := w.member(t, "victim@example.com")
	theirs := w.open(t, "victims-shop", victim)
	invitation := must(w.Members.Invite(ctx, w.account.ID, Invite{Email: victim.Email, Role: Viewer, Language: "en"}, w.access.Actor))(t)
	try := Acceptance{Secret: invitation.Secret, Name: "Mallory", Password: "mallory knows this"}
	if _, _, err := w.Members.Accept(ctx, try); !errors.Is(err, ErrSignedOut) {
		t.Errorf("by the link alone: %v", err)
	}
	try.SignedIn = w.owner.ID
	if _, _, err := w.Members.Accept(ctx, try); !errors.Is(err, ErrOtherOne) {
		t.Errorf("by the inviter: %v", err)
	}
	if _, err := w.Members.SignInByLink(ctx, invitation.Secret); !errors.Is(err, ErrLink) {
		t.Errorf("as a sign-in link: %v", err)
	}
	try.SignedIn = victim.ID
	joined, _, err := w.Members.Accept(ctx, try)
	if err != nil || joined.Password != victim.Password || joined.Name != victim.Name {
		t.Errorf("by the invited: %v, and what was theirs is changed", err)
	}
	if _, _, err := w.Members.InviteReset(ctx, w.account.ID, victim.ID, w.access.Actor); !errors.Is(err, ErrElsewhere) {
		t.Errorf("a reset of somebody who also runs %s: %v", theirs.Slug, err)
	}
}

func TestAnInvitationIsListedUntilItIsTakenUpOrWithdrawn(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	open := func() int {
		return len(must(w.Members.Invitations(ctx, w.account.ID))(t))
	}
	a := must(w.Members.Invite(ctx, w.account.ID, Invite{Email: "a@example.com", Name: "Ara", Role: Agent, Language: "ko"}, w.access.Actor))(t)
	b := must(w.Members.Invite(ctx, w.account.ID, Invite{Email: "b@example.com", Role: Viewer, Language: "en"}, w.access.Actor))(t)
	listed := must(w.Members.Invitations(ctx, w.account.ID))(t)
	if len(listed) != 2 || listed[0].Member.Name != "Ara" && listed[1].Member.Name != "Ara" {
		t.Errorf("listed: %+v", listed)
	}
	if _, _, err := w.Members.Accept(ctx, Acceptance{Secret: a.Secret, Name: "Ara", Password: "a long walk home"}); err != nil {
		t.Fatal(err)
	}
	if got := open(); got != 1 {
		t.Errorf("%d are listed after one was taken up", got)
	}
	other := w.open(t, "other-shop", w.member(t, "other@example.com"))
	if err := w.Members.Withdraw(ctx, other.ID, b.ID, System("test")); !errors.Is(err, ErrNoInvite) {
		t.Errorf("withdrawn by another account: %v", err)
	}
	if err := w.Members.Withdraw(ctx, w.account.ID, b.ID, w.access.Actor); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Members.Accept(ctx, Acceptance{Secret: b.Secret, Name: "B", Password: "a long walk home"}); !errors.Is(err, ErrLink) {
		t.Errorf("taken up after it was withdrawn: %v", err)
	}
	must(w.Members.Invite(ctx, w.account.ID, Invite{Email: "c@example.com", Role: Viewer, Language: "en"}, w.access.Actor))(t)
	w.time.pass(invitationLifetime)
	if got := open(); got != 0 {
		t.Errorf("%d are listed after their time", got)
	}
}

func TestAPasswordIsResetByLink(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	jun := w.seat(t, "jun@example.com", Agent)
	secret, _, err := w.Members.InviteReset(ctx, w.account.ID, jun.ID, w.access.Actor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Members.ResetPassword(ctx, secret, "weak"); !errors.Is(err, ErrPasswordShort) {
		t.Errorf("to a weak one: %v", err)
	}
	must(w.Members.ResetPassword(ctx, secret, "a long walk home"))(t)
	must(w.Members.SignIn(ctx, jun.Email, "a long walk home", ""))(t)
	if _, err := w.Members.ResetPassword(ctx, secret, "a long walk back"); !errors.Is(err, ErrLink) {
		t.Errorf("twice: %v", err)
	}
}

func TestASecretOfOneKindIsNoneOfAnother(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	session, _, err := w.Sessions.Open(ctx, w.owner, "", "")
	if err != nil {
		t.Fatal(err)
	}
	body := strings.TrimPrefix(session, string(sessionSecret))
	for _, secret := range []string{"plz_" + body, session, hashSecret(session), "", "plz_", body} {
		if _, err := w.Tokens.Find(ctx, secret, ""); !errors.Is(err, ErrToken) {
			t.Errorf("%q is taken for a token: %v", secret[:min(4, len(secret))], err)
		}
	}
	for _, secret := range []string{hashSecret(session), session + "a", session[:len(session)-1], strings.ToUpper(session)} {
		if _, _, err := w.Sessions.Find(ctx, secret); !errors.Is(err, ErrSignedOut) {
			t.Errorf("a mangled session is taken: %v", err)
		}
	}
}

func TestOneEmailIsOneMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := make([]string, 16)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() { // sixteen invitations of one person at once
			invitation, err := w.Members.Invite(t.Context(), w.account.ID, Invite{Email: "New@example.com", Role: Viewer, Language: "en"}, w.access.Actor)
			if err != nil {
				t.Error(err)
			}
			ids[i] = invitation.Member.ID
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("one person, several members: %v", ids)
		}
	}
	if _, err := w.Members.Create(t.Context(), NewMember{Email: "NEW@example.com", Name: "N", Language: "en"}); !errors.Is(err, ErrEmailTaken) {
		t.Errorf("registered again: %v", err)
	}
}

func TestAMemberSignedInByInvitationOfTwoAccountsKeepsBoth(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	second := w.open(t, "second-shop", w.member(t, "other@example.com"))
	a := must(w.Members.Invite(ctx, w.account.ID, Invite{Email: "jun@example.com", Role: Agent, Language: "ko"}, w.access.Actor))(t)
	b := must(w.Members.Invite(ctx, second.ID, Invite{Email: "jun@example.com", Role: Viewer, Language: "ko"}, System("test")))(t)
	joined, _, err := w.Members.Accept(ctx, Acceptance{Secret: a.Secret, Name: "Jun", Password: "a long walk home"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Members.Accept(ctx, Acceptance{Secret: b.Secret, SignedIn: joined.ID}); err != nil {
		t.Fatal(err)
	}
	mine := must(w.Accounts.OfMember(ctx, joined.ID))(t)
	if len(mine) != 2 || mine[0].ID != w.account.ID || mine[1].ID != second.ID {
		t.Errorf("accounts: %+v", mine)
	}
}

func TestTheOperatorSeesAllAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, "second-shop", w.owner)
	all, next, err := w.Accounts.List(t.Context(), store.Cursor(""))
	if err != nil || len(all) != 2 || next != "" {
		t.Errorf("%d accounts, %v", len(all), err)
	}
}

func FuzzSecretKey(f *testing.F) {
	secret, key := newSecret(f.Context(), tokenSecret)
	f.Add(secret)
	f.Add("plz_")
	f.Add("pls_" + secret[4:])
	f.Add(secret[:len(secret)-1] + "b")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := secretKey(tokenSecret, text)
		if ok && (got == key) != (text == secret) {
			t.Fatalf("%q has the key of another secret", text)
		}
		if ok && (!strings.HasPrefix(text, "plz_") || len(text) != len(secret)) {
			t.Fatalf("%q is taken for a token", text)
		}
	})
}
