package app_test

import (
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/bot/webchat"
	"plaza/broadcast"
	"plaza/message"
)

// BenchmarkCampaign sends a campaign to followers on the web chat, with the
// program wired as it is served: text with a placeholder and a card;
// for each person a message, a delivery, its count and its live event, durable.
// It is slow to begin with, because everybody follows first.
func BenchmarkCampaign(b *testing.B) {
	for _, audience := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(audience), func(b *testing.B) {
			w := apitest.New(b, apitest.Options{})
			of := w.Merchant("corner")
			follow(b, w, of, audience)
			b.ReportAllocs()
			for b.Loop() {
				send(b, w, of, int64(audience))
			}
			b.ReportMetric(float64(audience)*float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}

func follow(b *testing.B, w *apitest.World, of account.Account, count int) {
	b.Helper()
	var all errgroup.Group
	all.SetLimit(256)
	for i := range count {
		all.Go(func() error {
			_, err := w.Bot.Handle(b.Context(), message.Inbound{Account: of.ID, Channel: webchat.Name,
				User: fmt.Sprintf("visitor%07d", i), Name: "Ada", Key: "follow", Kind: message.Follow}, nil)
			return err
		})
	}
	w.Must(all.Wait())
	w.Bot.Wait()
}

func send(b *testing.B, w *apitest.World, of account.Account, audience int64) {
	b.Helper()
	ctx := b.Context()
	campaign, err := w.Broadcast.Create(ctx, of.ID, "", broadcast.Plan{
		Name: "Tonight",
		Content: broadcast.Content{Text: "Ten percent off tonight, {{name|friend}}.",
			Card: &message.Card{Title: "WELCOME10", Text: "Show it at the counter."}},
		Audience: broadcast.Audience{Kind: broadcast.Everybody},
		When:     broadcast.When{Kind: broadcast.Now},
	})
	w.Must(err)
	_, err = w.Broadcast.Schedule(ctx, of.ID, campaign.ID)
	w.Must(err)
	for worked := true; worked; {
		worked, err = w.Broadcast.Work(ctx)
		w.Must(err)
	}
	campaign, err = w.Broadcast.Find(ctx, of.ID, campaign.ID)
	w.Must(err)
	run, err := w.Broadcast.Run(ctx, of.ID, campaign.Run)
	w.Must(err)
	if run.Counts.Sent != audience {
		b.Fatalf("the run counts %+v, want %d sent", run.Counts, audience)
	}
}
