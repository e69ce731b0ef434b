package account

import (
	"context"
	"strings"
	"testing"

	"plaza/store"
)

func TestEveryChangeIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), context.Background()
	by := w.access.Actor
	profile := shopProfile()
	profile.Names["en"] = "Corner Store"
	must(w.Accounts.Update(ctx, w.account.ID, profile, by))(t)
	jun := w.seat(t, "jun@example.com", Agent)
	if err := w.Members.SetRole(ctx, w.account.ID, jun.ID, Editor, by); err != nil {
		t.Fatal(err)
	}
	secret, token, err := w.Tokens.Create(ctx, w.access, NewToken{Label: "till", Scopes: []Permission{ReadShop}, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Tokens.Revoke(ctx, w.account.ID, token.ID, by); err != nil {
		t.Fatal(err)
	}
	session, _, err := w.Sessions.Open(ctx, w.owner, "Firefox", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := w.Audit.Find(ctx, w.account.ID, AuditFilter{}, "")
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, entry := range page {
		actions = append(actions, entry.Action)
		for _, change := range entry.Changes {
			if strings.Contains(change.Before+change.After, secret) || strings.Contains(change.Before+change.After, session) {
				t.Errorf("%s tells a secret", entry.Action)
			}
		}
	}
	want := "member.signed_in token.revoked token.created member.role_changed member.added account.updated account.created"
	if got := strings.Join(actions, " "); got != want {
		t.Errorf("log, newest first: %s\nwant %s", got, want)
	}
	if change := page[3].Changes[0]; change != (Change{"role", "agent", "editor"}) || page[3].Actor != by {
		t.Errorf("role change: %+v by %+v", change, page[3].Actor)
	}
	for filter, want := range map[AuditFilter]int{
		{Thing: "member:" + jun.ID}: 2, {Actor: "test"}: 1, {Actor: by.ID}: 6, {Actor: "nobody"}: 0,
	} {
		if page, _, err := w.Audit.Find(ctx, w.account.ID, filter, ""); err != nil || len(page) != want {
			t.Errorf("%+v: %d entries, want %d (%v)", filter, len(page), want, err)
		}
	}
	if page, _, err := w.Audit.Find(ctx, "other", AuditFilter{}, ""); err != nil || len(page) != 0 {
		t.Errorf("another account sees %d entries, %v", len(page), err)
	}
}

func TestTheAuditLogIsReadPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 120 { // many in one millisecond
		if err := w.Audit.Record(t.Context(), "a", Entry{Actor: System("test"), Action: "thing.done"}); err != nil {
			t.Fatal(err)
		}
	}
	seen, last := map[string]bool{}, "~"
	for after := store.Cursor(""); ; {
		page, next, err := w.Audit.Find(t.Context(), "a", AuditFilter{}, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range page {
			if entry.ID >= last {
				t.Fatalf("%s comes after %s", entry.ID, last)
			}
			seen[entry.ID], last = true, entry.ID
		}
		if after = next; next == "" {
			break
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d entries seen, want 120", len(seen))
	}
}

func TestTheAuditLogKeepsNoSecretsAndNoNovels(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ given, want Change }{
		{Change{"app_secret", "old", "new"}, Change{"app_secret", "•••", "•••"}},
		{Change{"wechat.Token", "", "new"}, Change{"wechat.Token", "", "•••"}},
		{Change{"phone", "+82101234", ""}, Change{"phone", "•••", ""}},
		{Change{"keyword", "menu", "hello"}, Change{"keyword", "menu", "hello"}},
		{Change{"shipping", "0", "3000"}, Change{"shipping", "0", "3000"}},
		{Change{"text", "", strings.Repeat("가", 300)}, Change{"text", "", strings.Repeat("가", 199) + "…"}},
	} {
		if got := test.given.brief(); got != test.want {
			t.Errorf("%+v is kept as %+v", test.given, got)
		}
	}
}
