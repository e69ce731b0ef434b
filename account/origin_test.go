package account

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestTheAddressOfAPageNamesItsOrigin(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"https://shop.example":                 "https://shop.example",
		"  HTTPS://Shop.Example/ ":             "https://shop.example",
		"shop.example":                         "https://shop.example",
		"https://shop.example:443/contact?a=b": "https://shop.example",
		"https://shop.example:8443":            "https://shop.example:8443",
		"https://例子.测试/联系":                     "https://xn--fsqu00a.xn--0zwm56d",
		"https://가게.kr":                        "https://xn--o39akk.kr",
		"https://203.0.113.7":                  "https://203.0.113.7",
		"http://localhost:3000":                "http://localhost:3000",
		"http://127.0.0.1":                     "http://127.0.0.1",
		"http://[::1]:8000":                    "http://[::1]:8000",
		"https://[2001:db8::1]":                "https://[2001:db8::1]",
	} {
		if got, err := checkOrigins([]string{typed, "", typed}); err != nil || !slices.Equal(got, []string{want}) {
			t.Errorf("%q is %q, %v", typed, got, err)
		}
	}
}

func TestWhatIsNoSafeOriginIsRefused(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		"http://shop.example", "ftp://shop.example", "javascript://shop.example", "*", "https://*.example", "https://",
		"https://shop", "https://user@shop.example", "https://shop.example; script-src *", "https://a b.example",
		"https://shop.example:0", "https://shop.example:99999", "https://shop.example'", "null", "data:text/html,x", "https://[fe80::1%25en0]",
	} {
		if got, err := checkOrigins([]string{typed}); !errors.Is(err, ErrOrigin) {
			t.Errorf("%q is taken as %q, %v", typed, got, err)
		}
	}
	var many []string
	for n := range MaxOrigins + 1 {
		many = append(many, fmt.Sprintf("https://shop%d.example", n))
	}
	if _, err := checkOrigins(many); !errors.Is(err, ErrOrigins) {
		t.Errorf("too many: %v", err)
	}
}

func TestOriginsAreKeptAndAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	profile := w.account.Profile
	profile.Origins = []string{"https://Shop.example/"}
	changed, err := w.Accounts.Update(t.Context(), w.account.ID, profile, w.access.Actor)
	if err != nil || !slices.Equal(changed.Origins, []string{"https://shop.example"}) {
		t.Fatalf("%q, %v", changed.Origins, err)
	}
	entries, _, err := w.Audit.Find(t.Context(), w.account.ID, AuditFilter{}, "")
	if err != nil || !slices.ContainsFunc(entries, func(e Entry) bool {
		return slices.Contains(e.Changes, Change{"origins", "", "https://shop.example"})
	}) {
		t.Errorf("%+v, %v", entries, err)
	}
	profile.Origins = nil
	if changed, err = w.Accounts.Update(t.Context(), w.account.ID, profile, w.access.Actor); err != nil || len(changed.Origins) != 0 {
		t.Errorf("%q are left, %v", changed.Origins, err)
	}
}

func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://shop.example", "http://[::1]:80", "https://例子.测试", "https://a;b", "https://a.b:443/'", "x y", "https://[fe80::1%25en0]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		origin, err := originOf(typed)
		if err != nil {
			return
		}
		if strings.Trim(origin, "abcdefghijklmnopqrstuvwxyz0123456789-.:/[]") != "" {
			t.Fatalf("%q gives %q, which is no source of a policy", typed, origin)
		}
		if again, err := originOf(origin); err != nil || again != origin {
			t.Fatalf("%q gives %q, and that %q, %v", typed, origin, again, err)
		}
		if parsed, err := url.Parse(origin); err != nil || parsed.Path != "" || parsed.Host == "" {
			t.Fatalf("%q gives %q", typed, origin)
		}
	})
}
