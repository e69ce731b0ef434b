package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"plaza/bot/line/linetest"
	"plaza/bot/standin"
)

// soakRun sends many messages through a messenger's stand-in on which all kinds
// of things go wrong, and compares, message by message, what was sent, what the
// books say became of it, and what the people received.
type soakRun struct {
	channel  string
	messages int
	faults   float64 // share of the calls that something goes wrong with
	speed    float64 // how many times faster than ours the program's clock goes
	kill     bool    // the sending process in the middle
	seed     uint64
	limit    time.Duration
}

// soakPlatform is a messenger's stand-in as the soak uses it.
type soakPlatform interface {
	http.Handler
	// connection is what the program connects with.
	connection() any
	// meet has a person write to the account, by its webhook.
	meet(ctx context.Context, person string) error
	// received says what each person got, and how often.
	received() map[receipt]int
}

// A platform that is told where the program is after each start, instead of
// calling the address it was opened with.
type movable interface{ moved(address string) }

// A platform that may have something under way when the program is done.
type settling interface {
	settle(ctx context.Context) error
}

// soakSetting is what a stand-in is opened with.
type soakSetting struct {
	life     context.Context // of the soak
	webhook  string          // of the program; led to it by the gate
	api      string          // address of the stand-in
	now      func() time.Time
	troubles *standin.Troubles
	gate     *webhookGate
}

// receipt is a text that a person got.
type receipt struct{ person, text string }

// soakPlatforms makes the stand-in of each messenger. Messages to one person are
// perPerson, where the messenger limits what may follow their own.
var soakPlatforms = map[string]struct {
	perPerson int
	person    func(n int) string // as the messenger names people
	open      func(soakSetting) soakPlatform
}{
	"kakao":    {perPerson: 5, person: func(n int) string { return fmt.Sprintf("%064x", n) }, open: openKakao},
	"line":     {perPerson: 5, person: func(n int) string { return linetest.UserID(n + 1) }, open: openLINE},
	"telegram": {perPerson: 5, person: func(n int) string { return fmt.Sprintf("1%011d", n) }, open: openTelegram},
	"webchat":  {perPerson: 20, person: strconv.Itoa, open: openWebChat}, // only for the meeting: it names people itself
	"wechat":   {perPerson: 5, person: func(n int) string { return fmt.Sprintf("oSoak%023d", n) }, open: openWeChat},
}

func runSoak(ctx context.Context, args []string, out io.Writer) error {
	r, err := parseSoak(args, out)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "plaza-soak-")
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	err = r.run(ctx, folder, out)
	return errors.Join(err, os.RemoveAll(folder))
}

func parseSoak(args []string, out io.Writer) (soakRun, error) {
	var r soakRun
	flags := flag.NewFlagSet("load soak", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&r.channel, "channel", "", "the messenger: "+strings.Join(slices.Sorted(maps.Keys(soakPlatforms)), ", "))
	flags.IntVar(&r.messages, "messages", 1000, "how many messages, at most 1000000")
	flags.Float64Var(&r.faults, "faults", 0.05, "the share of calls that go wrong, in one of six ways, at most 0.5")
	flags.Float64Var(&r.speed, "speed", 30, "how many times faster than ours the program's clock goes, 1 to 100")
	flags.BoolVar(&r.kill, "kill", false, "kill the sending process twice on the way, and start it again")
	flags.Uint64Var(&r.seed, "seed", 1, "what goes wrong, and when")
	flags.DurationVar(&r.limit, "limit", time.Hour, "how long it may take, at most 3h")
	if err := flags.Parse(args); err != nil {
		return r, fmt.Errorf("flags: %w", err)
	}
	if _, ok := soakPlatforms[r.channel]; !ok || r.messages < 10 || r.messages > 1_000_000 || r.faults < 0 || r.faults > 0.5 ||
		r.speed < 1 || r.speed > 100 || r.limit <= 0 || r.limit > 3*time.Hour {
		return r, fmt.Errorf("flags: name a messenger with -channel; see -help for the bounds")
	}
	return r, nil
}

// troubles are all kinds, each as often.
func (r soakRun) troubles() *standin.Troubles {
	kinds := []standin.Trouble{standin.Slow, standin.Throttle, standin.Fail, standin.Cut, standin.Lost, standin.Expire}
	shares := make(map[standin.Trouble]float64)
	for _, kind := range kinds {
		shares[kind] = r.faults / float64(len(kinds))
	}
	troubles := standin.Random(r.seed, shares)
	troubles.Pause = 200 * time.Millisecond
	return troubles
}

func (r soakRun) run(ctx context.Context, folder string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	clock := fastClock{Begun: time.Now().UTC(), Speed: r.speed}
	troubles := r.troubles()
	gate := &webhookGate{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	api := "http://" + listener.Addr().String()
	stand := soakPlatforms[r.channel]
	platform := stand.open(soakSetting{life: ctx, webhook: "http://soak.invalid/webhooks/" + r.channel + "/" + loadAccount,
		api: api, now: clock.now, troubles: troubles, gate: gate})
	server := &http.Server{Handler: platform, ReadHeaderTimeout: 10 * time.Second, ErrorLog: silent()}
	defer server.Close()
	go func() { _ = server.Serve(listener) }()
	connection, err := json.Marshal(platform.connection())
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	plan := soakPlan{Folder: filepath.Join(folder, "data"), Channel: r.channel, Connection: connection,
		API: api, Clock: clock,
		People: (r.messages + stand.perPerson - 1) / stand.perPerson, Each: stand.perPerson}
	sender := &soakSender{plan: plan, moved: gate.lead}
	if platform, ok := platform.(movable); ok {
		sender.moved = platform.moved
	}
	began := time.Now()
	if err := sender.start(ctx); err != nil {
		return err
	}
	defer sender.kill()
	if err := r.meetAll(ctx, platform, plan); err != nil {
		return err
	}
	fmt.Fprintf(out, "everybody has written; the sender's profile is at http://%s/debug/pprof/\n", sender.address)
	if err := r.send(ctx, sender, out); err != nil {
		return err
	}
	if platform, ok := platform.(settling); ok {
		if err := platform.settle(ctx); err != nil {
			return err
		}
	}
	if err := sender.stop(); err != nil {
		return err
	}
	books, err := plan.audit(ctx, platform.received())
	if err != nil {
		return err
	}
	books.report(out, r, troubles, time.Since(began))
	return books.balance()
}

// meetAll has everybody write, many at a time.
func (r soakRun) meetAll(ctx context.Context, platform soakPlatform, plan soakPlan) error {
	people := make(chan string)
	failures := make(chan error, 8)
	var all sync.WaitGroup
	for range cap(failures) {
		all.Go(func() {
			for person := range people {
				if err := platform.meet(ctx, person); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	var failed error
	for n := range plan.People {
		select {
		case people <- soakPlatforms[r.channel].person(n):
			continue
		case failed = <-failures:
		case <-ctx.Done():
			failed = ctx.Err()
		}
		break
	}
	close(people)
	all.Wait()
	return failed
}

// send has the messages sent and waits until none waits any more.
func (r soakRun) send(ctx context.Context, sender *soakSender, out io.Writer) error {
	if err := sender.tell(ctx, "send"); err != nil {
		return err
	}
	kills := []int{}
	if r.kill {
		kills = []int{r.messages * 2 / 3, r.messages / 3}
	}
	// Asking costs the sender a count of what waits.
	pause := min(max(20*time.Millisecond, time.Duration(r.messages)*10*time.Microsecond), time.Second)
	began := time.Now()
	shown := began
	for {
		state, err := sender.state(ctx)
		if err != nil {
			return err
		}
		if state.Done {
			if len(kills) > 0 {
				fmt.Fprintf(out, "done before it was killed %d times\n", len(kills))
			}
			return nil
		}
		if len(kills) > 0 && state.Settled > r.messages-kills[0] {
			kills = kills[1:]
			fmt.Fprintf(out, "killed after %d messages\n", state.Settled)
			sender.kill()
			if err := sender.start(ctx); err != nil {
				return err
			}
			if err := sender.tell(ctx, "send"); err != nil {
				return err
			}
		}
		if time.Since(shown) > 30*time.Second {
			shown = time.Now()
			fmt.Fprintf(out, "%s: %d of %d messages are done with, %d wait. %s\n",
				time.Since(began).Round(time.Second), state.Settled, r.messages, state.Waiting, state.Standing)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("soak: %d of %d messages are done with: %w", state.Settled, r.messages, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// fastClock is a clock that goes faster than ours, the same in every process.
type fastClock struct {
	Begun time.Time
	Speed float64
}

func (c fastClock) now() time.Time {
	return c.Begun.Add(time.Duration(float64(time.Since(c.Begun)) * c.Speed))
}
