package apitest

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
)

// Phone is what a subscriber's browser calls itself.
const Phone = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36"

// Browser keeps cookies as people's browsers do.
type Browser struct {
	World   *World
	Cookies map[string]*http.Cookie
	// Header goes along with every request.
	Header http.Header
	// Address is where the requests come from.
	Address string
}

// Browser opens one that was never here.
func (w *World) Browser() *Browser {
	return &Browser{World: w, Cookies: map[string]*http.Cookie{}, Address: "192.0.2.7:4711",
		Header: http.Header{"User-Agent": {Phone}, "Accept": {"text/html"}}}
}

// Answer is what a browser got.
type Answer struct {
	*http.Response
	Text string
}

// Do sends a request, with cookies.
func (b *Browser) Do(request *http.Request) Answer {
	b.World.T.Helper()
	for name, values := range b.Header {
		if request.Header.Get(name) == "" {
			request.Header[name] = values
		}
	}
	for _, cookie := range b.Cookies {
		request.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
	}
	request.RemoteAddr = b.Address
	recorder := httptest.NewRecorder()
	b.World.ServeHTTP(recorder, request)
	response := recorder.Result()
	for _, cookie := range response.Cookies() {
		b.Cookies[cookie.Name] = cookie
		if cookie.MaxAge < 0 {
			delete(b.Cookies, cookie.Name)
		}
	}
	text, err := io.ReadAll(response.Body)
	b.World.Must(err)
	return Answer{response, string(text)}
}

// Get asks for a path.
func (b *Browser) Get(path string) Answer {
	b.World.T.Helper()
	return b.Do(httptest.NewRequestWithContext(b.World.T.Context(), http.MethodGet, path, nil))
}

// Head asks what a path is.
func (b *Browser) Head(path string) Answer {
	b.World.T.Helper()
	return b.Do(httptest.NewRequestWithContext(b.World.T.Context(), http.MethodHead, path, nil))
}

// Post sends a form; fields are names and values.
func (b *Browser) Post(path string, fields ...string) Answer {
	b.World.T.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	request := httptest.NewRequestWithContext(b.World.T.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Do(request)
}

// Submit posts a form that must be accepted, and opens the page it leads to.
func (b *Browser) Submit(path string, fields ...string) Answer {
	b.World.T.Helper()
	sent := b.Post(path, fields...)
	if sent.StatusCode != http.StatusSeeOther {
		b.World.T.Fatalf("POST %s: %d %s", path, sent.StatusCode, sent.Read())
	}
	return b.Get(sent.To())
}

// To is where a redirect leads.
func (a Answer) To() string { return a.Header.Get("Location") }

var markup = regexp.MustCompile(`(?s)<script.*?</script>|<svg.*?</svg>|<[^>]*>`)

// Read is what a person reads of a page.
func (a Answer) Read() string {
	body := a.Text
	if _, main, ok := strings.Cut(body, "<main"); ok {
		body = "<main" + main
	}
	return html.UnescapeString(strings.Join(strings.Fields(markup.ReplaceAllString(body, " ")), " "))
}

// Problem is the problem details of an answer that has some.
func (a Answer) Problem() (problem struct {
	Type, Title, Detail, Instance, Code string
	Status                              int
}) {
	_ = json.Unmarshal([]byte(a.Text), &problem) // not a problem: an empty one
	return problem
}

// Form is the value that a form of the page has in a field; empty if none.
func (a Answer) Form(field string) string {
	found := regexp.MustCompile(`name="` + regexp.QuoteMeta(field) + `" value="([^"]*)"`).FindStringSubmatch(a.Text)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}
