package skew_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/skew"
)

// there is a platform with a clock of its own.
type there struct {
	*httptest.Server
	mu    sync.Mutex
	ahead time.Duration // of ours
	age   string        // of its answers
	asked int
}

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func newThere(t *testing.T) *there {
	t.Helper()
	p := &there{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked++
		w.Header().Set("Date", noon.Add(p.ahead).Format(http.TimeFormat))
		if p.age != "" {
			w.Header().Set("Age", p.age)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *there) set(ahead time.Duration, age string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead, p.age = ahead, age
}

func call(t *testing.T, client *http.Client, address string) {
	t.Helper()
	response, err := client.Get(address + "/v2/bot/info")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

func TestAWrongClockIsNoticedBySeveralAnswers(t *testing.T) {
	t.Parallel()
	platform := newThere(t)
	watch := skew.New(func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	client := watch.Client("line", nil)
	for n, ahead := range []time.Duration{-7 * time.Minute, 2 * time.Hour, -7 * time.Minute} { // one of them is of a sick server
		if watch.Of("line").Off() {
			t.Errorf("said after %d answers", n)
		}
		platform.set(ahead, "")
		call(t, client, platform.URL)
	}
	found := watch.Of("line")
	if !found.Off() || found.Ahead.Round(time.Minute) != 7*time.Minute || !strings.Contains(found.String(), "fast") {
		t.Errorf("%+v: %s", found, found)
	}
	if others := watch.Of("wechat"); others.Off() || others.Answers != 0 {
		t.Errorf("%+v", others)
	}
	if off := watch.Off(); len(off) != 1 || off[0] != found {
		t.Errorf("%+v", off)
	}
	platform.set(0, "")
	for range 3 { // the clock is set
		call(t, client, platform.URL)
	}
	if found := watch.Of("line"); found.Off() {
		t.Errorf("after the clock was set: %+v", found)
	}
}

func TestWhatTellsNoTimeIsNotBelieved(t *testing.T) {
	t.Parallel()
	platform := newThere(t)
	now := noon
	watch := skew.New(func() time.Time { now = now.Add(time.Minute); return now }, slog.New(slog.DiscardHandler)) // slow answers
	for range 5 {
		call(t, watch.Client("line", nil), platform.URL)
	}
	watch = skew.New(func() time.Time { return noon.Add(time.Hour) }, slog.New(slog.DiscardHandler))
	platform.set(0, "3600") // out of a cache
	for range 5 {
		call(t, watch.Client("wechat", nil), platform.URL)
	}
	if all := watch.All(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func TestADoubtIsSettledByAskingAgain(t *testing.T) {
	t.Parallel()
	platform := newThere(t)
	platform.set(3*time.Minute, "")
	watch := skew.New(func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	if none := watch.Confirm(t.Context(), "line"); none.Answers != 0 || platform.asked != 0 {
		t.Errorf("asked a platform that nobody has called: %+v", none)
	}
	call(t, watch.Client("line", nil), platform.URL)
	found := watch.Confirm(t.Context(), "line")
	if !found.Off() || found.Ahead > -2*time.Minute || platform.asked != skew.Enough {
		t.Errorf("%+v after %d answers", found, platform.asked)
	}
	watch.Confirm(t.Context(), "line")
	if platform.asked != skew.Enough {
		t.Error("asked without a doubt")
	}
	platform.set(0, "")
	call(t, watch.Client("line", nil), platform.URL)
	if found := watch.Confirm(t.Context(), "line"); found.Off() {
		t.Errorf("%+v", found)
	}
}
