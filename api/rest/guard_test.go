package rest_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"plaza/account"
)

// ask carries an operation out with the ids given and input that is well
// formed.
func (p program) ask(d document, op operation, ids map[string]string) answer {
	p.kit.t.Helper()
	path := parameter.ReplaceAllStringFunc(op.path, func(name string) string {
		return url.PathEscape(ids[strings.Trim(name, "{}")])
	})
	query := url.Values{}
	for _, q := range op.Parameters {
		if q.In == "query" && q.Required {
			query.Set(q.Name, d.sample(q.Schema).(string))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if op.RequestBody == nil {
		return p.send(op.method, path, nil)
	}
	if form := op.RequestBody.Content["multipart/form-data"].Schema; form != nil {
		contentType, body := pictureForm(p.kit.t, drawn(p.kit.t))
		return p.raw(op.method, path, contentType, body)
	}
	return p.send(op.method, path, d.sample(op.RequestBody.Content["application/json"].Schema))
}

func pictureForm(t interface {
	Helper()
	Fatal(...any)
}, picture []byte) (contentType string, body []byte) {
	t.Helper()
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	part, err := writer.CreateFormFile("file", "x.png")
	if err == nil {
		_, err = part.Write(picture)
	}
	if err == nil {
		err = writer.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return writer.FormDataContentType(), form.Bytes()
}

// everybodys are the names in addresses that are no account's own.
var everybodys = map[string]bool{"channel": true, "provider": true, "day": true, "currency": true}

func TestATokenReachesNothingOfAnotherAccount(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.document()
	mine, opened := k.program("corner-store")
	theirs, _ := k.program("other-store")
	ids := k.furnish(opened)
	before := k.snapshot(opened, ids)
	refused := 0
	for _, op := range d.operations() {
		got := theirs.ask(d, op, ids)
		for name, id := range ids {
			// What was asked for may be named again, but only as it was asked for.
			if !everybodys[name] && got.status < 300 && bytes.Contains(got.body, []byte(id)) {
				t.Errorf("%s tells %s of another account: %s", op.OperationID, name, got.body)
			}
		}
		if bytes.Contains(got.body, []byte(secretOfOthers)) {
			t.Errorf("%s tells of another account: %s", op.OperationID, got.body)
		}
		if !strings.Contains(op.path, "{") {
			continue
		}
		if got.status == http.StatusNotFound {
			refused++
		} else if !harmless[op.OperationID] {
			t.Errorf("%s with another account's id: %d %s", op.OperationID, got.status, got.body)
		}
	}
	if after := k.snapshot(opened, ids); after != before {
		t.Errorf("changed:\n%s\n%s", before, after)
	}
	if refused < 50 {
		t.Errorf("only %d operations looked for an id", refused)
	}
	// The ids are right: their own account finds them.
	for _, op := range d.operations() {
		if op.method != http.MethodGet {
			continue
		}
		if got := mine.ask(d, op, ids); got.status != http.StatusOK {
			t.Errorf("%s in its own account: %d %s", op.OperationID, got.status, got.body)
		}
	}
}

// harmless are operations that another account's id does not make fail: it is
// the name of something in one's own account, or there is nothing to undo.
var harmless = map[string]bool{
	"connect-channel": true, // every account's channel has the same name
	"sign-contract":   true, // and every account's provider
	"delete-picture":  true, // of another account, it is as good as gone
}

func TestATokenMayOnlyWhatItsScopesSay(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.document()
	opened, owner := k.open("corner-store")
	ids := k.furnish(opened)
	before := k.snapshot(opened, ids)
	tokens := map[string]program{} // with everything but one operation's permissions
	for _, op := range d.operations() {
		if op.Permission == "any" {
			continue
		}
		p, ok := tokens[op.Permission]
		if !ok {
			p = program{kit: k, token: k.token(opened, owner, k.but(op.Permission)...)}
			tokens[op.Permission] = p
			p.get("/account").want(http.StatusOK) // from here on its last use is known
			before = k.snapshot(opened, ids)
		}
		p.ask(d, op, ids).problem(http.StatusForbidden, account.ErrNotPermitted.Code)
		if after := k.snapshot(opened, ids); after != before {
			t.Fatalf("%s changed:\n%s\n%s", op.OperationID, before, after)
		}
	}
	if len(tokens) < len(account.Owner.Permissions()) {
		t.Errorf("only %d permissions are asked for", len(tokens))
	}
}

// but are all permissions except those named.
func (k *kit) but(names string) []account.Permission {
	return slices.DeleteFunc(slices.Clone(account.Owner.Permissions()), func(p account.Permission) bool {
		return slices.Contains(strings.Split(names, "|"), string(p))
	})
}

func TestNobodyGetsInWithoutAToken(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.document()
	opened, owner := k.open("corner-store")
	ids := k.furnish(opened)
	_, session, err := k.accounts.Sessions.Open(t.Context(), owner, "Chrome", "192.0.2.7")
	must(t, err)
	before := k.snapshot(opened, ids)
	for name, p := range map[string]program{
		"nothing":           {kit: k},
		"a made-up token":   {kit: k, token: "plz_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
		"another scheme":    program{kit: k}.with("Authorization", "Basic cGxhemE6cGxhemE="),
		"a member's cookie": program{kit: k}.with("Cookie", "plaza_session="+session.ID),
	} {
		for _, op := range d.operations() {
			got := p.ask(d, op, ids)
			got.problem(http.StatusUnauthorized, account.ErrToken.Code)
			if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s with %s: no scheme is named", op.OperationID, name)
			}
		}
	}
	if after := k.snapshot(opened, ids); after != before {
		t.Errorf("changed:\n%s\n%s", before, after)
	}
}

func TestATokenOfAClosedAccountIsNoLongerGood(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	_, err := k.accounts.Accounts.SetState(t.Context(), opened.ID, account.Closed, account.System("test"))
	must(t, err)
	p.get("/account").problem(http.StatusUnauthorized, account.ErrToken.Code)
}

func TestWhatATokenChangesIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.document()
	p, opened := k.program("corner-store")
	ids := k.furnish(opened)
	// These change nothing that is anybody's business but the asker's.
	silent := []string{"read-conversation", "estimate-audience", "test-rules", "replay-inbound", "check-payment", "preview-notice"}
	for _, op := range d.operations() {
		if op.method == http.MethodGet || slices.Contains(silent, op.OperationID) {
			continue
		}
		before, _, err := k.accounts.Audit.Find(t.Context(), opened.ID, account.AuditFilter{}, "")
		must(t, err)
		latest := before[0].ID
		got := p.ask(d, op, ids)
		if got.status >= 400 && got.status != http.StatusNotFound && got.status != http.StatusConflict {
			continue // refused for what the sample said, before anything was done
		}
		after, _, err := k.accounts.Audit.Find(t.Context(), opened.ID, account.AuditFilter{}, "")
		must(t, err)
		if after[0].ID == latest && got.status < 300 {
			t.Errorf("%s (%d) left no entry", op.OperationID, got.status)
		}
		if got.status < 300 && after[0].Actor.Kind != account.TokenActor {
			t.Errorf("%s is entered as done by %v", op.OperationID, after[0].Actor)
		}
	}
}

func TestATokenIsAskedToWaitWhenItAsksTooOften(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, _ := k.program("corner-store")
	other, _ := k.program("other-store")
	var last answer
	for range 201 {
		last = p.get("/account")
	}
	last.problem(http.StatusTooManyRequests, "too_often")
	if last.header.Get("RateLimit") != `"token";r=0;t=4` || last.header.Get("RateLimit-Policy") != `"token";q=200;w=4` || last.header.Get("Retry-After") == "" {
		t.Errorf("%v", last.header)
	}
	other.get("/account").want(http.StatusOK)
	k.clock.pass(20 * time.Millisecond)
	p.get("/account").want(http.StatusOK)
}
