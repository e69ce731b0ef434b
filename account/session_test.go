package account

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"plaza/store"
)

func TestASessionEndsWhenIdleOrOld(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	idle, _, err := w.Sessions.Open(ctx, w.owner, "", "")
	if err != nil {
		t.Fatal(err)
	}
	busy, opened, err := w.Sessions.Open(ctx, w.owner, "", "")
	if err != nil {
		t.Fatal(err)
	}
	w.time.pass(sessionIdle - time.Millisecond)
	if _, _, err := w.Sessions.Find(ctx, busy); err != nil {
		t.Errorf("just in time: %v", err)
	}
	w.time.pass(time.Millisecond)
	if _, _, err := w.Sessions.Find(ctx, idle); !errors.Is(err, ErrSignedOut) {
		t.Errorf("idle for 12 h: %v", err)
	}
	for w.time.now().Add(sessionIdle / 2).Before(opened.CreatedAt.Add(sessionLifetime)) {
		if _, _, err := w.Sessions.Find(ctx, busy); err != nil {
			t.Fatalf("in use, after %v: %v", w.time.now().Sub(opened.CreatedAt), err)
		}
		w.time.pass(sessionIdle / 2)
	}
	w.time.pass(sessionIdle / 2)
	if _, _, err := w.Sessions.Find(ctx, busy); !errors.Is(err, ErrSignedOut) {
		t.Errorf("in use for 30 days: %v", err)
	}
}

func TestAPageLeftOpenDoesNotKeepItsSession(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, _, _ := w.Sessions.Open(ctx, w.owner, "", "")
	for range 11 {
		w.time.pass(time.Hour)
		if _, member, err := w.Sessions.Look(ctx, secret); err != nil || member.ID != w.owner.ID {
			t.Fatalf("%+v, %v", member, err)
		}
	}
	w.time.pass(time.Hour)
	if _, _, err := w.Sessions.Look(ctx, secret); !errors.Is(err, ErrSignedOut) {
		t.Errorf("after twelve hours of looking only: %v", err)
	}
}

func TestASessionCanBeClosedFromAnotherDevice(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	phone, phoneSession, _ := w.Sessions.Open(ctx, w.owner, "Phone", "192.0.2.1")
	desk, deskSession, _ := w.Sessions.Open(ctx, w.owner, "Desk", "192.0.2.2")
	other := w.member(t, "other@example.com")
	if err := w.Sessions.Close(ctx, other.ID, phoneSession.ID); !errors.Is(err, ErrNoSession) {
		t.Errorf("closed by somebody else: %v", err)
	}
	if list := must(w.Sessions.List(ctx, w.owner))(t); len(list) != 2 {
		t.Errorf("%d sessions are listed", len(list))
	}
	if err := w.Sessions.CloseOthers(ctx, w.owner.ID, deskSession.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Sessions.Find(ctx, phone); !errors.Is(err, ErrSignedOut) {
		t.Errorf("the phone: %v", err)
	}
	if _, _, err := w.Sessions.Find(ctx, desk); err != nil {
		t.Errorf("the desk: %v", err)
	}
	if err := w.Sessions.Close(ctx, w.owner.ID, phoneSession.ID); !errors.Is(err, ErrNoSession) {
		t.Errorf("closed twice: %v", err)
	}
}

func TestADisabledMemberIsOutAtOnce(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, _, _ := w.Sessions.Open(ctx, w.owner, "", "")
	link, _, _ := w.Links.Create(ctx, SignInLink, w.owner)
	must(w.Members.SetDisabled(ctx, w.owner.ID, true))(t)
	if _, _, err := w.Sessions.Find(ctx, secret); !errors.Is(err, ErrSignedOut) {
		t.Errorf("session: %v", err)
	}
	if _, err := w.Members.SignInByLink(ctx, link); !errors.Is(err, ErrLink) {
		t.Errorf("link: %v", err)
	}
	gone := must(w.Members.Find(ctx, w.owner.ID))(t)
	if _, err := w.Members.Access(ctx, w.account.ID, gone, ""); !errors.Is(err, ErrNotPermitted) {
		t.Errorf("access: %v", err)
	}
}

func TestASessionTurnsOnlyToAccountsOfItsMember(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	second := w.open(t, "second-shop", w.owner)
	foreign := w.open(t, "foreign-shop", w.member(t, "other@example.com"))
	secret, session, _ := w.Sessions.Open(ctx, w.owner, "", "")
	if err := w.Sessions.Turn(ctx, session, foreign.ID); !errors.Is(err, ErrNotPermitted) {
		t.Errorf("to a foreign account: %v", err)
	}
	if err := w.Sessions.Turn(ctx, session, second.ID); err != nil {
		t.Fatal(err)
	}
	if found, _, err := w.Sessions.Find(ctx, secret); err != nil || found.Account != second.ID {
		t.Errorf("looks at %s, %v", found.Account, err)
	}
}

func TestAFormBelongsToItsSession(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, opened, _ := w.Sessions.Open(ctx, w.owner, "", "")
	_, other, _ := w.Sessions.Open(ctx, w.owner, "", "")
	found, _, err := w.Sessions.Find(ctx, secret)
	if err != nil || !found.CheckCSRF(opened.CSRF) {
		t.Errorf("its own form is refused (%v)", err)
	}
	if found.CheckCSRF(other.CSRF) || found.CheckCSRF("") || (Session{}).CheckCSRF("") {
		t.Error("another form is taken")
	}
	if strings.Contains(secret, opened.CSRF) || strings.Contains(opened.ID, opened.CSRF) {
		t.Error("the form's token tells the secret")
	}
}

func TestNoSecretIsEverStored(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	session, _, _ := w.Sessions.Open(ctx, w.owner, "", "")
	link, _, _ := w.Links.Create(ctx, SignInLink, w.owner)
	token, _, _ := w.Tokens.Create(ctx, w.access, NewToken{Label: "till", Scopes: []Permission{ReadShop}, Days: 1})
	for name, dump := range map[string]string{
		"sessions": dumpOf(t, sessions.Across(w.db)), "links": dumpOf(t, links.Across(w.db)),
		"tokens": dumpOf(t, tokens.Across(w.db)), "members": dumpOf(t, members.Across(w.db)),
		"audit": dumpOf(t, entries.Across(w.db)),
	} {
		for _, secret := range []string{session, link, token, goodPassword} {
			if secret == "" || strings.Contains(dump, secret[4:]) {
				t.Errorf("%s hold a secret", name)
			}
		}
	}
}

func dumpOf[T any](t *testing.T, all store.Scoped[T]) string {
	t.Helper()
	var dump strings.Builder
	for document, err := range all.Each(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&dump, "%+v\n", document)
	}
	if dump.Len() == 0 {
		t.Fatal("nothing is stored at all")
	}
	return dump.String()
}
