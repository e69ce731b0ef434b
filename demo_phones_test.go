//go:build !nostandins

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// printed is what a command prints, read while it runs.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// demoWorld is a demo that runs, with its phones.
type demoWorld struct {
	t      *testing.T
	phones string // address
	said   *printed
}

var phonesAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/phones`)

// inDemo runs a demo on a folder while do lasts.
func inDemo(t *testing.T, folder string, do func(demoWorld)) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	said, ended := new(printed), make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--addr", "127.0.0.1:0", "--data", folder, "--log-level", "error"}, said)
	}()
	until(t, "the demo runs", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("the demo ended: %v", err)
		default:
		}
		return strings.Contains(said.String(), "--fresh")
	})
	do(demoWorld{t, phonesAddress.FindString(said.String()), said})
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the demo ended with %v", err)
	}
}

// until waits for a condition, as long as a busy machine may take.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); {
		if time.Since(began) > 60*time.Second {
			t.Fatalf("%s: not within a minute", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (d demoWorld) post(path string, body any) {
	d.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	response, err := http.Post(d.phones+"/"+path, "application/json", bytes.NewReader(encoded))
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	if said, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusNoContent {
		d.t.Errorf("%s: %s %s", path, response.Status, said)
	}
}

// screens is what the phones show, as one text for each messenger.
func (d demoWorld) screens() map[string]string {
	d.t.Helper()
	response, err := http.Get(d.phones + "/state")
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	var state struct {
		Phones []struct {
			Messenger string            `json:"messenger"`
			Bubbles   []json.RawMessage `json:"bubbles"`
		} `json:"phones"`
	}
	if err := json.NewDecoder(response.Body).Decode(&state); err != nil {
		d.t.Fatal(err)
	}
	shown := map[string]string{}
	for _, phone := range state.Phones {
		shown[phone.Messenger] = fmt.Sprintf("%s", phone.Bubbles)
	}
	return shown
}

// What the sample accounts' bots answer to each phone's owner.
var askedHours = map[string]struct{ question, answer string }{
	"wechat":   {"what are your hours?", "We are open day and night"},
	"line":     {"what are your hours?", "We are open day and night"},
	"telegram": {"what are your hours?", "We are open day and night"},
	"kakao":    {"영업 시간이 어떻게 되나요?", "아침 8시부터 밤 9시까지"},
}

// A second demo on the same folder finds its connections and followers again,
// and no message of its phones is taken for one of the first demo's.
func TestEachMessengerOfTheDemoAnswers(t *testing.T) {
	folder := t.TempDir()
	for _, first := range []bool{true, false} {
		inDemo(t, folder, func(d demoWorld) {
			for messenger, asked := range askedHours {
				if first {
					d.post(messenger+"/follow", map[string]any{})
				}
				d.post(messenger+"/say", map[string]string{"text": asked.question})
			}
			for messenger, asked := range askedHours {
				until(t, messenger+" answers", func() bool { return strings.Contains(d.screens()[messenger], asked.answer) })
				if screen := d.screens()[messenger]; strings.Contains(screen, `"note"`) {
					t.Errorf("%s shows %s", messenger, screen)
				}
			}
			if said := d.said.String(); strings.Contains(said, "127.0.0.1:0/") {
				t.Errorf("the demo prints a port that is none: %s", said)
			}
		})
	}
}
