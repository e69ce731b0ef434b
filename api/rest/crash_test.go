package rest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"plaza/api/rest"
	"plaza/app"
	"plaza/shop/crashtest"
)

// creation is a POST that creates, and where to find what it made.
type creation struct {
	path, list string
	body       func(n int) map[string]any
}

func creations(ids map[string]string) map[string]creation {
	name := func(n int) string { return fmt.Sprint("number ", n) }
	en := func(n int) map[string]any { return map[string]any{"en": name(n)} }
	onOrder := "/orders/" + ids["order"] + "/notes"
	notes := "/conversations/" + ids["conversation"] + "/notes"
	return map[string]creation{
		"invite": {"/invitations", "/invitations", func(n int) map[string]any {
			return map[string]any{"email": fmt.Sprintf("new%d@plaza.example", n), "role": "viewer", "language": "en"}
		}},
		"create-token": {"/tokens", "/tokens", func(n int) map[string]any {
			return map[string]any{"label": name(n), "scopes": []string{"shop.read"}}
		}},
		"add-note":       {notes, notes, func(n int) map[string]any { return map[string]any{"text": name(n)} }},
		"add-order-note": {onOrder, onOrder, func(n int) map[string]any { return map[string]any{"text": name(n)} }},
		"create-rule": {"/rules", "/rules", func(n int) map[string]any {
			return map[string]any{"name": name(n), "on": "follow", "answers": []any{map[string]any{"form": "text", "text": en(n)}}}
		}},
		"create-flow": {"/flows", "/flows", func(n int) map[string]any {
			return map[string]any{"name": name(n), "steps": []any{map[string]any{"id": "a", "kind": "text", "ask": en(n)}}}
		}},
		"create-campaign": {"/campaigns", "/campaigns", func(n int) map[string]any {
			return map[string]any{"name": name(n), "content": map[string]any{"text": name(n)},
				"audience": map[string]any{"kind": "all"}, "when": map[string]any{"kind": "now"}}
		}},
		"copy-campaign": {"/campaigns/" + ids["campaign"] + "/copy", "/campaigns", func(int) map[string]any { return nil }},
		"draft-notice": {"/notices", "/notices", func(n int) map[string]any {
			return map[string]any{"words": map[string]any{"en": map[string]any{"title": name(n), "body": name(n)}}}
		}},
		"create-code": {"/codes", "/codes", func(n int) map[string]any {
			return map[string]any{"kind": "link", "label": name(n), "target": "/a/corner"}
		}},
		"create-product": {"/products", "/products", func(n int) map[string]any {
			body := tea()
			body["names"] = en(n)
			return body
		}},
		"create-plan": {"/plans", "/plans", func(n int) map[string]any {
			return map[string]any{"terms": map[string]any{"name": name(n), "amount": map[string]any{"minor": 3000, "currency": "CNY"},
				"every": map[string]any{"unit": "month", "count": 1}, "remind": 3, "ending": "period_end"}}
		}},
		"create-coupon": {"/coupons", "/coupons", func(n int) map[string]any {
			return map[string]any{"code": fmt.Sprint("TEN", n), "percent": 10}
		}},
		"ask-for-payment": {"/payment-requests", "/payment-requests", func(n int) map[string]any {
			return map[string]any{"subscriber": ids["subscriber"], "amount": map[string]any{"minor": 250, "currency": "CNY"}, "what": name(n)}
		}},
		"upload-picture": {"/pictures", "", nil}, // its content is its key
	}
}

func TestWhatCreatesOnceIsCreatedOnceWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	db, plug := crashtest.Open(t, append(app.Schemas(), rest.Schemas()...)...)
	k := newKitOn(t, db)
	p, opened := k.program("corner")
	all := creations(k.furnish(opened))
	for id, path := range creating(p) {
		one, known := all[id]
		switch {
		case !known:
			t.Errorf("%s creates, and is not tried (%s)", id, path)
		case one.body != nil:
			t.Run(id, func(t *testing.T) { dieWhileCreating(t, p, plug, id, one) })
		}
	}
}

// dieWhileCreating lets the process die after each number of writes, and asks
// again with the same key.
func dieWhileCreating(t *testing.T, p program, plug *crashtest.Engine, id string, one creation) {
	for writes, died := 0, true; died; writes++ {
		p := p.with(key, fmt.Sprint(id, writes))
		body := one.body(writes)
		if body == nil {
			body = map[string]any{}
		}
		before := p.count(one.list)
		plug.CrashAfter(writes, false)
		first := p.post(one.path, body)
		if died = plug.Restart(); !died && first.status != http.StatusCreated {
			t.Fatalf("%d %s", first.status, first.body)
		}
		p.kit.clock.pass(5 * time.Minute)
		again := p.post(one.path, body).want(http.StatusCreated)
		if first.status == http.StatusCreated && string(first.body) != string(again.body) {
			t.Errorf("after %d writes: %s, then %s", writes, first.body, again.body)
		}
		if made := p.count(one.list) - before; made != 1 {
			t.Errorf("after %d writes: %d made", writes, made)
		}
	}
}

// creating are the operations that create, by id.
func creating(p program) map[string]string {
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string                    `json:"operationId"`
			Responses   map[string]map[string]any `json:"responses"`
		}
	}
	p.get("/openapi.json").want(http.StatusOK, &document)
	found := map[string]string{}
	for path, methods := range document.Paths {
		for _, operation := range methods {
			if _, creates := operation.Responses["201"]; creates {
				found[operation.OperationID] = path
			}
		}
	}
	return found
}

// count is how many things a list has.
func (p program) count(path string) int {
	p.kit.t.Helper()
	for count, next := 0, path; ; {
		var page struct {
			Items []any
			Next  string
		}
		p.get(next).want(http.StatusOK, &page)
		if count += len(page.Items); page.Next == "" {
			return count
		}
		next = path + "?cursor=" + page.Next
	}
}
