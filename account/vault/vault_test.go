package vault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/store"
	"plaza/store/storetest"
)

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

func open(t testing.TB) (*Vault, *store.DB, *clock) {
	t.Helper()
	time := &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	db := storetest.Open(t, Schemas()...)
	return New(db, NewMasterKey(), time.now), db, time
}

func seal(t testing.TB, v *Vault, family, record, plain string) []byte {
	t.Helper()
	sealed, err := v.Seal(t.Context(), family, record, []byte(plain))
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return sealed
}

// The vectors of c2sp.org/XAES-256-GCM.
func TestTheCipherAgreesWithItsSpecification(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		key         byte
		bound, want string
	}{
		{1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		var key [keyBytes]byte
		copy(key[:], bytes.Repeat([]byte{test.key}, keyBytes))
		cipher, err := newXAES(&key)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := cipher.seal(nil, []byte("ABCDEFGHIJKLMNOPQRSTUVWX"), []byte("XAES-256-GCM"), []byte(test.bound))
		if err != nil || hex.EncodeToString(sealed) != test.want {
			t.Errorf("key %d: %x, %v, want %s", test.key, sealed, err, test.want)
		}
	}
}

func TestWhatIsSealedOpensAgain(t *testing.T) {
	t.Parallel()
	v, _, _ := open(t)
	rapid.Check(t, func(r *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(r, "plain")
		family, record := rapid.StringN(1, 20, 40).Draw(r, "family"), rapid.String().Draw(r, "record")
		sealed, err := v.Seal(t.Context(), family, record, plain)
		if err != nil {
			r.Fatal(err)
		}
		if len(sealed) != len(plain)+Overhead || (len(plain) > 8 && bytes.Contains(sealed, plain)) {
			r.Fatalf("sealed to %d bytes from %d", len(sealed), len(plain))
		}
		opened, err := v.Open(t.Context(), family, record, sealed)
		if err != nil || !bytes.Equal(opened, plain) {
			r.Fatalf("opened to %x, %v", opened, err)
		}
	})
}

func TestASealedBlobOpensOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	v, _, _ := open(t)
	sealed := seal(t, v, "connections", "a:wechat", "secret")
	seal(t, v, "pins", "a:wechat", "1234") // so that the other family has a key
	for _, place := range [][2]string{
		{"connections", "b:wechat"}, {"pins", "a:wechat"}, {"connection", "sa:wechat"}, {"unheard of", "a:wechat"},
	} {
		if opened, err := v.Open(t.Context(), place[0], place[1], sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("in %v it opens to %q, %v", place, opened, err)
		}
	}
}

func TestEveryChangedBitIsNoticed(t *testing.T) {
	t.Parallel()
	v, _, _ := open(t)
	sealed := seal(t, v, "f", "r", "the plain text")
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if opened, err := v.Open(t.Context(), "f", "r", changed); !errors.Is(err, ErrSealed) {
				t.Fatalf("byte %d, bit %d changed: %q, %v", i, bit, opened, err)
			}
		}
	}
	for length := range sealed {
		if _, err := v.Open(t.Context(), "f", "r", sealed[:length]); !errors.Is(err, ErrSealed) {
			t.Fatalf("cut to %d bytes: %v", length, err)
		}
	}
}

func TestOneTextNeverLooksTheSameTwice(t *testing.T) {
	t.Parallel()
	v, _, _ := open(t)
	if bytes.Equal(seal(t, v, "f", "r", "x")[2:], seal(t, v, "f", "r", "x")[2:]) {
		t.Error("two seals of one text are equal")
	}
}

func TestOldSealsOpenAfterRotation(t *testing.T) {
	t.Parallel()
	v, db, time := open(t)
	old := seal(t, v, "f", "r", "text")
	if err := v.Rotate(t.Context(), "f"); err != nil {
		t.Fatal(err)
	}
	fresh, renewed, err := v.Renew(t.Context(), "f", "r", old)
	if err != nil || !renewed || fresh[1] != 2 {
		t.Fatalf("renewed %v to version %d, %v", renewed, fresh[1], err)
	}
	if _, again, err := v.Renew(t.Context(), "f", "r", fresh); again || err != nil {
		t.Errorf("renewed once more: %v, %v", again, err)
	}
	other := New(db, v.master, time.now)
	for _, sealed := range [][]byte{old, fresh} {
		if opened, err := other.Open(t.Context(), "f", "r", sealed); err != nil || string(opened) != "text" {
			t.Errorf("version %d opens to %q, %v", sealed[1], opened, err)
		}
	}
}

func TestOtherNodesFollowARotationWithinAMinute(t *testing.T) {
	t.Parallel()
	v, db, time := open(t)
	other := New(db, v.master, time.now)
	seal(t, other, "f", "r", "x")
	if err := v.Rotate(t.Context(), "f"); err != nil {
		t.Fatal(err)
	}
	time.pass(currentFor)
	if sealed := seal(t, other, "f", "r", "x"); sealed[1] != 2 {
		t.Errorf("still sealed under version %d", sealed[1])
	}
}

func TestNodesThatBeginTogetherShareOneKey(t *testing.T) {
	t.Parallel()
	v, db, time := open(t)
	sealed := make([][]byte, 32)
	var all sync.WaitGroup
	for i := range sealed {
		all.Go(func() {
			var err error
			node := New(db, v.master, time.now)
			if sealed[i], err = node.Seal(t.Context(), "f", "r", fmt.Append(nil, i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, one := range sealed {
		if opened, err := v.Open(t.Context(), "f", "r", one); err != nil || string(opened) != fmt.Sprint(i) {
			t.Errorf("node %d: %q, %v", i, opened, err)
		}
	}
}

func TestAWrongMasterKeyIsNoticedAtStart(t *testing.T) {
	t.Parallel()
	v, db, time := open(t)
	sealed := seal(t, v, "f", "r", "x")
	if err := v.Check(t.Context()); err != nil {
		t.Errorf("the right key: %v", err)
	}
	wrong := New(db, NewMasterKey(), time.now)
	if err := wrong.Check(t.Context()); !errors.Is(err, ErrWrongMaster) {
		t.Errorf("check: %v", err)
	}
	if _, err := wrong.Open(t.Context(), "f", "r", sealed); !errors.Is(err, ErrWrongMaster) {
		t.Errorf("open: %v", err)
	}
}

func TestTheMasterKeyCanBeChanged(t *testing.T) {
	t.Parallel()
	v, db, time := open(t)
	old, sealed, master := v.master, seal(t, v, "f", "r", "x"), NewMasterKey()
	seal(t, v, "g", "r", "y")
	for range 2 { // repeating it, as after a crash, does no harm
		if err := v.ChangeMaster(t.Context(), master); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := New(db, master, time.now).Open(t.Context(), "f", "r", sealed)
	if err != nil || string(opened) != "x" {
		t.Errorf("under the new key: %q, %v", opened, err)
	}
	if err := New(db, old, time.now).Check(t.Context()); !errors.Is(err, ErrWrongMaster) {
		t.Errorf("under the old key: %v", err)
	}
	seal(t, v, "h", "r", "z")
	if err := New(db, master, time.now).Check(t.Context()); err != nil {
		t.Errorf("a family begun later is not under the new key: %v", err)
	}
}

func TestTheMasterKeyFileIsMadeOnceAndKeptPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	keys := make([]MasterKey, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			var err error
			if keys[i], err = LoadMasterKey("", path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, key := range keys {
		if key != keys[0] {
			t.Fatal("two processes got different keys")
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadMasterKey("", path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others can read: %v", err)
	}
}

func TestTheMasterKeySettingGoesBeforeTheFile(t *testing.T) {
	t.Parallel()
	path, master := filepath.Join(t.TempDir(), "master.key"), NewMasterKey()
	got, err := LoadMasterKey(master.Encode(), path)
	if err != nil || got != master {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made although the key was given")
	}
	for _, text := range []string{"x", "c2hvcnQ=", strings.Repeat("A", 43) + "=", master.Encode() + "AA"} {
		if _, err := LoadMasterKey(text, path); !errors.Is(err, ErrMasterKey) {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
}

func TestTheMasterKeyIsNeverPrinted(t *testing.T) {
	t.Parallel()
	master := NewMasterKey()
	printed := fmt.Sprintf("%v %+v %#v %s", master, master, struct{ M MasterKey }{master}, master)
	if strings.Contains(printed, master.Encode()) || strings.Contains(printed, fmt.Sprint(master.key)) ||
		strings.Contains(printed, "0x") {
		t.Errorf("printed as %s", printed)
	}
}

func FuzzOpen(f *testing.F) {
	v, _, _ := open(f)
	sealed := seal(f, v, "f", "r", "the plain text")
	f.Add(sealed)
	f.Add(sealed[:10])
	f.Add([]byte{})
	f.Add(append([]byte{1, 255}, make([]byte, 60)...))
	f.Fuzz(func(t *testing.T, blob []byte) {
		plain, err := v.Open(t.Context(), "f", "r", blob)
		if err == nil && !bytes.Equal(blob, sealed) {
			t.Fatalf("a forged blob opens to %q", plain)
		}
		if err != nil && !errors.Is(err, ErrSealed) {
			t.Fatalf("an unclear error: %v", err)
		}
	})
}

func FuzzParseMasterKey(f *testing.F) {
	f.Add(NewMasterKey().Encode())
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		master, err := ParseMasterKey(text)
		if err == nil && master.Encode() != strings.TrimSpace(text) &&
			master.Encode() != strings.NewReplacer("\n", "", "\r", "").Replace(strings.TrimSpace(text)) {
			t.Fatalf("%q is read as another key", text)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	v, _, _ := open(b)
	plain := bytes.Repeat([]byte("x"), 1024)
	for b.Loop() {
		if _, err := v.Seal(b.Context(), "inbound", "a:wechat:u:1", plain); err != nil {
			b.Fatal(err)
		}
	}
}
