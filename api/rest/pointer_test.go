package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"plaza/api/rest"
)

func TestAllThatIsWrongIsToldAtOnceWithItsPlace(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	long := strings.Repeat("x", 90)
	for name, test := range map[string]struct {
		method, path, body string
		want               []string // code and pointer of each, the first first
	}{
		"a product": {"POST", "/products", `{"names":{},"category":"` + long + `","low_stock":3,
			"variants":[{"price":{"minor":1,"currency":"CNY"},"labels":{"en":"one"}},{"price":{"minor":1,"currency":"USD"},"labels":{"fr":"deux"}}]}`,
			[]string{"product_name_missing #/names", "text_too_long #/category", "price_currency #/variants/1/price", "language_unknown #/variants/1/labels"}},
		"its form": {"POST", "/products", `{"names":{"en":"tea"},"low_stock":-1,"nmaes":1,"variants":[{"price":{"minor":"1","currency":"CNY"}}]}`,
			[]string{"invalid_input #/low_stock", "invalid_input #/variants/0/price/minor", "invalid_input"}},
		"a plan": {"POST", "/plans", `{"terms":{"name":" ","amount":{"minor":0,"currency":"CNY"},"every":{"count":1,"unit":"month"},"remind":99,"trial":900,"ending":"period_end"}}`,
			[]string{"plan_name #/terms/name", "plan_trial #/terms/trial", "plan_remind #/terms/remind", "plan_free #/terms/amount"}},
		"a campaign": {"POST", "/campaigns", `{"name":" ","content":{},"audience":{"kind":"tag"},"when":{"kind":"at"}}`,
			[]string{"campaign_name #/name", "campaign_empty #/content/text", "campaign_audience #/audience", "campaign_when #/when"}},
		"an account": {"PATCH", "/account", `{"names":{"fr":"coin"},"time_zone":"Mars","colour":"red"}`,
			[]string{"bad_language", "bad_time_zone #/time_zone", "bad_colour #/colour"}},
		"one thing":   {"POST", "/products", `{"names":{},"variants":[{"price":{"minor":1,"currency":"CNY"}}]}`, []string{"product_name_missing #/names"}},
		"not a body":  {"GET", "/orders?limit=0&state=lost", ``, []string{"invalid_input", "invalid_input"}},
		"no document": {"POST", "/products", `{"names":`, []string{"malformed_body"}},
		"not wrong":   {"GET", "/orders/nothing", ``, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := p.raw(test.method, test.path, "application/json", []byte(test.body))
			got.t = t
			status := http.StatusUnprocessableEntity
			if test.want == nil {
				status = http.StatusNotFound
			}
			problem := got.problem(status, got.code())
			var told []string
			for _, one := range problem.Errors {
				if one.Detail == "" {
					t.Errorf("without a sentence: %s", got.body)
				}
				line := one.Code
				if one.Pointer != "" {
					line += " " + one.Pointer
				}
				told = append(told, line)
			}
			if !slices.Equal(told, test.want) || told != nil && (problem.Errors[0].Detail != problem.Detail || problem.Errors[0].Field != problem.Field) {
				t.Errorf("told %q, wanted %q: %s", told, test.want, got.body)
			}
		})
	}
}

// The examples of RFC 6901, section 6.
func TestAPointerIsWrittenAsAFragment(t *testing.T) {
	t.Parallel()
	for want, segments := range map[string][]string{
		"#/foo/0": {"foo", "0"}, "#/": {""}, "#/a~1b": {"a/b"}, "#/c%25d": {"c%d"}, "#/e%5Ef": {"e^f"}, "#/g%7Ch": {"g|h"},
		"#/i%5Cj": {`i\j`}, "#/k%22l": {`k"l`}, "#/%20": {" "}, "#/m~0n": {"m~n"}, "#": nil,
	} {
		if got := rest.Pointer(segments...); got != want {
			t.Errorf("%q is written %s, not %s", segments, got, want)
		}
	}
}
