package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// api speaks to a node as programs do, in the name of the sample store.
type api struct {
	t     *testing.T
	node  *node
	token string
}

func (d *deployment) api(n *node) *api {
	d.t.Helper()
	return &api{d.t, n, d.tool("token", "corner")}
}

// at is the same program speaking to another node.
func (a *api) at(n *node) *api { return &api{a.t, n, a.token} }

// call makes a request that must succeed and reads the answer into out, unless
// that is nil.
func (a *api) call(method, path string, body, out any) {
	a.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.node.base+"/api/v1"+path, bytes.NewReader(encoded))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		a.t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(answer, out); err != nil {
		a.t.Fatalf("%s %s: %v: %s", method, path, err, answer)
	}
}

// item is one of a list.
type item struct {
	ID         string `json:"id"`
	Subscriber string `json:"subscriber"`
	State      string `json:"state"`
	Direction  string `json:"direction"`
	Author     string `json:"author"`
	In         *struct {
		Text string `json:"text"`
	} `json:"in"`
	Out *struct {
		Text string `json:"text"`
	} `json:"out"`
}

// list reads all pages of a list.
func (a *api) list(path string) []item {
	a.t.Helper()
	var all []item
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	for cursor := ""; ; {
		var page struct {
			Items []item `json:"items"`
			Next  string `json:"next"`
		}
		a.call(http.MethodGet, path+separator+"limit=200&cursor="+url.QueryEscape(cursor), nil, &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		cursor = page.Next
	}
}

// history is a subscriber's conversation, the oldest message first.
func (a *api) history(subscriber string) []item {
	a.t.Helper()
	newest := a.list("/conversations/" + url.PathEscape(subscriber) + "/messages")
	history := make([]item, 0, len(newest))
	for i := len(newest) - 1; i >= 0; i-- {
		history = append(history, newest[i])
	}
	return history
}
