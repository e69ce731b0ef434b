package wire

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// person is a browser: a visitor of the web chat, or a member in the console.
// Its cookies are good on every node, as behind one public address.
type person struct {
	t       *testing.T
	client  *http.Client
	address string // where it comes from
}

var people atomic.Uint32

func newPerson(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	number := people.Add(1)
	return &person{t: t, client: &http.Client{Jar: jar, Timeout: patience},
		address: fmt.Sprintf("198.51.%d.%d", number/256, number%256)}
}

// get opens a page.
func (p *person) get(n *node, path string) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, n.base+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.do(request)
}

// post sends a form; fields are names and values.
func (p *person) post(n *node, path string, fields ...string) string {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, n.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(request)
}

// do is used by several goroutines of a test, which must not end it.
func (p *person) do(request *http.Request) string {
	p.t.Helper()
	request.Header.Set("X-Forwarded-For", p.address)
	request.Header.Set("Accept-Language", "en")
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Error(err)
	}
	if response.StatusCode != http.StatusOK {
		p.t.Errorf("%s %s: %d %s", request.Method, request.URL.Path, response.StatusCode, body)
	}
	return html.UnescapeString(string(body))
}

var liveAttributes = regexp.MustCompile(`data-since="(\d+)" data-topics="([^"]*)"`)

// chat opens the store's chat and gives the visitor's topic and the number of
// the last event that the page shows.
func (p *person) chat(n *node) (topic, since string) {
	p.t.Helper()
	page := p.get(n, "/chat/corner")
	found := liveAttributes.FindStringSubmatch(page)
	if found == nil {
		p.t.Fatalf("the chat is not live: %s", page)
	}
	return found[2], found[1]
}

// subscriber is the person's id, once they have opened the chat.
func (p *person) subscriber(n *node) string {
	p.t.Helper()
	topic, _ := p.chat(n)
	return strings.TrimPrefix(topic, "chat:")
}

func (p *person) follow(n *node) {
	p.t.Helper()
	p.chat(n)
	p.post(n, "/chat/corner/follow")
}

// say says something under a key.
func (p *person) say(n *node, key, text string) {
	p.t.Helper()
	p.post(n, "/chat/corner/say", "id", key, "text", text)
}

// asks says something and gives what a person reads in the chat then.
func (p *person) asks(n *node, text string) string {
	p.t.Helper()
	p.chat(n)
	p.say(n, "asks", text)
	return read(p.get(n, "/chat/corner"))
}

// press presses the newest button in the chat whose payload begins so.
func (p *person) press(n *node, payload string) {
	p.t.Helper()
	buttons := regexp.MustCompile(`value="(`+regexp.QuoteMeta(payload)+`[^"]*)"`).FindAllStringSubmatch(p.get(n, "/chat/corner"), -1)
	if buttons == nil {
		p.t.Fatalf("no button %q", payload)
	}
	p.post(n, "/chat/corner/say", "payload", buttons[len(buttons)-1][1])
}

var markup = regexp.MustCompile(`(?s)<script.*?</script>|<svg.*?</svg>|<head.*?</head>|<[^>]*>`)

// read is what a person reads of a page.
func read(page string) string {
	return strings.Join(strings.Fields(markup.ReplaceAllString(page, " ")), " ")
}

// sees holds a page to showing something.
func (p *person) sees(n *node, path, text string) {
	p.t.Helper()
	if page := p.get(n, path); !strings.Contains(page, text) {
		p.t.Fatalf("%s does not show %q but %s", path, text, read(page))
	}
}
