package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"plaza/bot/standin"
)

// webChatSoak are people with the web chat open in their browsers. There is no
// platform behind it: what goes wrong is their network. Their posts arrive
// late, break off or come twice, and their WebSockets end in the middle.
type webChatSoak struct {
	soakSetting

	mu       sync.Mutex
	visitors []*soakVisitor
}

func openWebChat(setting soakSetting) soakPlatform { return &webChatSoak{soakSetting: setting} }

// ServeHTTP is nobody's: nothing is sent to a platform.
func (w *webChatSoak) ServeHTTP(rw http.ResponseWriter, r *http.Request) { http.NotFound(rw, r) }

func (w *webChatSoak) connection() any { return nil }

// meet has somebody open the chat, follow, and write.
func (w *webChatSoak) meet(ctx context.Context, name string) error {
	n, err := strconv.Atoi(name)
	if err != nil {
		return err
	}
	v := &soakVisitor{soak: w, shown: make(map[string]string), dialer: newDialer()}
	// Each lives at an address of their own, as far as limits by address go.
	v.dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, byte(1+n>>16), byte(n>>8), byte(n))}
	v.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: v.dialer.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if err := v.load(ctx); err != nil {
		return err
	}
	if err := v.post(ctx, "follow", url.Values{}); err != nil {
		return err
	}
	if err := v.post(ctx, "say", url.Values{"id": {"hello"}, "text": {"hello"}}); err != nil {
		return err
	}
	w.mu.Lock()
	w.visitors = append(w.visitors, v)
	w.mu.Unlock()
	go v.listen(w.life)
	return nil
}

// settle waits until every page shows what it would show if it were loaded now.
func (w *webChatSoak) settle(ctx context.Context) error {
	w.mu.Lock()
	visitors := w.visitors
	w.mu.Unlock()
	for _, v := range visitors {
		page, err := v.page(ctx)
		if err != nil {
			return err
		}
		for !v.shows(page.shown) {
			select {
			case <-ctx.Done():
				return fmt.Errorf("soak: a page was not told of all its messages: %w", ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

// received says what stands on the pages. An event that came twice in spite of
// its number is nothing that anybody sent.
func (w *webChatSoak) received() map[receipt]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	got, answered := make(map[receipt]int), make(answers)
	for _, v := range w.visitors {
		v.mu.Lock()
		for _, text := range v.shown {
			if of := (receipt{v.user, text}); !answered.has(of) {
				got[of]++
			}
		}
		if v.repeated > 0 {
			got[receipt{v.user, "an event again"}] = v.repeated
		}
		v.mu.Unlock()
	}
	return got
}

// soakVisitor is one browser.
type soakVisitor struct {
	soak   *webChatSoak
	dialer *net.Dialer
	client *http.Client
	cookie string
	topic  string
	user   string

	mu       sync.Mutex
	last     int64             // the number of the last event that was seen
	shown    map[string]string // texts by the message's id
	repeated int
}

func (v *soakVisitor) position() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last
}

// shows says whether the page shows all of these messages.
func (v *soakVisitor) shows(messages map[string]string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := range messages {
		if _, shown := v.shown[id]; !shown {
			return false
		}
	}
	return true
}

// soakPage is what a browser reads of the chat's page.
type soakPage struct {
	topic, since string
	shown        map[string]string
}

var (
	liveLine = regexp.MustCompile(` data-since="(\d+)" data-topics="([^"]+)"`)
	bubble   = regexp.MustCompile(`(?s)<li class="bubble-row" id="m-([^"]+)".*?<div class="bubble">(.*?)</div>`)
)

// page asks for the chat's page.
func (v *soakVisitor) page(ctx context.Context) (soakPage, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.address("http", "/chat/"+loadAccount), nil)
	if err != nil {
		return soakPage{}, err
	}
	body, answer, err := v.exchange(request)
	if err != nil {
		return soakPage{}, err
	}
	for _, cookie := range answer.Cookies() {
		if strings.HasPrefix(cookie.Name, "plaza_visitor_") {
			v.cookie = cookie.Name + "=" + cookie.Value
		}
	}
	found := liveLine.FindSubmatch(body)
	if found == nil || v.cookie == "" {
		return soakPage{}, errors.New("soak: the chat's page says nothing of its live events")
	}
	page := soakPage{since: string(found[1]), topic: html.UnescapeString(string(found[2])), shown: make(map[string]string)}
	for _, one := range bubble.FindAllSubmatch(body, -1) {
		page.shown[html.UnescapeString(string(one[1]))] = html.UnescapeString(string(one[2]))
	}
	return page, nil
}

// load opens the page, or loads it again after too much was missed.
func (v *soakVisitor) load(ctx context.Context) error {
	page, err := v.page(ctx)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.topic = page.topic
	v.user = page.topic[strings.LastIndex(page.topic, ":")+1:]
	for id, text := range page.shown {
		v.shown[id] = text
	}
	v.last, err = strconv.ParseInt(page.since, 10, 64)
	return err
}

// post posts a form as the page's script does, and once more when it can't know
// whether it arrived. Now and then it is posted twice at once.
func (v *soakVisitor) post(ctx context.Context, form string, values url.Values) error {
	switch trouble := v.soak.troubles.Next(); trouble {
	case standin.Slow:
		time.Sleep(v.soak.troubles.Pause)
	case standin.Cut, standin.Lost, standin.Expire:
		v.breakOff(ctx, form, values)
	case standin.Throttle, standin.Fail:
		twin := make(chan error)
		go func() { twin <- v.postOnce(ctx, form, values) }()
		return errors.Join(v.postOnce(ctx, form, values), <-twin)
	}
	return v.postOnce(ctx, form, values)
}

// breakOff posts and goes away before the answer.
func (v *soakVisitor) breakOff(ctx context.Context, form string, values url.Values) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Millisecond)
	defer cancel()
	_ = v.postOnce(ctx, form, values) // nobody heard how it ended
}

func (v *soakVisitor) postOnce(ctx context.Context, form string, values url.Values) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.address("http", "/chat/"+loadAccount+"/"+form),
		strings.NewReader(values.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", soakPublicURL)
	request.Header.Set("Accept", "application/json")
	_, _, err = v.exchange(request)
	return err
}

func (v *soakVisitor) exchange(request *http.Request) ([]byte, *http.Response, error) {
	if v.cookie != "" {
		request.Header.Set("Cookie", v.cookie)
	}
	answer, err := v.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("soak: %s answers %s: %.200s", request.URL.Path, answer.Status, body)
	}
	return body, answer, err
}

func (v *soakVisitor) address(scheme, path string) string {
	return scheme + "://" + v.soak.gate.where() + path
}

// listen keeps the page's WebSocket, as live.js does.
func (v *soakVisitor) listen(ctx context.Context) {
	for ctx.Err() == nil {
		v.hear(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// hear reads one WebSocket until it ends.
func (v *soakVisitor) hear(ctx context.Context) {
	dialer := websocket.Dialer{NetDialContext: v.dialer.DialContext, HandshakeTimeout: 10 * time.Second, ReadBufferSize: 512, WriteBufferSize: 512}
	ws, answer, err := dialer.DialContext(ctx, v.address("ws", "/live?account="+loadAccount), http.Header{"Cookie": {v.cookie}, "Origin": {soakPublicURL}})
	if err != nil {
		return
	}
	defer answer.Body.Close()
	defer ws.Close()
	defer context.AfterFunc(ctx, func() { _ = ws.Close() })()
	if ws.WriteJSON(map[string]any{"subscribe": map[string]any{"topic": v.topic, "since": v.position()}}) != nil {
		return
	}
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil || !v.take(ctx, frame) {
			return
		}
	}
}

// soakFrame is what the server sends over a WebSocket.
type soakFrame struct {
	Event *struct {
		Kind     string          `json:"kind"`
		Data     json.RawMessage `json:"data"`
		Sequence int64           `json:"sequence"`
	} `json:"event"`
	Subscribed, Position *struct {
		Sequence int64 `json:"sequence"`
	}
	Reset, Reconnect json.RawMessage
}

// take takes in a frame and says whether to go on reading.
func (v *soakVisitor) take(ctx context.Context, data []byte) bool {
	var frame soakFrame
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&frame); err != nil || frame.Reconnect != nil {
		return false
	}
	if frame.Reset != nil {
		return v.load(ctx) == nil && false // and hears on from there, anew
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case frame.Subscribed != nil:
		v.last = max(v.last, frame.Subscribed.Sequence)
	case frame.Position != nil:
		v.last = max(v.last, frame.Position.Sequence)
	case frame.Event != nil:
		if frame.Event.Sequence <= v.last {
			v.repeated++
		}
		v.last = max(v.last, frame.Event.Sequence)
		return v.show(frame.Event.Kind, frame.Event.Data)
	}
	return true
}

// show puts a message on the page, and may lose the line after it.
func (v *soakVisitor) show(kind string, data []byte) bool {
	if kind != "message.sent" {
		return true
	}
	var sent struct {
		Message struct {
			ID  string `json:"id"`
			Out struct {
				Text string `json:"text"`
			} `json:"out"`
		} `json:"message"`
	}
	if json.Unmarshal(data, &sent) != nil {
		return false
	}
	v.shown[sent.Message.ID] = sent.Message.Out.Text
	switch v.soak.troubles.Next() {
	case standin.None:
		return true
	case standin.Slow:
		time.Sleep(v.soak.troubles.Pause)
		return true
	}
	return false
}
