package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// member is somebody signed in at the console without a browser.
type member struct {
	t      testing.TB
	base   string // of the account's console
	client *http.Client
	csrf   string
}

// signIn uses a one-time link and goes to an account's console.
func signIn(t testing.TB, p *process, link, account string) *member {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{t: t, base: p.base + "/console/" + account, client: &http.Client{Jar: jar, Timeout: patience}}
	response, err := m.client.PostForm(link, url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	m.csrf = m.find("", `name="csrf" value="([^"]+)"`)
	return m
}

// page reads a page of the console.
func (m *member) page(path string) string {
	m.t.Helper()
	response, err := m.client.Get(m.base + path)
	if err != nil {
		m.t.Fatal(err)
	}
	return m.read(path, response)
}

// submit sends a form of the console and gives the page it leads to.
func (m *member) submit(path string, fields url.Values) string {
	m.t.Helper()
	form := url.Values{"csrf": {m.csrf}}
	for name, values := range fields {
		form[name] = values
	}
	response, err := m.client.PostForm(m.base+path, form)
	if err != nil {
		m.t.Fatal(err)
	}
	return m.read(path, response)
}

func (m *member) read(path string, response *http.Response) string {
	m.t.Helper()
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		m.t.Fatalf("%s: status %d: %s", path, response.StatusCode, strings.Join(strings.Fields(tags.ReplaceAllString(string(body), " ")), " "))
	}
	return string(body)
}

var tags = regexp.MustCompile(`(?s)<[^>]*>`)

// find reads something off a page: the first group of the pattern.
func (m *member) find(path, pattern string) string {
	m.t.Helper()
	page := m.page(path)
	found := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if found == nil {
		m.t.Fatalf("%s does not show %s:\n%s", path, pattern, page)
	}
	return found[1]
}
