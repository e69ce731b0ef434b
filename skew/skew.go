// Package skew notices that this machine's clock is not the platforms'. Every
// answer of a platform tells its time; where several of one platform's differ
// from ours by more than a minute, signatures are refused and what has a time to
// live dies too early or too late, and nobody says why.
package skew

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// Limit is how far apart clocks may be. Platforms bear five minutes at most
	// (WeChat Pay's and WeChat's timestamps), some less.
	Limit = time.Minute
	// Enough answers are needed before anything is said: one may come from a cache,
	// or from a server of the platform's whose own clock is wrong.
	Enough = 3
	// kept answers are looked at, none older than fresh.
	kept  = 5
	fresh = time.Hour
	// slowest is how long an answer may take to tell the time: it was sent at some
	// instant in between.
	slowest = 10 * time.Second
	// askLimit is how long Confirm waits for one answer.
	askLimit = 3 * time.Second
)

// Reading is how far this machine's clock is ahead of a platform's; negative:
// behind.
type Reading struct {
	Platform string
	Ahead    time.Duration
	Answers  int
}

// Off says whether the clocks are too far apart, for sure.
func (r Reading) Off() bool { return r.Answers >= Enough && r.Ahead.Abs() > Limit }

// String tells it to an operator.
func (r Reading) String() string {
	side := "fast"
	if r.Ahead < 0 {
		side = "slow"
	}
	return fmt.Sprintf("this server's clock is %s %s compared with %s's: set it by a time service (NTP)", r.Ahead.Abs().Round(time.Second), side, r.Platform)
}

// Watch keeps what platforms' answers tell. Safe for concurrent use.
type Watch struct {
	now    func() time.Time
	logger *slog.Logger

	mu        sync.Mutex
	platforms map[string]*platform
}

type platform struct {
	told []told
	off  bool // as it was logged last
	ask  func(ctx context.Context) error
}

// told is what one answer has told.
type told struct {
	ahead time.Duration
	at    time.Time
}

// New makes a Watch of the machine's clock.
func New(now func() time.Time, logger *slog.Logger) *Watch {
	return &Watch{now: now, logger: logger, platforms: map[string]*platform{}}
}

// Client makes calls of a platform and notes what time it is there. A nil
// transport is http.DefaultTransport.
func (w *Watch) Client(name string, transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: watched{w, name, transport}}
}

type watched struct {
	watch *Watch
	name  string
	next  http.RoundTripper
}

// RoundTrip is the transport's.
func (t watched) RoundTrip(request *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	sent := t.watch.now()
	response, err := next.RoundTrip(request)
	if err == nil {
		t.watch.note(t.name, response.Header, sent, t.watch.now(), t.asks(request))
	}
	return response, err
}

// asks is a call that changes nothing and wants nothing but an answer, of the
// server that has just given one.
func (t watched) asks(request *http.Request) func(context.Context) error {
	root := request.URL.Scheme + "://" + request.URL.Host + "/"
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, askLimit)
		defer cancel()
		asking, err := http.NewRequestWithContext(ctx, http.MethodHead, root, nil)
		if err != nil {
			return err
		}
		response, err := t.RoundTrip(asking)
		if err != nil {
			return err
		}
		return response.Body.Close()
	}
}

// note takes down what the header of an answer tells (RFC 9110, 6.6.1: Date is
// in seconds, cut off). What comes out of a cache tells another time.
func (w *Watch) note(name string, header http.Header, sent, received time.Time, ask func(context.Context) error) {
	date, err := http.ParseTime(header.Get("Date"))
	took := received.Sub(sent)
	if err != nil || took < 0 || took > slowest || strings.Trim(header.Get("Age"), "0") != "" {
		return
	}
	ahead := sent.Add(took / 2).Sub(date.Add(time.Second / 2))
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.platforms[name]
	if p == nil {
		p = &platform{}
		w.platforms[name] = p
	}
	p.ask = ask
	p.told = append(p.told[max(0, len(p.told)-kept+1):], told{ahead, received})
	reading := p.reading(name, received)
	if off := reading.Off(); off != p.off {
		p.off = off
		if off {
			w.logger.Warn("clocks differ", "platform", name, "ahead", reading.Ahead.Round(time.Second).String())
		} else {
			w.logger.Info("clocks agree again", "platform", name)
		}
	}
}

// reading is the median of what was told lately.
func (p *platform) reading(name string, now time.Time) Reading {
	var all []time.Duration
	for _, one := range p.told {
		if now.Sub(one.at).Abs() <= fresh {
			all = append(all, one.ahead)
		}
	}
	if len(all) == 0 {
		return Reading{Platform: name}
	}
	slices.Sort(all)
	return Reading{Platform: name, Ahead: all[len(all)/2], Answers: len(all)}
}

// Of is the reading of one platform.
func (w *Watch) Of(name string) Reading {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.platforms[name]; p != nil {
		return p.reading(name, w.now())
	}
	return Reading{Platform: name}
}

// All are the readings of all platforms that have answered lately, by name.
func (w *Watch) All() (all []Reading) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, p := range w.platforms {
		if reading := p.reading(name, w.now()); reading.Answers > 0 {
			all = append(all, reading)
		}
	}
	slices.SortFunc(all, func(a, b Reading) int { return strings.Compare(a.Platform, b.Platform) })
	return all
}

// Off are the readings that say that the clock is wrong.
func (w *Watch) Off() []Reading {
	return slices.DeleteFunc(w.All(), func(r Reading) bool { return !r.Off() })
}

// Confirm asks a platform that has answered before until there is enough to go
// by: too few answers, or the last of them says something else than those before.
func (w *Watch) Confirm(ctx context.Context, name string) Reading {
	for range Enough {
		w.mu.Lock()
		p := w.platforms[name]
		var ask func(context.Context) error
		if p != nil && p.unsettled(name, w.now()) {
			ask = p.ask
		}
		w.mu.Unlock()
		if ask == nil || ask(ctx) != nil {
			break
		}
	}
	return w.Of(name)
}

func (p *platform) unsettled(name string, now time.Time) bool {
	reading := p.reading(name, now)
	return reading.Answers < Enough || (p.told[len(p.told)-1].ahead.Abs() > Limit) != reading.Off()
}
