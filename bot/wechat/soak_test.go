package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"plaza/bot/standin"
	"plaza/bot/wechat/wechattest"
	"plaza/message"
)

// soaker sends messages the way the outbox does: again under the same key where
// the platform surely did not take it, never where nobody knows.
type soaker struct {
	channel     *Channel
	credentials []byte
	mu          sync.Mutex
	outcome     map[string]string // text: "sent", "uncertain" or what failed
}

func (s *soaker) send(ctx context.Context, user, text string) {
	result := "gave up"
	for range 12 {
		err := s.channel.Send(ctx, s.credentials, message.Person{Channel: ChannelName, User: user}, text, message.Text(text))
		failed, ok := errors.AsType[*message.SendError](err)
		switch {
		case err == nil:
			result = "sent"
		case ok && (failed.Class == message.RetryLater || failed.Class == message.Refused):
			continue
		case ok && failed.Class == message.Uncertain:
			result = "uncertain"
		default:
			result = err.Error()
		}
		break
	}
	s.mu.Lock()
	s.outcome[text] = result
	s.mu.Unlock()
}

// TestEveryMessageArrivesOnceOrIsAccountedFor sends 2,000 messages while one
// call in twenty goes wrong.
func TestEveryMessageArrivesOnceOrIsAccountedFor(t *testing.T) {
	t.Parallel()
	const people, each = 500, 4 // the window holds five
	clock := new(clock)
	platform := wechattest.New(wechattest.App{AppID: testAppID, Secret: testSecret, OriginalID: "gh_7f083739789a", Token: testToken,
		Webhook: acceptAll(t)}, clock.now)
	users := wechattest.OpenIDs("o", people)
	var ready sync.WaitGroup
	for i := range 20 {
		ready.Go(func() {
			for _, user := range users[i*people/20 : (i+1)*people/20] {
				if _, err := platform.Say(t.Context(), user, "hi"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	ready.Wait()
	platform.Troubles = standin.Random(1, map[standin.Trouble]float64{
		standin.Throttle: 0.01, standin.Fail: 0.01, standin.Cut: 0.01, standin.Lost: 0.01, standin.Expire: 0.01})
	host := httptest.NewServer(platform)
	t.Cleanup(host.Close)
	s := &soaker{channel: New(Options{API: host.URL, Now: clock.now}), outcome: map[string]string{},
		credentials: plainCredentials(func(c *Credentials) { c.Secret = testSecret })}
	var sending sync.WaitGroup
	for i := range 20 {
		sending.Go(func() {
			for _, user := range users[i*people/20 : (i+1)*people/20] {
				for n := range each {
					s.send(t.Context(), user, fmt.Sprintf("%s message %d", user, n))
				}
			}
		})
	}
	sending.Wait()
	arrived := map[string]int{}
	for _, user := range users {
		for _, got := range platform.Received(user) {
			arrived[got.Content["content"].(string)]++
		}
	}
	counts := map[string]int{}
	for text, outcome := range s.outcome {
		counts[outcome]++
		switch n := arrived[text]; {
		case n > 1:
			t.Errorf("%q arrived %d times", text, n)
		case outcome == "sent" && n != 1, outcome != "sent" && outcome != "uncertain":
			t.Errorf("%q: %s, arrived %d times", text, outcome, n)
		}
	}
	lost := platform.Troubles.Count(standin.Lost) + platform.Troubles.Count(standin.Cut)
	if len(s.outcome) != people*each || counts["uncertain"] > lost {
		t.Errorf("%d messages, %v, %d calls without an answer", len(s.outcome), counts, lost)
	}
	t.Logf("%v; %d throttled, %d failed, %d lost, %d tokens ended", counts, platform.Troubles.Count(standin.Throttle),
		platform.Troubles.Count(standin.Fail), lost, platform.Troubles.Count(standin.Expire))
}

// acceptAll is a webhook that has nothing to say.
func acceptAll(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("success")) }))
	t.Cleanup(server.Close)
	return server.URL
}
