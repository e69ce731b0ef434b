package account

import "testing"

// What every request pays before it does anything.

func BenchmarkFindAccountBySlug(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		must(w.Accounts.FindBySlug(b.Context(), w.account.Slug))(b)
	}
}

func BenchmarkFindSessionAndAccess(b *testing.B) {
	w := newWorld(b)
	secret, _, err := w.Sessions.Open(b.Context(), w.owner, "", "")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, member, err := w.Sessions.Find(b.Context(), secret)
		if err != nil {
			b.Fatal(err)
		}
		must(w.Members.Access(b.Context(), w.account.ID, member, ""))(b)
	}
}

func BenchmarkFindToken(b *testing.B) {
	w := newWorld(b)
	secret, _, err := w.Tokens.Create(b.Context(), w.access, NewToken{Label: "x", Scopes: []Permission{ReadShop}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		must(w.Tokens.Find(b.Context(), secret, ""))(b)
	}
}

func BenchmarkSignInHash(b *testing.B) {
	hasher := newPasswords(recommended)
	for b.Loop() {
		must(hasher.Matches(b.Context(), "", goodPassword))(b)
	}
}
