package console_test

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plaza/account"
)

// TestEveryRouteAsksForItsPermission walks the whole console as each role.
func TestEveryRouteAsksForItsPermission(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	browsers := map[account.Role]*browser{account.Owner: k.as(owner)}
	for _, role := range account.Roles()[1:] {
		browsers[role] = k.as(k.with(corner, role))
	}
	walked := 0
	for _, r := range k.console.Table() {
		path := "/console/corner" + fill(r.Path)
		for role, b := range browsers {
			if strings.Contains(path, "/security/") {
				continue // would end the walker's own session; everybody's own
			}
			may := len(r.Needs) == 0 || slices.ContainsFunc(r.Needs, func(p account.Permission) bool {
				return slices.Contains(role.Permissions(), p)
			})
			got := page{}
			if r.Method == http.MethodGet {
				got = b.get(path)
			} else {
				got = b.post(path)
			}
			walked++
			if refused := got.status == http.StatusForbidden && strings.Contains(got.body, "Your role does not allow this"); refused == may {
				t.Errorf("%s %s as %s: %d %s", r.Method, path, role, got.status, text(got.body))
			}
			if got.status >= 500 {
				t.Errorf("%s %s as %s: %d", r.Method, path, role, got.status)
			}
		}
	}
	if walked < 300 {
		t.Errorf("only %d walked", walked)
	}
}

// fill puts an id that does not exist into a route's path.
func fill(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = "01JD0000000000000000000000"
		}
	}
	return strings.Join(parts, "/")
}

// TestNothingOfAnotherAccountIsReached walks the whole console of one account
// with the ids of another.
func TestNothingOfAnotherAccountIsReached(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	other, _ := k.open("other")
	theirs := k.furnish(other)
	stranger := k.as(owner)
	for _, r := range k.console.Table() {
		path, named := r.Path, false
		for parameter, id := range theirs {
			filled := strings.Replace(path, ":"+parameter, id, 1)
			named, path = named || filled != path, filled
		}
		for _, slug := range []string{"corner", "other"} {
			if slug == "corner" && !named {
				continue // a page of one's own
			}
			address := "/console/" + slug + path
			got := page{}
			if r.Method == http.MethodGet {
				got = stranger.get(address)
			} else {
				got = stranger.post(address, stockFields...)
			}
			if slug == "other" {
				got.want(t, http.StatusNotFound, "no such account")
			} else if got.status != http.StatusNotFound && !refusal(got, stranger) {
				t.Errorf("%s %s: %d %s", r.Method, address, got.status, text(got.body))
			}
			if strings.Contains(got.body, secretOfOthers) {
				t.Errorf("%s %s shows what is another account's", r.Method, address)
			}
		}
	}
	k.unchanged(other, theirs)
}

// refusal is a redirect whose next page says what went wrong.
func refusal(got page, b *browser) bool {
	return got.status == http.StatusSeeOther && strings.Contains(b.get(got.to).body, `class="note bad"`)
}

func TestAFormOfAnotherSiteOrWithoutItsTokenIsRefused(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	for name, spoil := range map[string]func(*browser){
		"another site":         func(b *browser) { b.site = "cross-site" },
		"a subdomain":          func(b *browser) { b.site = "same-site" },
		"no token":             func(b *browser) { b.csrf = "" },
		"another's token":      func(b *browser) { b.csrf = k.as(owner).csrf },
		"a token made up":      func(b *browser) { b.csrf = "AAAA" },
		"signed out meanwhile": func(b *browser) { delete(b.cookies, "plaza_session") },
	} {
		b := k.as(owner)
		spoil(b)
		got := b.post("/console/corner/coupons", "code", "STOLEN", "percent", "100")
		if got.status != http.StatusForbidden && got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if found, _, err := k.shop.Coupons(t.Context(), corner.ID, 10, ""); err != nil || len(found) > 0 {
		t.Errorf("coupons were made: %v %v", found, err)
	}
}

func TestAFormThatIsTooLargeIsCalledThat(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	k.as(owner).post("/console/corner/rules/test", "text", strings.Repeat("x", 300<<10)).want(t, http.StatusRequestEntityTooLarge, "too large")
}

func TestPagesAreKeptByNoCacheAndFramedByNobody(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	header := k.as(owner).get("/console/corner").header
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'self'"} {
		if !strings.Contains(header.Get(name), want) {
			t.Errorf("%s: %q", name, header.Get(name))
		}
	}
}

func TestAMessageWaitsForThePageThatAPersonSees(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	sent := b.post("/console/corner/coupons", "code", "SPRING", "percent", "10")
	if early := b.background(sent.to); strings.Contains(early.body, `class="note good"`) {
		t.Error("a page renewed in the background has used it up")
	}
	b.get(sent.to).want(t, http.StatusOK, "The coupon can be used.")
	if again := b.get(sent.to); strings.Contains(again.body, `class="note good"`) {
		t.Error("it is said twice")
	}
}

// TestNoLinkLeadsAViewerToARefusal follows all that the pages offer; what many
// of them offer, once.
func TestNoLinkLeadsAViewerToARefusal(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, _ := k.open("corner")
	ids := k.furnish(corner)
	b := k.as(k.with(corner, account.Viewer))
	followed := map[string]bool{}
	offered := 0
	links := regexp.MustCompile(`href="(/console/corner[^"#]*)"`)
	for _, r := range k.console.Table() {
		if r.Method != http.MethodGet || len(r.Needs) > 0 && !slices.ContainsFunc(r.Needs, func(p account.Permission) bool {
			return slices.Contains(account.Viewer.Permissions(), p)
		}) {
			continue
		}
		path := r.Path
		for parameter, id := range ids {
			path = strings.Replace(path, ":"+parameter, id, 1)
		}
		shown := b.get("/console/corner" + path)
		for _, link := range links.FindAllStringSubmatch(shown.body, -1) {
			offered++
			if followed[link[1]] {
				continue
			}
			followed[link[1]] = true
			if got := b.get(html.UnescapeString(link[1])); got.status == http.StatusForbidden {
				t.Errorf("%s offers %s", path, link[1])
			}
		}
	}
	if offered < 300 || len(followed) < 60 {
		t.Errorf("only %d links were offered, and %d are different", offered, len(followed))
	}
}

// untouched is the body of an upload that nobody should begin to read.
type untouched struct{ reads int }

func (u *untouched) Read(into []byte) (int, error) {
	u.reads++
	return copy(into, "--b\r\n"), io.EOF
}

func TestNothingIsReadOfWhatAStrangerUploads(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	k.open("other")
	for path, b := range map[string]*browser{
		"/console/corner/pictures": k.browser(),
		"/console/other/pictures":  k.as(owner),
	} {
		body := new(untouched)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, body)
		request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		if got := b.do(request); got.status != http.StatusUnauthorized && got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
		if body.reads > 0 {
			t.Errorf("%s: the upload was read", path)
		}
	}
}
