package demo

import (
	"slices"
	"strings"
	"testing"

	"plaza/bot"
	"plaza/message"
)

// What the shop answers by itself begins with its name; anything else needs a rule.
func TestEveryEntryOfTheMenusIsAnswered(t *testing.T) {
	t.Parallel()
	rules := StoreRules(nil)
	var look func([]message.MenuEntry)
	look = func(entries []message.MenuEntry) {
		for _, entry := range entries {
			look(entry.Entries)
			if entry.Action != message.PressAction || strings.HasPrefix(entry.Payload, "shop:") {
				continue
			}
			if !slices.ContainsFunc(rules, func(r bot.Rule) bool { return r.Enabled && r.On == bot.OnPress && r.Payload == entry.Payload }) {
				t.Errorf("no rule answers %q (%q)", entry.Label, entry.Payload)
			}
		}
	}
	for _, menu := range StoreMenus() {
		look(menu.Entries)
	}
}
