package wire

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestAKilledNodesCampaignIsFinishedByAnother: the node that sends is killed in
// the middle; the other takes over when its lease has run out, and in the end
// every subscriber has the message once.
func TestAKilledNodesCampaignIsFinishedByAnother(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	sender := d.start("demo")
	subscribers := followers(t, sender, 120)
	api := d.api(sender)
	campaign := schedule(api, "Fresh bread at six, {{name|friend}}.")
	eventually(t, "some have the message", func() bool {
		return reached(api, campaign) > 0 || received(api, subscribers[0]) > 0
	})
	sender.kill()
	killed := time.Now()
	other := api.at(d.start("serve"))
	before := 0
	for _, subscriber := range subscribers {
		before += received(other, subscriber)
	}
	if before == len(subscribers) {
		t.Log("the node was killed behind the last message, not in the middle")
	}
	eventually(t, "the campaign is done", func() bool {
		var found item
		other.call(http.MethodGet, "/campaigns/"+campaign, nil, &found)
		return found.State == "done"
	})
	t.Logf("%d of %d had the message when the node was killed; done %v later", before, len(subscribers), time.Since(killed).Round(time.Second))
	for _, subscriber := range subscribers {
		if got := received(other, subscriber); got != 1 {
			t.Errorf("%s has the message %d times", subscriber, got)
		}
	}
	sent := 0
	for _, delivery := range other.list("/campaigns/" + campaign + "/deliveries") {
		if delivery.State == "sent" {
			sent++
		}
	}
	if sent != len(subscribers) || reached(other, campaign) != len(subscribers) {
		t.Errorf("%d deliveries and a count of %d for %d subscribers", sent, reached(other, campaign), len(subscribers))
	}
}

// followers lets people follow the store, some at a time.
func followers(t *testing.T, n *node, count int) []string {
	t.Helper()
	ids := make([]string, count)
	var arriving sync.WaitGroup
	places := make(chan struct{}, 4)
	for i := range ids {
		places <- struct{}{}
		arriving.Go(func() {
			defer func() { <-places }()
			visitor := newPerson(t)
			visitor.follow(n)
			ids[i] = visitor.subscriber(n)
		})
	}
	arriving.Wait()
	return ids
}

// schedule lets a message go to everybody now and returns the campaign's id.
func schedule(a *api, text string) string {
	a.t.Helper()
	var made item
	a.call(http.MethodPost, "/campaigns", map[string]any{
		"name": "News", "content": map[string]any{"text": text},
		"audience": map[string]any{"kind": "all"}, "when": map[string]any{"kind": "now"},
	}, &made)
	a.call(http.MethodPost, "/campaigns/"+made.ID+"/schedule", nil, nil)
	return made.ID
}

// reached is the latest run's count of messages sent.
func reached(a *api, campaign string) int {
	a.t.Helper()
	var runs struct {
		Items []struct {
			Counts struct {
				Sent int `json:"sent"`
			} `json:"counts"`
		} `json:"items"`
	}
	a.call(http.MethodGet, "/campaigns/"+campaign+"/runs", nil, &runs)
	if len(runs.Items) == 0 {
		return 0
	}
	return runs.Items[0].Counts.Sent
}

// received counts the campaign's messages in a subscriber's chat.
func received(a *api, subscriber string) int {
	a.t.Helper()
	count := 0
	for _, entry := range a.history(subscriber) {
		if entry.Author == "campaign" {
			count++
		}
	}
	return count
}
