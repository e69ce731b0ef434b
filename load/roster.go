package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"plaza/bot"
	"plaza/bot/wechat/wechattest"
)

// rosterRun measures how a platform's list of followers is read: how long, with
// how much memory, and whether everybody is there once, also when the reading
// process is killed in the middle.
type rosterRun struct {
	people int
	kill   bool
	speed  float64
	limit  time.Duration
}

func runRoster(ctx context.Context, args []string, out io.Writer) error {
	var r rosterRun
	var channel string
	flags := flag.NewFlagSet("load roster", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&channel, "channel", "wechat", "the messenger; only wechat lists a million")
	flags.IntVar(&r.people, "people", 10_000, "how many follow, at most 2000000")
	flags.BoolVar(&r.kill, "kill", false, "kill the reading process in the middle, and start it again")
	flags.Float64Var(&r.speed, "speed", 1, "how many times faster than ours the program's clock goes, 1 to 100; what a killed process had in hand is taken over after a minute")
	flags.DurationVar(&r.limit, "limit", longest, "how long it may take, at most 1h")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	if channel != "wechat" || r.people < 100 || r.people > 2_000_000 || r.speed < 1 || r.speed > 100 || r.limit <= 0 || r.limit > time.Hour {
		return fmt.Errorf("flags: see -help for the bounds")
	}
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	folder, err := os.MkdirTemp("", "plaza-roster-")
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	return errors.Join(r.run(ctx, folder, out), os.RemoveAll(folder))
}

// rosterTag is what half of the people have.
const rosterTag = "regular"

func (r rosterRun) run(ctx context.Context, folder string, out io.Writer) error {
	clock := fastClock{Begun: time.Now().UTC(), Speed: r.speed}
	app := wechattest.App{AppID: loadAppID, Secret: "0123456789abcdef0123456789abcdef", OriginalID: "gh_roster", Token: "roster"}
	platform := wechattest.New(app, clock.now)
	ids := wechattest.OpenIDs("oRoster0000000000000", r.people)
	platform.AddFollowers(ids...)
	for i := 0; i < len(ids); i += 2 {
		platform.Change(ids[i], wechattest.Person{Tags: []string{rosterTag}})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	server := &http.Server{Handler: platform, ReadHeaderTimeout: 10 * time.Second, ErrorLog: silent()}
	defer server.Close()
	go func() { _ = server.Serve(listener) }()
	connection, err := json.Marshal(weChatSoak{app, platform}.connection())
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	reader := &soakSender{moved: func(string) {}, plan: soakPlan{Folder: filepath.Join(folder, "data"), Channel: "wechat",
		Connection: connection, API: "http://" + listener.Addr().String(), Clock: clock, People: r.people}}
	if err := reader.start(ctx); err != nil {
		return err
	}
	defer reader.kill()
	fmt.Fprintf(out, "the reader's profile is at http://%s/debug/pprof/\n", reader.address)
	if err := reader.tell(ctx, "roster"); err != nil {
		return err
	}
	if err := r.follow(ctx, reader, out); err != nil {
		return err
	}
	if err := reader.stop(); err != nil {
		return err
	}
	calls := platform.Calls("/cgi-bin/user/info/batchget")
	fmt.Fprintf(out, "%d calls for details, %d for the list\n", calls, platform.Calls("/cgi-bin/user/get"))
	if most := (r.people+99)/100 + 1000; calls > most { // a page of the list, should it begin there anew
		return fmt.Errorf("roster: %d calls for details: it began anew", calls)
	}
	return reader.plan.auditRoster(ctx, ids, out)
}

// follow waits for the end, looks at the memory, and kills the reader once.
func (r rosterRun) follow(ctx context.Context, reader *soakSender, out io.Writer) error {
	began, killed, waited := time.Now(), time.Time{}, time.Duration(0)
	before, peak := 0, int64(0)
	for {
		var roster bot.Roster
		if err := reader.get(ctx, "roster", &roster); err != nil {
			return err
		}
		if resident, err := residentMemory(reader.command.Process.Pid); err == nil {
			peak = max(peak, resident)
		}
		if !killed.IsZero() && waited == 0 && roster.Seen > before {
			waited = time.Since(killed)
		}
		switch {
		case roster.State == bot.RosterRead:
			took := time.Since(began) - waited
			fmt.Fprintf(out, "%d people read, %d of them new, in %s: %.0f a second; at most %.0f MB resident\n", roster.Seen, roster.Added,
				took.Round(time.Millisecond), float64(roster.Seen)/took.Seconds(), float64(peak)/1e6)
			if waited > 0 {
				fmt.Fprintf(out, "besides, %s until another process took over\n", waited.Round(time.Millisecond))
			}
			if roster.Seen != r.people || roster.Added != r.people && !r.kill {
				return fmt.Errorf("roster: %d people follow", r.people)
			}
			return nil
		case roster.Problem != "":
			return fmt.Errorf("roster: %s", roster.Problem)
		case r.kill && roster.Seen > r.people/2:
			r.kill, before, killed = false, roster.Seen, time.Now()
			fmt.Fprintf(out, "killed after %d people\n", roster.Seen)
			reader.kill()
			if err := reader.start(ctx); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("roster: %d of %d people are read: %w", roster.Seen, r.people, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// auditRoster looks for everybody in the program's store.
func (p soakPlan) auditRoster(ctx context.Context, ids []string, out io.Writer) (err error) {
	s, err := openSoaked(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.connect(ctx); err != nil {
		return err
	}
	people, err := s.people(ctx) // as many as there should be, each once
	if err != nil {
		return err
	}
	following := make(map[string]bool, len(people))
	for _, one := range people {
		following[one.User] = true
	}
	for _, id := range ids {
		if !following[id] {
			return fmt.Errorf("roster: %s is missing", id)
		}
	}
	if err := s.Bot.Recover(ctx); err != nil { // counts that the kill left untold
		return err
	}
	counts, err := s.Bot.Subscribers().Counts(ctx, s.account)
	if err != nil {
		return err
	}
	tagged := int64(len(ids)+1) / 2
	if counts.All != int64(len(ids)) || counts.Channels[p.Channel] != counts.All || counts.Tags[rosterTag] != tagged {
		return fmt.Errorf("roster: %d people and %d with the tag are %d and %d by the counters", len(ids), tagged, counts.All, counts.Tags[rosterTag])
	}
	size := int64(0)
	files, err := os.ReadDir(p.Folder)
	for _, file := range files {
		if info, err := file.Info(); err == nil {
			size += info.Size()
		}
	}
	fmt.Fprintf(out, "everybody is there once, and the counters agree; the store has %.0f MB\n", float64(size)/1e6)
	return err
}
