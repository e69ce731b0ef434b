package bot

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"plaza/live"
	"plaza/message"
	"plaza/store/storetest"
)

// BenchmarkHandle measures a text message to its answer, with everything that
// changed by it durable: 64 callers, a keyword rule among fifty, the real event
// log.
func BenchmarkHandle(b *testing.B) {
	h := open(b, storetest.Open(b, append(Schemas(), live.Schemas()...)...), newClock(), newMessenger("far"))
	log := live.NewLog(h.DB, live.LogOptions{})
	defer func() { _ = log.Close() }()
	h.Bot.Log = log
	for i := range 50 {
		h.teach(b, Rule{Priority: i, On: OnKeyword, Match: Exactly, Keywords: []string{fmt.Sprint("word", i)}, Answers: []Template{say("Hello {{name|friend}}")}})
	}
	raw := make([]byte, 400)
	var n atomic.Int64
	b.SetParallelism(32) // times two processors
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			if _, err := h.Handle(context.Background(), says(fmt.Sprint("u", i%5000), fmt.Sprint(i), "word25"), raw); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkSendMany measures a campaign's deliveries on a channel of our own,
// in pages of 500, with the real event log.
func BenchmarkSendMany(b *testing.B) {
	h := open(b, storetest.Open(b, append(Schemas(), live.Schemas()...)...), newClock(), newMessenger("far"))
	log := live.NewLog(h.DB, live.LogOptions{})
	defer func() { _ = log.Close() }()
	h.Bot.Log = log
	card := message.OneCard(message.Card{Title: "Fresh today", Text: "Strawberries, 20 % off until six.", Image: "/pictures/x", URL: "/q/abcd2345"})
	at := h.clock.Now()
	b.ReportAllocs()
	b.ResetTimer()
	for sent := 0; sent < b.N; sent += 500 {
		page := make([]Delivery, min(500, b.N-sent))
		for i := range page {
			user := fmt.Sprintf("u%09d", sent+i)
			page[i] = Delivery{Person: message.Person{ID: message.SubscriberID(shop, "near", user), Account: shop, Channel: "near", User: user},
				Key: "run", Out: []message.Outbound{card}, At: at}
		}
		if err := h.SendMany(context.Background(), page); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}
