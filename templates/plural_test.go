package templates

import "testing"

func TestAnEnglishPluralFollowsTheNumberBeforeIt(t *testing.T) {
	t.Parallel()
	texts := Texts{byLanguage: map[string]map[string]string{"en": {
		"days": "{0} new day(s) free", "two": "{0} of {1} day(s), {2} hour(s)", "none": "day(s) of {0}",
	}}}
	for _, test := range []struct {
		key  string
		args []any
		want string
	}{
		{"days", []any{1}, "1 new day free"}, {"days", []any{"2"}, "2 new days free"}, {"days", []any{0}, "0 new days free"},
		{"days", []any{"1,001"}, "1,001 new days free"},
		{"two", []any{1, 3, 1}, "1 of 3 days, 1 hour"},
		{"none", []any{1}, "day(s) of 1"}, {"days", nil, "{0} new day(s) free"},
	} {
		if got := texts.Text("en", test.key, test.args...); got != test.want {
			t.Errorf("%s %v: %q, not %q", test.key, test.args, got, test.want)
		}
	}
}
