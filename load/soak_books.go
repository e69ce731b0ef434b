package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"plaza/bot"
	"plaza/bot/standin"
	"plaza/store"
)

// soakBooks are the messages by what the program's books say of them and how
// often they were received.
type soakBooks struct {
	planned   int
	entries   map[entry]int
	reasons   map[string]int
	unplanned int      // received, and nobody sent it
	faults    []string // the first ones
}

// entry is one line of the books. Missing: the program knows nothing of it.
type entry struct {
	state    bot.State
	received int
}

const missingState bot.State = "missing"

// audit reads the program's books and compares them with what was received.
func (p soakPlan) audit(ctx context.Context, received map[receipt]int) (books soakBooks, err error) {
	s, err := openSoaked(ctx, p)
	if err != nil {
		return books, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.connect(ctx); err != nil {
		return books, err
	}
	books = soakBooks{entries: make(map[entry]int), reasons: make(map[string]int)}
	people, err := s.people(ctx)
	if err != nil {
		return books, err
	}
	for n, person := range people {
		user := person.User
		recorded, err := s.recorded(ctx, person.ID)
		if err != nil {
			return books, err
		}
		texts := []string{p.single(n)}
		for campaign := 1; campaign < p.Each; campaign++ {
			texts = append(texts, p.campaign(campaign))
		}
		for _, text := range texts {
			books.enter(receipt{user, text}, recorded[text], received)
		}
	}
	for got, times := range received {
		books.unplanned += times
		books.fault("%s received %q, which nobody sent", got.person, got.text)
	}
	return books, nil
}

// recorded are a person's messages by text. The same text twice is an error of
// the program's.
func (s *soaked) recorded(ctx context.Context, id string) (map[string]bot.Message, error) {
	all := make(map[string]bot.Message)
	for after := store.Cursor(""); ; {
		page, next, err := s.Bot.History(ctx, s.account, id, after, 200)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			if m.Out == nil || m.Author != bot.ByCampaign && m.Key != "soak" {
				continue
			}
			if _, twice := all[m.Out.Text]; twice {
				return nil, fmt.Errorf("soak: %q is recorded twice for %s", m.Out.Text, id)
			}
			all[m.Out.Text] = m
		}
		if after = next; next == "" {
			return all, nil
		}
	}
}

// answers tell what the account has answered to "hello" from what was sent: each
// once. A second time the same is received and nobody sent it.
type answers map[receipt]bool

func (a answers) has(of receipt) bool {
	if strings.Contains(of.text, ", number ") || a[of] {
		return false
	}
	a[of] = true
	return true
}

func (b *soakBooks) enter(of receipt, recorded bot.Message, received map[receipt]int) {
	b.planned++
	times := received[of]
	delete(received, of)
	state := recorded.State
	switch state {
	case "":
		state = missingState
	case bot.Delivered, bot.Read:
		state = bot.Sent
	case bot.Failed, bot.Uncertain:
		b.reasons[string(state)+": "+recorded.Reason]++
	}
	b.entries[entry{state, times}]++
	if !balanced(entry{state, times}) {
		b.fault("%s: %q is %s and was received %d times", of.person, of.text, state, times)
	}
}

// balanced says whether what was received is what the books say.
func balanced(e entry) bool {
	switch e.state {
	case bot.Sent:
		return e.received == 1
	case bot.Failed:
		return e.received == 0
	case bot.Uncertain:
		return e.received <= 1
	}
	return false
}

func (b *soakBooks) fault(format string, args ...any) {
	if len(b.faults) < 10 {
		b.faults = append(b.faults, fmt.Sprintf(format, args...))
	}
}

// balance is an error when a message is neither received once nor accounted for.
func (b *soakBooks) balance() error {
	if len(b.faults) == 0 {
		return nil
	}
	return fmt.Errorf("soak: the books do not balance: %v", b.faults)
}

func (b *soakBooks) count(matches func(entry) bool) (sum int) {
	for e, count := range b.entries {
		if matches(e) {
			sum += count
		}
	}
	return sum
}

func (b *soakBooks) report(out io.Writer, r soakRun, troubles *standin.Troubles, took time.Duration) {
	fmt.Fprintf(out, "%s: %d messages in %s, %.0f a second, the program's clock %g times ours\n",
		r.channel, b.planned, took.Round(time.Second), float64(b.planned)/took.Seconds(), r.speed)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, count int) { fmt.Fprintf(table, "%d\t %s\t\n", count, name) }
	line("planned", b.planned)
	line("sent", b.count(func(e entry) bool { return e.state == bot.Sent }))
	line("received once", b.count(func(e entry) bool { return e.received == 1 }))
	line("received twice or more", b.count(func(e entry) bool { return e.received > 1 }))
	line("failed", b.count(func(e entry) bool { return e.state == bot.Failed }))
	line("uncertain, received", b.count(func(e entry) bool { return e.state == bot.Uncertain && e.received > 0 }))
	line("uncertain, not received", b.count(func(e entry) bool { return e.state == bot.Uncertain && e.received == 0 }))
	line("without an end", b.count(func(e entry) bool {
		return e.state != bot.Sent && e.state != bot.Failed && e.state != bot.Uncertain
	}))
	line("received though nobody sent it", b.unplanned)
	_ = table.Flush() // to out, whose errors nobody could be told of
	for _, reason := range slices.Sorted(maps.Keys(b.reasons)) {
		fmt.Fprintf(out, "  %d %s\n", b.reasons[reason], reason)
	}
	fmt.Fprint(out, "what went wrong with calls:")
	for _, kind := range []standin.Trouble{standin.Slow, standin.Throttle, standin.Fail, standin.Cut, standin.Lost, standin.Expire} {
		fmt.Fprintf(out, " %s %d", kind, troubles.Count(kind))
	}
	fmt.Fprintln(out)
}
