package templates

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"plaza/message"
)

var update = flag.Bool("update", false, "write the golden files anew")

func draw(t *testing.T, r *Renderer, page Page) string {
	t.Helper()
	var drawn bytes.Buffer
	if err := r.Render(&drawn, page); err != nil {
		t.Fatal(err)
	}
	return drawn.String()
}

func TestNothingIsWrittenOfAPageThatCannotBeDrawn(t *testing.T) {
	t.Parallel()
	var written bytes.Buffer
	if err := newRenderer(t).Render(&written, unknownPage{&Base{}}); err == nil || written.Len() > 0 {
		t.Fatalf("error %v, %d bytes written", err, written.Len())
	}
}

type unknownPage struct{ *Base }

func (unknownPage) Template() string { return "console/no-such" }

func TestEveryPageHasASample(t *testing.T) {
	t.Parallel()
	sampled := map[string]bool{}
	for _, page := range (sampler{"en"}).pages() {
		sampled[page.Template()] = true
	}
	for _, page := range Pages() {
		if !sampled[page.Template()] {
			t.Errorf("%s has no sample, so nobody looks at it", page.Template())
		}
	}
}

// Nothing a person typed may become part of the page's code.
func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.CSRF}}`
	r := newRenderer(t)
	s := sampler{"en"}
	account := *s.shop()
	account.Name, account.Description, account.Colour, account.Logo = hostile, hostile, hostile, "javascript:alert(1)"
	base := s.public("/chat/corner")
	base.Account, base.Here = &account, hostile
	buttons := []message.Button{{Label: hostile, URL: "javascript:alert(1)"}, {Label: hostile, Payload: hostile}}
	chat := &Chat{Base: base, Path: "/chat/corner", Name: hostile, Messages: []ChatMessage{
		{ID: "a", At: now, In: &message.Inbound{Kind: message.TextIn, Text: hostile}, Author: hostile},
		{ID: "b", At: now, Out: &message.Outbound{Form: message.CardForm, Cards: []message.Card{{Title: hostile, Text: hostile, Image: "javascript:alert(1)", URL: "javascript:alert(1)", QR: hostile, Buttons: buttons}}}},
	}}
	drawn := draw(t, r, chat)
	for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript:`, `src="javascript:`, ">token<"} {
		if strings.Contains(drawn, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if !strings.Contains(html.UnescapeString(drawn), hostile) {
		t.Error("the text is not shown")
	}
}

func TestTimesAreShownInTheAccountsZoneAndThePagesLanguage(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	late := time.Date(2026, 11, 23, 18, 5, 0, 0, time.UTC) // 02:05 of the next day in Shanghai
	for language, want := range map[string]string{"en": "24 Nov 2026, 02:05", "zh": "2026年11月24日 02:05", "ko": "2026년 11월 24일 02:05"} {
		page := &NoticePage{Base: sampler{language}.public("/n/1"), NoticeTitle: "x", At: late}
		if drawn := draw(t, r, page); !strings.Contains(drawn, ">"+want+"</time>") {
			t.Errorf("%s: %q is not on the page", language, want)
		}
	}
}

var (
	formTag  = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	action   = regexp.MustCompile(`\baction="([^"]*)"`)
	method   = regexp.MustCompile(`\bmethod="([^"]*)"`)
	nameAttr = regexp.MustCompile(`<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"`)
	acting   = regexp.MustCompile(`\bformaction="([^"]*)"`)
)

// What a page posts where is its contract with the handlers: a change of it
// must be seen.
func TestFormsPostWhatHandlersExpect(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	s := sampler{"en"}
	lines := map[string]bool{}
	for _, page := range append(s.pages(), s.otherStates()...) {
		for _, form := range formTag.FindAllStringSubmatch(draw(t, r, page), -1) {
			var names []string
			for _, found := range nameAttr.FindAllStringSubmatch(form[2], -1) {
				if found[1] != "csrf" && !slices.Contains(names, found[1]) {
					names = append(names, found[1])
				}
			}
			to := "GET"
			if m := method.FindStringSubmatch(form[1]); m != nil {
				to = strings.ToUpper(m[1])
			}
			where, from := first(action, form[1]), page.Template()
			if strings.HasSuffix(where, "/language") || strings.HasSuffix(where, "/sign-out") {
				from, _, _ = strings.Cut(from, "/") // on all pages
			}
			lines[strings.TrimSpace(fmt.Sprintf("%-24s %-4s %s  %s", from, to, where, strings.Join(names, " ")))] = true
			for _, found := range acting.FindAllStringSubmatch(form[2], -1) {
				lines[fmt.Sprintf("%-24s POST %s", page.Template(), found[1])] = true
			}
		}
	}
	got := strings.Join(slices.Sorted(keysOf(lines)), "\n") + "\n"
	const golden = "testdata/forms.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the forms have changed; see the difference with -update:\n%s", got)
	}
}

func first(pattern *regexp.Regexp, text string) string {
	if found := pattern.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

func keysOf(set map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range set {
			if !yield(key) {
				return
			}
		}
	}
}

func BenchmarkChatPage(b *testing.B) {
	r, err := New(time.Now)
	if err != nil {
		b.Fatal(err)
	}
	page := &Chat{Base: sampler{"en"}.public("/chat/corner"), Path: "/chat/corner", Messages: sampler{"en"}.messages()}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Render(discard{}, page); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkStart(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(time.Now); err != nil {
			b.Fatal(err)
		}
	}
}
