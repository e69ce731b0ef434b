package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"time"
)

// weChatRun is what the scenario's flags say.
type weChatRun struct {
	binary      string
	target      string
	token       string
	aesKey      string
	appID       string
	users       int
	connections int
	turn        time.Duration
	turns       int
}

func parseWeChat(args []string, out io.Writer) (weChatRun, error) {
	var r weChatRun
	flags := flag.NewFlagSet("load wechat", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&r.binary, "plaza", "", "a plaza binary to start on a temporary folder and drive; instead of -target")
	flags.StringVar(&r.target, "target", "", "webhook of a WeChat account of a server on this machine; empty: only the bare handler")
	flags.StringVar(&r.token, "token", "load", "the account's token")
	flags.StringVar(&r.aesKey, "aes-key", "", "the account's EncodingAESKey; empty: plain mode")
	flags.StringVar(&r.appID, "app-id", loadAppID, "the account's app id, for the AES mode")
	flags.IntVar(&r.users, "users", 1000, "how many users write, at most 100000")
	flags.IntVar(&r.connections, "connections", 64, "at most 1024")
	flags.DurationVar(&r.turn, "turn", 3*time.Second, "how long one turn lasts, at most 30s")
	flags.IntVar(&r.turns, "turns", 3, "how many turns each server gets, at most 5")
	if err := flags.Parse(args); err != nil {
		return r, fmt.Errorf("flags: %w", err)
	}
	switch {
	case r.binary != "" && r.target != "":
		return r, fmt.Errorf("flags: -plaza or -target, not both")
	case r.users < 1 || r.users > 100_000, r.connections < 1 || r.connections > 1024,
		r.turn <= 0 || r.turn > 30*time.Second, r.turns < 1 || r.turns > 5:
		return r, fmt.Errorf("flags: out of bounds; see -help")
	}
	return r, nil
}

// contender is a server in the comparison, and what it has shown.
type contender struct {
	name   string
	sender *sender
	full   result
	half   result
}

func runWeChat(ctx context.Context, args []string, out io.Writer) (err error) {
	r, err := parseWeChat(args, out)
	if err != nil {
		return err
	}
	bare, err := startChild(ctx, bareRole, tokenVariable+"="+r.token)
	if err != nil {
		return err
	}
	defer bare.stop()
	if r.binary != "" {
		plaza, err := startPlaza(ctx, r.binary, r.token, r.aesKey)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, plaza.stop()) }()
		r.target = plaza.webhook()
	}
	contenders, err := r.contenders(ctx, "http://"+bare.address+"/echo")
	if err != nil {
		return err
	}
	if err := r.compare(ctx, contenders); err != nil {
		return err
	}
	r.report(out, contenders)
	return nil
}

func (r weChatRun) contenders(ctx context.Context, bare string) ([]*contender, error) {
	addresses := []string{bare}
	if r.target != "" {
		addresses = append(addresses, r.target)
	}
	var contenders []*contender
	for i, address := range addresses {
		target, err := parseTarget(ctx, address)
		if err != nil {
			return nil, err
		}
		s, err := r.sender(target)
		if err != nil {
			return nil, err
		}
		contenders = append(contenders, &contender{name: []string{"bare", "plaza"}[i], sender: s})
	}
	return contenders, nil
}

func (r weChatRun) sender(target *url.URL) (*sender, error) {
	return newSender(target, r.token, r.aesKey, r.appID, r.users)
}

// compare lets the servers take turns, so that whatever else the machine does
// meets all of them, and then sends each half of what it has shown it can do.
func (r weChatRun) compare(ctx context.Context, contenders []*contender) error {
	for _, c := range contenders { // the first requests pay for what is made once
		if _, err := drive(ctx, c.sender, r.connections, r.turn/4, atOnce); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for range r.turns {
		for _, c := range contenders {
			turn, err := drive(ctx, c.sender, r.connections, r.turn, atOnce)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			c.full.add(turn)
		}
	}
	for range r.turns {
		for _, c := range contenders {
			turn, err := drive(ctx, c.sender, r.connections, r.turn, evenly(c.full.rate()/2))
			if err != nil {
				return fmt.Errorf("%s at half load: %w", c.name, err)
			}
			c.half.add(turn)
		}
	}
	return nil
}

func (r weChatRun) report(out io.Writer, contenders []*contender) {
	mode := "plain"
	if r.aesKey != "" {
		mode = "AES"
	}
	fmt.Fprintf(out, "WeChat text messages, %s mode, %d connections, %d users, %d turns of %s each\n",
		mode, r.connections, r.users, r.turns, r.turn)
	fmt.Fprintf(out, "%-7s%12s%10s%10s%10s%24s\n", "", "requests/s", "p50", "p99", "empty", "p50/p99 at half load")
	for _, c := range contenders {
		fmt.Fprintf(out, "%-7s%12.0f%10s%10s%9.1f%%%14s/%s\n", c.name, c.full.rate(),
			round(c.full.percentile(50)), round(c.full.percentile(99)),
			100*float64(c.full.empty)/float64(max(len(c.full.latencies), 1)),
			round(c.half.percentile(50)), round(c.half.percentile(99)))
	}
	if len(contenders) == 2 {
		fmt.Fprintf(out, "plaza answers %.1f%% of what the bare handler does\n",
			100*contenders[1].full.rate()/contenders[0].full.rate())
	}
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
