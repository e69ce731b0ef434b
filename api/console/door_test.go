package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"plaza/account"
)

func TestSignInLeadsOnAndSignOutEndsIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, _ := k.open("corner")
	const password = "seven grey bicycles"
	member := k.member("mei", password)
	must(t, k.accounts.Members.Add(t.Context(), corner.ID, member.ID, account.Editor, account.System("test")))

	b := k.browser()
	asked := b.get("/console/corner/orders?state=paid")
	if asked.status != http.StatusSeeOther || asked.to != "/console/sign-in?next=%2Fconsole%2Fcorner%2Forders%3Fstate%3Dpaid" {
		t.Fatalf("signed out: %d %s", asked.status, asked.to)
	}
	b.get(asked.to).want(t, http.StatusOK, `value="/console/corner/orders?state=paid"`)

	wrong := b.post("/console/sign-in", "email", "mei@plaza.example", "password", "guess", "next", "/console/corner")
	wrong.want(t, http.StatusUnauthorized, "The email or the password is not right.", `value="mei@plaza.example"`)
	if strings.Contains(wrong.body, "guess") {
		t.Error("the password comes back with the page")
	}

	right := b.post("/console/sign-in", "email", "MEI@plaza.example", "password", password, "next", "/console/corner/orders?state=paid")
	if right.status != http.StatusSeeOther || right.to != "/console/corner/orders?state=paid" {
		t.Fatalf("signed in: %d %s", right.status, right.to)
	}
	cookie := b.cookies["plaza_session"]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("the session's cookie is open to scripts or other sites: %v", cookie)
	}
	in := b.get(right.to)
	in.want(t, http.StatusOK, "Orders")
	b.csrf = token(t, in)

	if out := b.post("/console/sign-out"); out.to != "/console/sign-in" {
		t.Fatalf("signed out: %d %s", out.status, out.to)
	}
	b.cookies["plaza_session"] = cookie // somebody kept it
	if again := b.get("/console/corner"); again.status != http.StatusSeeOther {
		t.Errorf("the session lives on: %d", again.status)
	}
	if len(k.signOuts) != 1 {
		t.Errorf("live connections were told %d times", len(k.signOuts))
	}
}

// token finds the token that a page puts into its forms.
func token(t *testing.T, p page) string {
	t.Helper()
	_, rest, ok := strings.Cut(p.body, `name="csrf" value="`)
	if !ok {
		t.Fatal("no form has a token")
	}
	found, _, _ := strings.Cut(rest, `"`)
	return found
}

func TestSignInNeverLeadsToAnotherSite(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "javascript:alert(1)", "evil", "/console\r\nX: y"} {
		if to := b.post("/console/language", "language", "ko", "next", next).to; to != "/console" {
			t.Errorf("%q leads to %q", next, to)
		}
	}
}

func TestOneHomesManyAddressesCountAsOneAtTheDoor(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	b, last := k.browser(), 0
	for i := range 25 {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/console/sign-in", strings.NewReader("email=nobody"))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.RemoteAddr = fmt.Sprintf("[2001:db8::%x]:4000", i+1)
		last = b.do(request).status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after 25 tries from one network: %d", last)
	}
}

func TestTooManyTriesToSignInAreRefused(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	b := k.browser()
	last := 0
	for range 25 {
		last = b.post("/console/link/no-such-link").status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 25th try: %d", last)
	}
}

func TestAOneTimeLinkIsUsedUpByPostingOnly(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	secret, _, err := k.accounts.Links.Create(t.Context(), account.SignInLink, owner)
	must(t, err)
	b := k.browser()
	for range 3 {
		b.get("/console/link/"+secret).want(t, http.StatusOK, owner.Email)
	}
	if used := b.post("/console/link/" + secret); used.status != http.StatusSeeOther || used.to != "/console" {
		t.Fatalf("used: %d %s", used.status, text(used.body))
	}
	if one := b.get("/console"); one.to != "/console/corner" {
		t.Errorf("the only account is opened at once: %q", one.to)
	}
	other := k.browser()
	other.post("/console/link/"+secret).want(t, http.StatusUnauthorized, "expired or has been used")
}

func TestAnInvitedPersonChoosesAPasswordAndJoins(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	invited := k.as(owner).follow("/console/corner/settings/members", "email", "new@plaza.example", "name", "New", "role", "agent")
	invited.want(t, http.StatusOK, "new@plaza.example", "Invited")
	_, rest, ok := strings.Cut(invited.body, base+"/console/link/")
	if !ok {
		t.Fatal("the link isn't shown")
	}
	link, _, _ := strings.Cut(rest, `"`)

	b := k.browser()
	b.get("/console/link/"+link).want(t, http.StatusOK, `name="password"`)
	b.post("/console/link/"+link, "name", "Jun", "password", "short").want(t, http.StatusUnprocessableEntity, "at least", `value="Jun"`)
	if joined := b.post("/console/link/"+link, "name", "Jun", "password", "seven grey bicycles"); joined.to != "/console/corner" {
		t.Fatalf("joined: %d %s", joined.status, text(joined.body))
	}
	b.get("/console/corner/inbox").want(t, http.StatusOK)
	seats, err := k.accounts.Members.List(t.Context(), corner.ID)
	must(t, err)
	if len(seats) != 2 || seats[1].Role != account.Agent && seats[0].Role != account.Agent {
		t.Errorf("seats: %+v", seats)
	}
}

func TestAnInvitationForAMemberAsksThemToSignIn(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	k.member("known", "seven grey bicycles")
	made, err := k.accounts.Members.Invite(t.Context(), corner.ID,
		account.Invite{Email: "known@plaza.example", Role: account.Viewer, Language: "en"}, owner.Actor(""))
	must(t, err)
	if sent := k.browser().post("/console/link/" + made.Secret); !strings.HasPrefix(sent.to, "/console/sign-in?next=%2Fconsole%2Flink%2F") {
		t.Errorf("%d %s", sent.status, sent.to)
	}
}

func TestANewAccountHasACodeToFollowItBy(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	b := k.as(k.member("mei", ""))
	b.get("/console").want(t, http.StatusOK, "No account yet")
	taken := b.post("/console/new", "name", "茶馆", "slug", "Tea House", "kind", "merchant", "language", "zh", "zone", "Asia/Shanghai", "currency", "CNY")
	taken.want(t, http.StatusUnprocessableEntity, "small letters", `value="Tea House"`, `value="茶馆"`)
	if made := b.post("/console/new", "name", "茶馆", "slug", "tea-house", "kind", "merchant", "language", "zh", "zone", "Asia/Shanghai", "currency", "CNY"); made.to != "/console/tea-house" {
		t.Fatalf("%d %s", made.status, text(made.body))
	}
	b.get("/console/tea-house").want(t, http.StatusOK, base+"/q/", "Teach the bot an answer")
}

func TestTheChosenLanguageStays(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	b.follow("/console/language", "language", "ko", "next", "/console/corner/orders?lang=en").want(t, http.StatusOK, "주문")
	found, err := k.accounts.Members.Find(t.Context(), owner.ID)
	must(t, err)
	if found.Language != "ko" {
		t.Errorf("the member's other browsers get %q", found.Language)
	}
}
