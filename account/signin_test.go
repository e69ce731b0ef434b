package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"

	"plaza/fault"
)

func code(err error) string {
	if found, ok := errors.AsType[*fault.Error](err); ok {
		return found.Code
	}
	return fmt.Sprint(err)
}

func TestTheRightPasswordSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, email := range []string{"mina@example.com", " Mina@Example.COM ", "ｍｉｎａ@example.com"} {
		found, err := w.Members.SignIn(t.Context(), email, goodPassword, "192.0.2.1")
		if err != nil || found.ID != w.owner.ID {
			t.Errorf("%q: %v", email, err)
		}
	}
}

func TestAWrongSignInNeverTellsWhatWasWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	linkOnly := must(w.Members.Create(t.Context(), NewMember{Email: "link@example.com", Name: "L", Language: "en"}))(t)
	gone := w.member(t, "gone@example.com")
	must(w.Members.SetDisabled(t.Context(), gone.ID, true))(t)
	for name, test := range map[string][2]string{
		"wrong password":  {w.owner.Email, "wrong horse battery"},
		"no password":     {w.owner.Email, ""},
		"unknown":         {"nobody@example.com", goodPassword},
		"no email":        {"", goodPassword},
		"not an email":    {"Mina <mina@example.com>", goodPassword},
		"has no password": {linkOnly.Email, ""},
		"disabled":        {gone.Email, goodPassword},
		"endless":         {w.owner.Email, strings.Repeat("x", 1<<20)},
	} {
		found, err := w.Members.SignIn(t.Context(), test[0], test[1], "192.0.2.1")
		if err != error(ErrSignIn) || found.ID != "" {
			t.Errorf("%s: %v, member %q", name, err, found.ID)
		}
	}
}

func TestAnUnknownEmailTakesTheSameWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := w.member(t, "gone@example.com")
	must(w.Members.SetDisabled(t.Context(), gone.ID, true))(t)
	var calls []argonCost
	w.Members.passwords.derive = func(password, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte {
		calls = append(calls, argonCost{memory, passes, lanes})
		return argon2.IDKey(password, salt, passes, memory, lanes, length)
	}
	for _, email := range []string{w.owner.Email, "nobody@example.com", gone.Email} {
		if _, err := w.Members.SignIn(t.Context(), email, "wrong horse battery", "192.0.2.1"); !errors.Is(err, ErrSignIn) {
			t.Fatal(err)
		}
	}
	if !slices.Equal(calls, []argonCost{cheap, cheap, cheap}) {
		t.Errorf("work done: %v", calls)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guess := func(password string) string {
		_, err := w.Members.SignIn(t.Context(), w.owner.Email, password, "192.0.2.66")
		return code(err)
	}
	for range freeFailures {
		if got := guess("wrong horse battery"); got != "sign_in_failed" {
			t.Fatalf("a free failure: %s", got)
		}
	}
	if got := guess(goodPassword); got != "too_many_attempts" {
		t.Errorf("the right password during the pause: %s", got)
	}
	if _, err := w.Members.SignIn(t.Context(), w.owner.Email, goodPassword, "198.51.100.7"); err != nil {
		t.Errorf("the owner, from home, is locked out: %v", err)
	}
	for pause := firstPause; pause <= longestPause; pause *= 2 {
		w.time.pass(pause - time.Second)
		if got := guess(goodPassword); got != "too_many_attempts" {
			t.Fatalf("a second before the pause of %v ends: %s", pause, got)
		}
		w.time.pass(time.Second)
		if got := guess("wrong horse battery"); got != "sign_in_failed" {
			t.Fatalf("after the pause of %v: %s", pause, got)
		}
	}
	w.time.pass(longestPause)
	if got := guess(goodPassword); got != "<nil>" {
		t.Errorf("the right password after the pause: %s", got)
	}
	if got := guess("wrong horse battery"); got != "sign_in_failed" {
		t.Errorf("a failure after a success: %s", got)
	}
}

func TestAThousandGuessesAtOnceAreNotAThousandGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var tried atomic.Int64
	w.Members.passwords.derive = func(_, _ []byte, _, _ uint32, _ uint8, length uint32) []byte {
		tried.Add(1)
		return make([]byte, length)
	}
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			_, err := w.Members.SignIn(t.Context(), w.owner.Email, "wrong horse battery", "192.0.2.66")
			if got := code(err); got != "sign_in_failed" && got != "too_many_attempts" {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := tried.Load(); got != freeFailures {
		t.Errorf("%d passwords were tried, want %d", got, freeFailures)
	}
}

func TestOneAddressCannotTryManyEmails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	try := func(email, address string) string {
		_, err := w.Members.SignIn(t.Context(), email, "wrong horse battery", address)
		return code(err)
	}
	for i := range freeAddressFailures {
		address := fmt.Sprintf("2001:db8:0:1::%x", i+1) // one customer's /64
		if got := try(fmt.Sprintf("a%d@example.com", i), address); got != "sign_in_failed" {
			t.Fatalf("try %d: %s", i, got)
		}
	}
	if got := try("b@example.com", "2001:db8:0:1:ffff::1"); got != "too_many_attempts" {
		t.Errorf("from the same network: %s", got)
	}
	if got := try("b@example.com", "2001:db8:0:2::1"); got != "sign_in_failed" {
		t.Errorf("from another network: %s", got)
	}
}

func TestSignInsAtOnceAreBoundedInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hashing, release := atomic.Int64{}, make(chan struct{})
		hasher := newPasswords(cheap)
		hasher.derive = func(_, _ []byte, _, _ uint32, _ uint8, length uint32) []byte {
			hashing.Add(1)
			<-release
			return make([]byte, length)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var gaveUp atomic.Int64
		for range 3 * hashesAtOnce {
			go func() {
				if _, err := hasher.Matches(ctx, "", goodPassword); errors.Is(err, context.Canceled) {
					gaveUp.Add(1)
				}
			}()
		}
		synctest.Wait()
		if got := hashing.Load(); got != hashesAtOnce {
			t.Errorf("%d hashes at once, want %d", got, hashesAtOnce)
		}
		cancel()
		synctest.Wait()
		if got := gaveUp.Load(); got != 2*hashesAtOnce {
			t.Errorf("%d of those who wait gave up, want %d", got, 2*hashesAtOnce)
		}
		close(release)
		synctest.Wait()
	})
}

func TestTheHashIsArgon2idAtTheRecommendedCost(t *testing.T) {
	t.Parallel()
	hash := must(newPasswords(recommended).Hash(t.Context(), goodPassword))(t)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error(hash)
	}
	again := must(newPasswords(recommended).Hash(t.Context(), goodPassword))(t)
	if hash == again {
		t.Error("two hashes of one password are equal")
	}
	if right, err := newPasswords(cheap).Matches(t.Context(), hash, goodPassword); err != nil || !right {
		t.Errorf("a hash of another cost: %v, %v", right, err)
	}
}

func TestAnOldHashIsRenewedAtSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Members.passwords = newPasswords(argonCost{memory: 128, passes: 1, lanes: 1})
	for range 2 {
		must(w.Members.SignIn(t.Context(), w.owner.Email, goodPassword, ""))(t)
	}
	found := must(w.Members.Find(t.Context(), w.owner.ID))(t)
	if !strings.Contains(found.Password, "m=128,") || found.Generation != w.owner.Generation {
		t.Errorf("hash %s, generation %d", found.Password, found.Generation)
	}
}

func TestPasswordsThatAreTriedFirstAreRefused(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]error{
		"short":                      ErrPasswordShort,
		"비밀번호입니다아아":                  ErrPasswordShort,
		strings.Repeat("long ", 50):  ErrPasswordLong,
		"aaaaaaaaaaaa":               ErrPasswordCommon,
		"abcabcabcabc":               ErrPasswordCommon,
		"1234567890":                 ErrPasswordCommon,
		"qwertyuiop":                 ErrPasswordCommon,
		"Password123!":               ErrPasswordCommon,
		"mina@example.com":           ErrPasswordCommon,
		"Mina.Kim2026":               ErrPasswordCommon,
		goodPassword:                 nil,
		"나는 매일 아침 바다를 본다":            nil,
		"password rules are bad, ok": nil,
	} {
		if err := checkPassword(password, "mina@example.com", "Mina.Kim"); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestChangingThePasswordEndsEverySession(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	secret, _, err := w.Sessions.Open(ctx, w.owner, "", "")
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := w.Links.Create(ctx, SignInLink, w.owner)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Members.ChangePassword(ctx, w.owner.ID, "wrong", "another good one", ""); !errors.Is(err, ErrCurrentPw) {
		t.Errorf("with a wrong current password: %v", err)
	}
	if _, err := w.Members.ChangePassword(ctx, w.owner.ID, goodPassword, "weak", ""); !errors.Is(err, ErrPasswordShort) {
		t.Errorf("to a weak one: %v", err)
	}
	if _, _, err := w.Sessions.Find(ctx, secret); err != nil {
		t.Errorf("nothing was changed, but the session is gone: %v", err)
	}
	changed := must(w.Members.ChangePassword(ctx, w.owner.ID, goodPassword, "another good one", ""))(t)
	if _, _, err := w.Sessions.Find(ctx, secret); !errors.Is(err, ErrSignedOut) {
		t.Errorf("the old session: %v", err)
	}
	if _, err := w.Members.SignInByLink(ctx, link); !errors.Is(err, ErrLink) {
		t.Errorf("the old link: %v", err)
	}
	// Somebody who had proved the old password just before is too late as well.
	late, _, err := w.Sessions.Open(ctx, w.owner, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Sessions.Find(ctx, late); !errors.Is(err, ErrSignedOut) {
		t.Errorf("a session opened on the old password: %v", err)
	}
	fresh, _, err := w.Sessions.Open(ctx, changed, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Sessions.Find(ctx, fresh); err != nil {
		t.Errorf("the new session: %v", err)
	}
	if _, err := w.Members.SignIn(ctx, w.owner.Email, goodPassword, ""); !errors.Is(err, ErrSignIn) {
		t.Errorf("the old password: %v", err)
	}
}

func TestOfTwoPasswordChangesAtOnceOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := must(w.Members.setPassword(t.Context(), w.owner, "another good one"))(t)
	if _, err := w.Members.setPassword(t.Context(), w.owner, "yet another good one"); !errors.Is(err, ErrSignedOut) {
		t.Errorf("the second: %v", err)
	}
	if got := must(w.Members.Find(t.Context(), w.owner.ID))(t); got.Password != first.Password {
		t.Error("the second won over the first")
	}
}

func FuzzParseArgon(f *testing.F) {
	hash, err := newPasswords(cheap).Hash(f.Context(), goodPassword)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(hash)
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=64,t=1,p=1$$")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseArgon(text)
		if err == nil && (parsed.String() != text || parsed.cost.memory > 1<<20 || parsed.cost.passes > 100) {
			t.Fatalf("%q is read as %v", text, parsed)
		}
	})
}

func FuzzNormalEmail(f *testing.F) {
	for _, seed := range []string{"a@b.co", "A@B.CO", "a b@c", "<a@b>", "\"a b\"@c.d", "é@例.com", "ﬀ@b.co", "a@b\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		email, err := normalEmail(text)
		if err != nil {
			return
		}
		if again, err := normalEmail(email); err != nil || again != email {
			t.Fatalf("%q becomes %q, and that %q (%v)", text, email, again, err)
		}
	})
}
