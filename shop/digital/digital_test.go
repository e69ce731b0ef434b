package digital

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/storetest"
)

const account = "01SHOP"

// lock is a vault that anybody can open, but not under another name.
type lock struct{}

func (lock) Seal(_ context.Context, family, record string, plain []byte) ([]byte, error) {
	return []byte(family + "|" + record + "|" + string(plain)), nil
}

func (lock) Open(_ context.Context, family, record string, sealed []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), family+"|"+record+"|")
	if !ok {
		return nil, errors.New("sealed for another record")
	}
	return []byte(plain), nil
}

func open(t *testing.T) *Goods {
	t.Helper()
	return &Goods{DB: storetest.Open(t, Schemas()...), Sealer: lock{}, Now: func() time.Time { return time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC) }}
}

func TestEveryPieceGetsOneKeyAndNoKeyTwoPieces(t *testing.T) {
	t.Parallel()
	g, ctx := open(t), t.Context()
	const orders, pieces, nodes = 20, 3, 4
	var list []string
	for i := range orders * pieces {
		list = append(list, fmt.Sprintf("KEY-%04d", i))
	}
	if added, err := g.AddKeys(ctx, account, "v", append(list, list[0])); err != nil || added != len(list) {
		t.Fatal(added, err)
	}
	if added, err := g.AddKeys(ctx, account, "v", list[:5]); err != nil || added != 0 {
		t.Errorf("the same list again added %d, %v", added, err)
	}
	// Every order is given on several nodes at once; some may find all keys
	// taken for a moment and come again, as the shop does.
	var group sync.WaitGroup
	for order := range orders {
		for range nodes {
			group.Go(func() {
				for {
					_, err := g.Give(ctx, account, fmt.Sprint("order-", order), []Line{{Number: 1, Variant: "v", Pieces: pieces, Keys: true}})
					if err == nil {
						return
					}
					if !errors.Is(err, ErrOutOfKeys) {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	group.Wait()
	seen := map[string]string{}
	for order := range orders {
		id := fmt.Sprint("order-", order)
		grant, err := g.Grant(ctx, account, id)
		if err != nil {
			t.Fatal(err)
		}
		given, err := g.KeysOf(ctx, grant, 1)
		if err != nil || len(given) != pieces {
			t.Fatalf("%s has %v, %v", id, given, err)
		}
		for _, each := range given {
			if seen[each] != "" {
				t.Errorf("%s was given to %s and %s", each, seen[each], id)
			}
			seen[each] = id
		}
	}
	free, err := keys.In(g.DB, account).Count(ctx, store.Where(store.Eq("variant", "v"), store.Eq("holder", "")), 100)
	if err != nil || free != 0 {
		t.Errorf("%d keys left, %v", free, err)
	}
	if _, err := g.Give(ctx, account, "late", []Line{{Variant: "v", Pieces: 1, Keys: true}}); !errors.Is(err, ErrOutOfKeys) {
		t.Error(err)
	}
}

func TestAFileIsDownloadedAsOftenAsItWasSold(t *testing.T) {
	t.Parallel()
	g, ctx := open(t), t.Context()
	content := bytes.Repeat([]byte("plaza"), partBytes/2)
	file, err := g.KeepFile(ctx, account, `C:\books\..\How to "bake".pdf`, bytes.NewReader(content))
	if err != nil || file.Name != "How to bake.pdf" {
		t.Fatal(file, err)
	}
	if _, err := g.Download(ctx, account, "o", file.ID); !errors.Is(err, ErrNotYetGiven) {
		t.Errorf("before it is given: %v", err)
	}
	if _, err := g.Give(ctx, account, "o", []Line{{Number: 0, Files: []string{file.ID}, Limit: 3}}); err != nil {
		t.Fatal(err)
	}
	var served, refused int
	var count sync.Mutex
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			_, err := g.Download(ctx, account, "o", file.ID)
			count.Lock()
			defer count.Unlock()
			if err == nil {
				served++
			} else if errors.Is(err, ErrUsedUp) {
				refused++
			}
		})
	}
	group.Wait()
	if served != 3 || refused != 9 {
		t.Errorf("%d served and %d refused", served, refused)
	}
	var sent bytes.Buffer
	if err := g.Write(ctx, file, &sent); err != nil || !bytes.Equal(sent.Bytes(), content) {
		t.Errorf("%d bytes of %d, %v", sent.Len(), len(content), err)
	}
	if _, err := g.Download(ctx, account, "o", "another"); !errors.Is(err, ErrNoFile) {
		t.Error(err)
	}
	if _, err := g.File(ctx, "01OTHER", file.ID); !errors.Is(err, ErrNoFile) {
		t.Errorf("another account's file: %v", err)
	}
}

func TestARefundTakesBackWhatWasGiven(t *testing.T) {
	t.Parallel()
	g, ctx := open(t), t.Context()
	file, err := g.KeepFile(ctx, account, "a.txt", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.AddKeys(ctx, account, "v", []string{"K1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Give(ctx, account, "o", []Line{{Variant: "v", Pieces: 1, Keys: true, Files: []string{file.ID}, Limit: 3}}); err != nil {
		t.Fatal(err)
	}
	if err := g.Revoke(ctx, account, "o"); err != nil {
		t.Fatal(err)
	}
	grant, err := g.Grant(ctx, account, "o")
	if err != nil {
		t.Fatal(err)
	}
	if shown, err := g.KeysOf(ctx, grant, 0); len(shown) != 0 || err != nil {
		t.Errorf("a revoked key is shown: %v, %v", shown, err)
	}
	if _, err := g.Download(ctx, account, "o", file.ID); !errors.Is(err, ErrRevoked) {
		t.Error(err)
	}
	// Revoked before it was given: nothing is given any more.
	if err := g.Revoke(ctx, account, "early"); err != nil {
		t.Fatal(err)
	}
	if grant, err := g.Give(ctx, account, "early", []Line{{Variant: "v", Pieces: 1, Keys: true}}); err != nil || len(grant.Keys) != 0 {
		t.Errorf("%+v, %v", grant, err)
	}
}

func TestFilesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	g, ctx := open(t), t.Context()
	for name, test := range map[string]struct {
		name, content string
		want          error
	}{
		"empty":       {"a.txt", "", ErrFileSize},
		"nameless":    {"", "x", ErrFileName},
		"only dots":   {"..", "x", ErrFileName},
		"an odd name": {"a/\x00", "x", ErrFileName},
		"a long name": {strings.Repeat("a", 121), "x", ErrFileName},
	} {
		if _, err := g.KeepFile(ctx, account, test.name, strings.NewReader(test.content)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := g.KeepFile(ctx, account, "big", bytes.NewReader(make([]byte, MaxBytes+1))); !errors.Is(err, ErrFileSize) {
		t.Error(err)
	}
	if left, err := fileParts.In(g.DB, account).Count(ctx, store.Query{}, 100); err != nil || left != 0 {
		t.Errorf("%d parts of nothing, %v", left, err)
	}
}

func FuzzReadKeys(f *testing.F) {
	f.Add("A\nB\r\n\nA")
	f.Add(strings.Repeat("x", 600))
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadKeys(text)
		if err != nil {
			return
		}
		again, err := ReadKeys(strings.Join(list, "\n"))
		if err != nil || len(again) != len(list) {
			t.Fatalf("%q is read as %q and again as %q", text, list, again)
		}
	})
}
