package rest_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

func TestBadInputIsAClearProblem(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	variant := func(price string) string {
		return `{"names":{"en":"tea"},"variants":[{"price":` + price + `}]}`
	}
	for name, test := range map[string]struct {
		method, path, contentType, body string
		status                          int
		code, field                     string
	}{
		"broken JSON":          {"POST", "/products", "", `{"names":`, 422, "malformed_body", "body"},
		"two values":           {"POST", "/products", "", `{} {}`, 422, "malformed_body", "body"},
		"not UTF-8":            {"POST", "/products", "", "{\"names\":{\"en\":\"\xff\xfe\"}}", 422, "invalid_input", "body"},
		"no body":              {"POST", "/products", "", ``, 422, "invalid_input", ""},
		"null":                 {"POST", "/products", "", `null`, 422, "invalid_input", "body"},
		"a list":               {"POST", "/products", "", `[1]`, 422, "invalid_input", "body"},
		"deeply nested":        {"POST", "/products", "", strings.Repeat("[", 20000), 422, "malformed_body", "body"},
		"another type":         {"POST", "/products", "", `{"names":7,"variants":[]}`, 422, "invalid_input", ""},
		"text for a number":    {"POST", "/products", "", variant(`{"minor":"12","currency":"CNY"}`), 422, "invalid_input", "variants[0].price.minor"},
		"a fraction":           {"POST", "/products", "", variant(`{"minor":12.5,"currency":"CNY"}`), 422, "invalid_input", "variants[0].price.minor"},
		"out of all range":     {"POST", "/products", "", variant(`{"minor":1e400,"currency":"CNY"}`), 422, "malformed_body", "body"},
		"a negative price":     {"POST", "/products", "", variant(`{"minor":-1,"currency":"CNY"}`), 422, "negative_amount", ""},
		"an unknown currency":  {"POST", "/products", "", variant(`{"minor":1,"currency":"XXX"}`), 422, "", ""},
		"an unknown field":     {"POST", "/products", "", `{"names":{"en":"tea"},"nmaes":{},"variants":[]}`, 422, "invalid_input", ""},
		"too many variants":    {"POST", "/products", "", `{"names":{"en":"tea"},"variants":[` + strings.Repeat(`{"price":{"minor":1,"currency":"CNY"}},`, 100) + `{"price":{"minor":1,"currency":"CNY"}}]}`, 422, "invalid_input", "variants"},
		"another media type":   {"POST", "/products", "text/plain", `names`, 422, "unsupported_media_type", ""},
		"a form":               {"POST", "/products", "application/x-www-form-urlencoded", `names=tea`, 422, "unsupported_media_type", ""},
		"a huge body":          {"POST", "/products", "", `{"category":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "too_large", ""},
		"a bad cursor":         {"GET", "/orders?cursor=nonsense", "", ``, 422, "bad_cursor", ""},
		"a huge page":          {"GET", "/orders?limit=100000", "", ``, 422, "invalid_input", "limit"},
		"an empty page":        {"GET", "/orders?limit=0", "", ``, 422, "invalid_input", "limit"},
		"a limit in words":     {"GET", "/orders?limit=many", "", ``, 422, "invalid_input", "limit"},
		"an unknown state":     {"GET", "/orders?state=lost", "", ``, 422, "invalid_input", "state"},
		"an unknown parameter": {"GET", "/orders?sate=paid", "", ``, 422, "invalid_input", "sate"},
		"an unknown topic":     {"GET", "/events?topic=secrets", "", ``, 422, "invalid_input", "topic"},
		"no topic":             {"GET", "/events", "", ``, 422, "invalid_input", "topic"},
		"an unknown id":        {"GET", "/orders/nothing", "", ``, 404, "order_not_found", ""},
		"an overlong id":       {"GET", "/orders/" + strings.Repeat("x", 500), "", ``, 422, "invalid_input", "order"},
		"a path out of here":   {"GET", "/orders/..%2f..%2faccount", "", ``, 404, "order_not_found", ""},
		"an id of no base64":   {"GET", "/inbound/%21", "", ``, 404, "inbound_gone", ""},
		"an unknown route":     {"GET", "/secrets", "", ``, 404, "not_found", ""},
		"an unknown method":    {"PUT", "/orders", "", `{}`, 405, "method_not_allowed", ""},
		"no file":              {"POST", "/pictures", "multipart/form-data; boundary=x", "--x--\r\n", 422, "", ""},
		"half a form":          {"POST", "/pictures", "multipart/form-data; boundary=x", "--x\r\nContent-Disp", 422, "invalid_input", ""},
		"a form of no kind":    {"POST", "/pictures", "application/json", `{}`, 422, "invalid_input", ""},
		"a regular expression": {"POST", "/rules", "", `{"name":"x","on":"keyword","match":"regexp","keywords":["("],"answers":[{"form":"text","text":{"en":"x"}}]}`, 422, "rule_pattern", ""},
		"a script as a target": {"POST", "/codes", "", `{"kind":"link","label":"x","target":"javascript:alert(1)"}`, 422, "bad_target", "target"},
		"a hostile template":   {"POST", "/campaigns", "", `{"name":"x","content":{"text":"{{range .}}"},"audience":{"kind":"all"},"when":{"kind":"now"}}`, 422, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contentType := test.contentType
			if contentType == "" {
				contentType = "application/json"
			}
			got := p.raw(test.method, test.path, contentType, []byte(test.body))
			got.t = t
			code := test.code
			if code == "" {
				code = got.code()
			}
			if problem := got.problem(test.status, code); test.field != "" && problem.Field != test.field {
				t.Errorf("in %q: %s", problem.Field, got.body)
			}
			if len(test.body) > 100 && bytes.Contains(got.body, []byte(test.body[:100])) {
				t.Errorf("the input comes back: %s", got.body)
			}
		})
	}
}

func TestAPictureIsUploadedOnceAndBrokenOnesAreRefused(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	contentType, body := pictureForm(t, drawn(t))
	var first, again struct {
		ID, URL string
		Width   int
	}
	p.raw(http.MethodPost, "/pictures", contentType, body).want(http.StatusCreated, &first)
	p.raw(http.MethodPost, "/pictures", contentType, body).want(http.StatusCreated, &again)
	if first != again || first.Width != 40 || first.URL != base+"/pictures/"+first.ID {
		t.Errorf("%+v, %+v", first, again)
	}
	contentType, body = pictureForm(t, drawn(t)[:60])
	p.raw(http.MethodPost, "/pictures", contentType, body).problem(http.StatusUnprocessableEntity, "picture_broken")
	contentType, body = pictureForm(t, bytes.Repeat([]byte("x"), 7<<20))
	p.raw(http.MethodPost, "/pictures", contentType, body).problem(http.StatusRequestEntityTooLarge, "too_large")
	contentType, body = pictureForm(t, bytes.Repeat([]byte("x"), 5<<20+1))
	p.raw(http.MethodPost, "/pictures", contentType, body).problem(http.StatusRequestEntityTooLarge, "picture_too_large")
}

func TestProblemsSpeakTheLanguageAskedFor(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	for language, want := range map[string]string{"en": "no such order", "zh-CN": "订单", "ko": "주문"} {
		if got := p.with("Accept-Language", language).get("/orders/nothing").problem(404, "order_not_found"); !strings.Contains(got.Detail, want) {
			t.Errorf("%s: %s", language, got.Detail)
		}
	}
}

func TestPagesFollowOneAnotherWithoutGapOrRepetition(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	want := map[string]bool{}
	for range 7 {
		var made struct{ ID string }
		p.post("/products", tea()).want(http.StatusCreated, &made)
		want[made.ID] = true
	}
	path, pages := "/products?limit=3", 0
	for next := path; next != ""; pages++ {
		var list struct {
			Items []struct{ ID string }
			Next  string
		}
		p.get(next).want(http.StatusOK, &list)
		for _, item := range list.Items {
			if !want[item.ID] {
				t.Errorf("%s is told twice, or was never made", item.ID)
			}
			delete(want, item.ID)
		}
		if next = ""; list.Next != "" {
			next = path + "&cursor=" + list.Next
		}
	}
	if len(want) != 0 || pages != 3 {
		t.Errorf("%d left after %d pages", len(want), pages)
	}
}
