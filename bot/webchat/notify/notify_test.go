package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot"
	"plaza/bot/webchat/webpush/pushtest"
	"plaza/message"
	"plaza/store"
)

func TestWhoLooksAwayIsToldOfAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.follower("ann", "ko-KR")
	w.browser(ann, Wishes{Text: true})
	id := w.write(ann, bot.ByAgent, "Your\n  bread is ready.")
	w.settle()
	if got := w.pushes.Calls(); got != 0 {
		t.Fatalf("%d calls before a page could say that it was read", got)
	}
	w.work()
	taken := w.pushes.Taken()
	if len(taken) != 1 || taken[0].TTL != 24*time.Hour || taken[0].Urgency != "normal" || taken[0].Topic != "chat" {
		t.Fatalf("%+v", taken)
	}
	want := Content{Title: "모퉁이 빵집", Body: "Your bread is ready.", Language: "ko", URL: "/chat/corner/#m-" + url.PathEscape(id),
		Icon: "/chat/corner/icon/192.png", Count: 1, At: w.told(0)[0].At}
	if got := w.told(0)[0]; got != want {
		t.Errorf("%+v", got)
	}
	w.work()
	if got := w.pushes.Calls(); got != 1 {
		t.Errorf("told %d times", got)
	}
	if today, err := w.Today(t.Context(), corner); err != nil || today.Told != 1 || today.Failed != 0 {
		t.Errorf("%+v, %v", today, err)
	}
}

func TestWhoHasReadItIsNotTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.follower("ann", "en")
	w.browser(ann, Wishes{Text: true})
	w.must(w.Bot.Advance(t.Context(), corner, w.write(ann, bot.ByAgent, "one"), bot.Read, ""))
	w.work()
	if got := w.pushes.Calls(); got != 0 {
		t.Errorf("%d calls", got)
	}
	// Nor is who reads it while the push service is away.
	w.pushes.Fail(pushtest.Trouble{Status: 503})
	id := w.write(ann, bot.ByAgent, "two")
	w.work()
	w.must(w.Bot.Advance(t.Context(), corner, id, bot.Read, ""))
	w.pass(time.Hour)
	w.settle()
	if got := w.pushes.Calls(); got != 1 {
		t.Errorf("%d calls", got)
	}
}

func TestManyMessagesAreOneNotificationAndNoneIsPutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.follower("ann", "en")
	w.browser(ann, Wishes{Text: true})
	for i := range 4 { // one every two seconds
		w.write(ann, bot.ByAgent, fmt.Sprint("line ", i))
		w.pass(2 * time.Second)
		w.settle()
	}
	told := w.told(0)
	if len(told) != 1 || told[0].Count < 3 {
		t.Fatalf("%+v", told)
	}
	w.work()
	told = w.told(0)
	if last := told[len(told)-1]; len(told) > 2 || last.Count != 4 || last.Body != "en notify.many.last 4 line 3" {
		t.Errorf("%+v", told)
	}
}

func TestWhatWasWrittenIsShownOnlyToWhoWantsThat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.follower("ann", "zh")
	w.browser(ann, Wishes{})
	w.write(ann, bot.ByAgent, "The result of your test is here.")
	w.work()
	w.write(ann, bot.ByAgent, "And another.")
	w.work()
	told := w.told(0)
	if len(told) != 2 || told[0].Body != "zh notify.one" || told[1].Body != "zh notify.many 2" {
		t.Errorf("%+v", told)
	}
	for _, taken := range w.pushes.Taken() {
		if strings.Contains(taken.Content, "result") {
			t.Errorf("told all the same: %s", taken.Content)
		}
	}
}

func TestNewsAreToldToWhoAskedForNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob, cat := w.follower("ann", "en"), w.follower("bob", "en"), w.follower("cat", "en")
	w.browser(ann, Wishes{Text: true})
	w.browser(bob, Wishes{Text: true, News: true})
	var deliveries []bot.Delivery
	for _, to := range []message.Person{ann, bob, cat} {
		deliveries = append(deliveries, bot.Delivery{Person: to, Key: "campaign", Out: []message.Outbound{message.Text("Everything must go")}, At: w.time()})
	}
	w.must(w.Bot.SendMany(t.Context(), deliveries))
	w.work()
	taken := w.pushes.Taken()
	if len(taken) != 1 || w.told(0)[0].Body != "Everything must go" || taken[0].Urgency != "low" {
		t.Fatalf("%+v", taken)
	}
	// An answer that comes on top of news is told without them.
	w.pass(time.Minute)
	w.write(ann, bot.ByAgent, "Yes, we do.")
	w.work()
	if told := w.told(1); len(told) != 1 || told[0].Body != "Yes, we do." || told[0].Count != 1 {
		t.Errorf("%+v", told)
	}
}

func TestAPushServiceIsAskedAgainWhenItWantsAndNotForEver(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		trouble pushtest.Trouble
		wait    time.Duration
	}{
		"failing":          {pushtest.Trouble{Status: 500}, pause},
		"failing, seconds": {pushtest.Trouble{Status: 503, RetryAfter: "120"}, 2 * time.Minute},
		"busy, a date":     {pushtest.Trouble{Status: 429, RetryAfter: "Mon, 04 May 2026 04:00:06 GMT"}, time.Hour},
		"busy, nonsense":   {pushtest.Trouble{Status: 429, RetryAfter: "soon"}, pause},
	} {
		w := newWorld(t)
		ann := w.follower("ann", "en")
		w.browser(ann, Wishes{})
		w.pushes.Fail(try.trouble)
		w.write(ann, bot.ByAgent, "hello")
		w.work()
		w.pass(try.wait - time.Second)
		w.settle()
		if got := w.pushes.Calls(); got != 1 {
			t.Errorf("%s: %d calls before the time", name, got)
		}
		w.pass(time.Second)
		w.settle()
		if got := len(w.pushes.Taken()); got != 1 {
			t.Errorf("%s: %d taken", name, got)
		}
	}
	w := newWorld(t)
	ann := w.follower("ann", "en")
	w.browser(ann, Wishes{})
	w.write(ann, bot.ByAgent, "hello")
	for range 200 {
		w.pushes.Fail(pushtest.Trouble{Status: 502})
		w.pass(10 * time.Minute)
		w.settle()
	}
	calls := w.pushes.Calls()
	if calls < 20 || calls > 40 {
		t.Errorf("%d calls in a day", calls)
	}
	if due := w.waiting(); due != 0 {
		t.Errorf("%d wait still", due)
	}
}

// waiting counts what there is to do.
func (w *world) waiting() int {
	w.t.Helper()
	later := w.now().Add(1000 * time.Hour)
	first, err := people.Across(w.DB).Count(w.t.Context(), store.Where(store.Lte("due_at", later)), 100)
	w.must(err)
	second, err := browsers.Across(w.DB).Count(w.t.Context(), store.Where(store.Lte("due_at", later)), 100)
	w.must(err)
	return first + second
}

func TestABrowserThatIsGoneIsForgottenAndWhatIsRefusedIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.follower("ann", "en")
	first, second := w.browser(ann, Wishes{}), w.browser(ann, Wishes{})
	w.pushes.Unsubscribe(first)
	w.write(ann, bot.ByAgent, "hello")
	w.work()
	if left, err := w.browsersOf(t.Context(), corner, ann.ID); err != nil || len(left) != 1 || len(w.pushes.Taken()) != 1 {
		t.Fatalf("%d left, %v", len(left), err)
	}
	w.pushes.Fail(pushtest.Trouble{Status: 413})
	w.write(ann, bot.ByAgent, "again")
	w.work()
	if today, err := w.Today(t.Context(), corner); err != nil || today.Failed != 1 || w.waiting() != 0 {
		t.Errorf("%+v, %v, %d wait", today, err, w.waiting())
	}
	if reach, err := w.Reach(t.Context(), corner); err != nil || reach != 1 {
		t.Errorf("%d can be told, %v", reach, err)
	}
	w.pushes.Unsubscribe(second)
	w.write(ann, bot.ByAgent, "the last")
	w.work()
	if reach, err := w.Reach(t.Context(), corner); err != nil || reach != 0 {
		t.Errorf("%d can be told, %v", reach, err)
	}
	calls := w.pushes.Calls()
	w.write(ann, bot.ByAgent, "nobody hears this")
	w.work()
	if w.pushes.Calls() != calls || w.waiting() != 0 {
		t.Error("told all the same")
	}
}

func TestASlowPushServiceDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.follower("ann", "en"), w.follower("bob", "en")
	w.browser(ann, Wishes{})
	w.pushes.Fail(pushtest.Trouble{Slow: true})
	w.write(ann, bot.ByAgent, "slow")
	w.pass(grace)
	w.must(w.Work(t.Context())) // and not Wait
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w.must(w.pushes.Await(ctx, 1))
	w.browser(bob, Wishes{})
	w.write(bob, bot.ByAgent, "quick")
	w.pass(grace)
	w.must(w.Work(t.Context()))
	w.must(w.pushes.Await(ctx, 2))
	w.pushes.Hurry()
	w.Wait()
	if taken := w.pushes.Taken(); len(taken) != 1 {
		t.Errorf("%+v", taken)
	}
}

func TestAnEndpointBelongsToWhoGaveItLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.follower("ann", "en"), w.follower("bob", "en")
	shared := w.browser(ann, Wishes{Text: true})
	w.must(w.Subscribe(t.Context(), bob, shared.Endpoint, shared.Public, shared.Secret, &Wishes{Text: true}))
	w.write(ann, bot.ByAgent, "for ann alone")
	w.work()
	if got := w.pushes.Calls(); got != 0 {
		t.Fatalf("bob's browser was told of ann's message")
	}
	w.write(bob, bot.ByAgent, "for bob")
	w.work()
	if told := w.told(0); len(told) != 1 || told[0].Body != "for bob" {
		t.Errorf("%+v", told)
	}
	w.must(w.Unsubscribe(t.Context(), ann, shared.Endpoint)) // not hers any more
	if reach, err := w.Reach(t.Context(), corner); err != nil || reach != 1 {
		t.Errorf("%d, %v", reach, err)
	}
	w.must(w.Unsubscribe(t.Context(), bob, shared.Endpoint))
	if _, ok, err := w.WishesOf(t.Context(), bob); err != nil || ok {
		t.Errorf("still told: %v, %v", ok, err)
	}
}

func TestAPersonHasSoManyBrowsersAndTheLatestStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.follower("ann", "en")
	var endpoints []string
	for range maxBrowsers + 3 {
		endpoints = append(endpoints, w.browser(ann, Wishes{}).Endpoint)
		w.pass(time.Second)
	}
	left, err := w.browsersOf(t.Context(), corner, ann.ID)
	if err != nil || len(left) != maxBrowsers {
		t.Fatalf("%d, %v", len(left), err)
	}
	for i, each := range left {
		if each.ID != browserID(corner, endpoints[len(endpoints)-1-i]) {
			t.Errorf("%d: %s", i, each.ID)
		}
	}
}

func TestOnlyAnAddressOutsideIsCalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *Dependencies) { d.Private = false })
	ann := w.follower("ann", "en")
	good := w.browser(ann, Wishes{}) // on this machine
	for _, endpoint := range []string{"", "http://push.example/1", "ftp://push.example/1", "https://u:p@push.example/", "https://push.example/#x",
		"https:///nowhere", "https://push.example/" + strings.Repeat("x", 2000), "https://push.example/a b", "https://push.example/\n", "//push.example/"} {
		if err := w.Subscribe(t.Context(), ann, endpoint, good.Public, good.Secret, nil); !errors.Is(err, ErrBrowser) {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
	if err := w.Subscribe(t.Context(), ann, "https://push.example/1", "BAAA", good.Secret, nil); !errors.Is(err, ErrBrowser) {
		t.Errorf("no key: %v", err)
	}
	w.write(ann, bot.ByAgent, "hello")
	w.work()
	if today, err := w.Today(t.Context(), corner); err != nil || today.Failed != 1 || w.pushes.Calls() != 0 {
		t.Errorf("%+v, %v, %d calls", today, err, w.pushes.Calls())
	}
}

// TestEverythingAtOnceLosesNothing: many write, many workers work; in the end
// everybody was told of their last message.
func TestEverythingAtOnceLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const persons, lines = 12, 6
	var all []message.Person
	for i := range persons {
		all = append(all, w.follower(fmt.Sprint("user", i), "en"))
		w.browser(all[i], Wishes{Text: true})
	}
	var working sync.WaitGroup
	for i, to := range all {
		working.Go(func() {
			for line := range lines {
				key := fmt.Sprintf("k%d-%d", i, line)
				if err := w.Bot.SendAs(t.Context(), bot.ByAgent, to, key, message.Text(fmt.Sprintf("line %d of %s", line, to.User))); err != nil {
					t.Error(err)
				}
				w.pass(time.Second)
			}
		})
	}
	for range 3 {
		working.Go(func() {
			for range 20 {
				if err := w.Work(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	working.Wait()
	w.Wait()
	for range 3 {
		w.pass(leaseTime)
		w.settle()
	}
	last := map[string]string{}
	for i, taken := range w.pushes.Taken() {
		last[taken.Browser.Endpoint] = w.told(0)[i].Body
	}
	for _, body := range last {
		if !strings.Contains(body, fmt.Sprintf("line %d of", lines-1)) {
			t.Errorf("the last they were told: %s", body)
		}
	}
	if len(last) != persons || w.waiting() != 0 {
		t.Errorf("%d of %d were told, %d wait", len(last), persons, w.waiting())
	}
}

func TestNobodyIsToldFromARestoredStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.follower("ann", "en")
	w.browser(ann, Wishes{})
	w.write(ann, bot.ByAgent, "hello")
	w.must(w.DB.MarkRestored(t.Context(), w.now()))
	w.work()
	if got := w.pushes.Calls(); got != 0 {
		t.Fatalf("%d calls", got)
	}
	w.must(w.DB.ClearRestored(t.Context()))
	w.settle()
	if got := w.pushes.Calls(); got != 1 {
		t.Errorf("%d calls", got)
	}
}

// TestTheKeyIsOneAndStays: every subscription is bound to it.
func TestTheKeyIsOneAndStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := make(chan string, 8)
	var nodes sync.WaitGroup
	for range 8 {
		nodes.Go(func() {
			key, err := New(w.Dependencies).PublicKey(t.Context())
			if err != nil {
				t.Error(err)
			}
			seen <- key
		})
	}
	nodes.Wait()
	close(seen)
	first := <-seen
	for key := range seen {
		if key != first || len(key) != 87 {
			t.Errorf("%s and %s", key, first)
		}
	}
}
