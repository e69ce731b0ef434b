package main

import (
	"bytes"
	"strings"
	"testing"

	"plaza/bot"
)

// A small soak, with the sending process killed on the way.
func TestEveryMessageOfASoakIsReceivedOnceOrAccountedFor(t *testing.T) {
	t.Parallel()
	for channel := range soakPlatforms {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := run(t.Context(), []string{"soak", "-channel", channel, "-messages", "120", "-speed", "60", "-kill", "-limit", "2m"}, &out)
			if err != nil || strings.Count(out.String(), "killed after") != 2 {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
}

func TestBooksThatDoNotBalanceAreAnError(t *testing.T) {
	t.Parallel()
	of := receipt{"ann", "hello"}
	for name, test := range map[string]struct {
		state    bot.State
		received int
		balances bool
	}{
		"sent, and received":       {bot.Sent, 1, true},
		"read":                     {bot.Read, 1, true},
		"sent, and lost":           {bot.Sent, 0, false},
		"sent, and received twice": {bot.Sent, 2, false},
		"failed":                   {bot.Failed, 0, true},
		"failed, and received":     {bot.Failed, 1, false},
		"uncertain":                {bot.Uncertain, 0, true},
		"uncertain, and received":  {bot.Uncertain, 1, true},
		"uncertain, twice":         {bot.Uncertain, 2, false},
		"still waiting":            {bot.Queued, 0, false},
		"forgotten":                {"", 0, false},
	} {
		books := soakBooks{entries: make(map[entry]int), reasons: make(map[string]int)}
		books.enter(of, bot.Message{State: test.state}, map[receipt]int{of: test.received})
		if err := books.balance(); (err == nil) != test.balances {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSoaksAreBounded(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"", "-channel fax", "-channel wechat -messages 5", "-channel wechat -faults 0.9",
		"-channel wechat -speed 1000", "-channel wechat -limit 24h"} {
		var out bytes.Buffer
		if err := run(t.Context(), append([]string{"soak"}, strings.Fields(args)...), &out); err == nil {
			t.Errorf("%q was run", args)
		}
	}
}
