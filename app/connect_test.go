package app_test

import (
	"fmt"
	"testing"

	"plaza/api/apitest"
	"plaza/message"
)

// TestEveryChannelCanBeConnectedByFollowingItsPage: each field has its label,
// each choice its word, and there are steps to follow.
func TestEveryChannelCanBeConnectedByFollowingItsPage(t *testing.T) {
	w := apitest.New(t, apitest.Options{})
	texts := w.Renderer.Texts
	for _, channel := range w.Bot.ChannelNames() {
		fields, err := w.Bot.Fields(channel)
		w.Must(err)
		if len(fields) == 0 {
			continue
		}
		keys := []string{"page.channel." + channel, "page.channel." + channel + ".text"}
		for step := 1; step <= 3; step++ {
			keys = append(keys, fmt.Sprintf("connect.%s.step.%d", channel, step))
		}
		for _, field := range fields {
			key := "connect." + channel + "." + field.Name
			keys = append(keys, key)
			for _, choice := range field.Choices {
				keys = append(keys, key+"."+choice)
			}
			if field.Limit <= 0 && field.Kind != message.SwitchField && field.Kind != message.ChoiceField {
				t.Errorf("%s: %s may be of any length", channel, field.Name)
			}
		}
		for _, key := range keys {
			if !texts.Has(key) {
				t.Errorf("%s has no text %q", channel, key)
			}
		}
	}
}
