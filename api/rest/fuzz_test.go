package rest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"plaza/api/web"
)

// FuzzRequest asks the whole API with whatever comes: any operation, any query,
// any body. It never answers with a failure of its own, and every refusal is a
// problem.
func FuzzRequest(f *testing.F) {
	k := newKit(f)
	d := k.document()
	operations := d.operations()
	p, opened := k.program("corner-store")
	ids := k.furnish(opened)
	for i, op := range operations {
		body := []byte("{}")
		if op.RequestBody != nil {
			if form := op.RequestBody.Content["application/json"].Schema; form != nil {
				body, _ = json.Marshal(d.sample(form))
			}
		}
		f.Add(uint(i), "limit=2&cursor=x", "application/json", body)
	}
	f.Add(uint(0), "limit=-1&limit=%zz;", "multipart/form-data; boundary=x", []byte("--x\r\n\r\n--x--"))
	f.Add(uint(7), "since=9223372036854775807&topic=inbox", "application/json+x;", []byte("{\"a\":1e999}"))
	f.Fuzz(func(t *testing.T, number uint, query, contentType string, body []byte) {
		op := operations[number%uint(len(operations))]
		if op.OperationID == "revoke-token" || op.OperationID == "create-product" && len(body) > 1<<16 {
			return // the program's own token stays; big ones cost time and show nothing
		}
		path := parameter.ReplaceAllStringFunc(op.path, func(name string) string { return url.PathEscape(ids[name[1:len(name)-1]]) })
		k.t = t
		k.clock.pass(time.Second) // the limit of requests is another test's
		got := p.with("Idempotency-Key", query).ask500(t, op.method, path, query, contentType, body)
		if got.status < 400 {
			return
		}
		var problem web.Problem
		if err := json.Unmarshal(got.body, &problem); err != nil || problem.Status != got.status || problem.Code == "" {
			t.Errorf("%s %s?%s: %d %s", op.method, path, query, got.status, got.body)
		}
	})
}

// ask500 asks, and fails if the answer is a failure of ours.
func (p program) ask500(t *testing.T, method, path, query, contentType string, body []byte) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, base, nil)
	must(t, err)
	request.URL.RawQuery = query
	got := p.raw(method, path+"?"+request.URL.Query().Encode(), contentType, body)
	if got.status >= http.StatusInternalServerError && got.status != http.StatusServiceUnavailable {
		t.Errorf("%s %s?%s %q: %d %s", method, path, query, body, got.status, got.body)
	}
	return got
}
