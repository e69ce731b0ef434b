package wire

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// TestAKilledNodesCampaignIsFinishedByAnother: the node that sends is killed
// when the messages are there and nothing is written of them yet, which is the
// worst moment. The other takes over when the lease has run out, and in the end
// every subscriber has the message once.
func TestAKilledNodesCampaignIsFinishedByAnother(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	sender := d.start("demo")
	subscribers := followers(t, sender, 40)
	api := d.api(sender)
	killed := d.killAmidst(sender, func() string { return schedule(api, "Fresh bread at six, {{name|friend}}.") })

	api = api.at(d.start("serve"))
	eventually(t, "the campaign is done", func() bool {
		var found item
		api.call(http.MethodGet, "/campaigns/"+killed.campaign, nil, &found)
		return found.State == "done"
	})
	t.Logf("%d of %d had the message when the node was killed; done %v later",
		killed.sent, len(subscribers), time.Since(killed.at).Round(time.Second))
	messages := d.campaignMessages()
	for _, subscriber := range subscribers {
		if got := messages[subscriber]; got != 1 {
			t.Errorf("%s has the message %d times", subscriber, got)
		}
	}
	deliveries := api.list("/campaigns/" + killed.campaign + "/deliveries?state=sent")
	if len(deliveries) != len(subscribers) || reached(api, killed.campaign) != len(subscribers) {
		t.Errorf("%d deliveries and a count of %d for %d subscribers", len(deliveries), reached(api, killed.campaign), len(subscribers))
	}
}

type killing struct {
	campaign string
	sent     int // messages that were there
	at       time.Time
}

// killAmidst lets a campaign begin and kills the node that sends it: on our own
// server between a page's messages and what is written of them, on others when
// the first messages are seen.
func (d *deployment) killAmidst(sender *node, begin func() (campaign string)) killing {
	d.t.Helper()
	var stranded <-chan struct{}
	if d.server != nil {
		stranded = d.server.Strand("insert", "deliveries")
	}
	campaign := begin()
	eventually(d.t, "the campaign is under way", func() bool {
		select {
		case <-stranded:
			return true
		default:
			return d.server == nil && len(d.campaignMessages()) > 0
		}
	})
	sender.kill()
	return killing{campaign, len(d.campaignMessages()), time.Now()}
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

// campaignMessages counts the messages of campaigns by subscriber, as the
// database has them.
func (d *deployment) campaignMessages() map[string]int {
	d.t.Helper()
	ctx := d.t.Context()
	parsed, err := connstring.ParseAndValidate(d.uri)
	if err != nil {
		d.t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(d.uri))
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(ctx) }()
	cursor, err := client.Database(parsed.Database).Collection("messages").Find(ctx, bson.D{{Key: "author", Value: "campaign"}})
	if err != nil {
		d.t.Fatal(err)
	}
	var found []struct {
		Conversation string `bson:"conversation"`
	}
	if err := cursor.All(ctx, &found); err != nil {
		d.t.Fatal(err)
	}
	counts := map[string]int{}
	for _, message := range found {
		counts[message.Conversation]++
	}
	return counts
}
