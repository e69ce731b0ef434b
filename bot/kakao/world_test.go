package kakao_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/bot"
	"plaza/bot/kakao"
	"plaza/bot/kakao/alimtalk"
	"plaza/bot/kakao/kakaotest"
	"plaza/bot/standin"
	"plaza/message"
	"plaza/money"
)

const (
	secret  = "0123456789abcdef0123"
	botID   = "5d1f0a2b3c4d5e6f70819203"
	restKey = "0123456789abcdef0123456789abcdef"
	sender  = "0123456789abcdef0123456789abcdef01234567"
)

// town is the whole program with Kakao beside it.
type town struct {
	*apitest.World
	*kakaotest.Platform
	account string
}

func newTown(t testing.TB, change ...func(*kakaotest.Bot, *kakao.Credentials)) *town {
	t.Helper()
	town := &town{}
	b := kakaotest.Bot{ID: botID, Headers: map[string]string{kakao.SecretHeader: secret}, RESTKey: restKey, AdminKey: restKey, EventName: "plaza"}
	c := kakao.Credentials{Secret: secret, BotID: botID, AdminKey: restKey}
	for _, f := range change {
		f(&b, &c)
	}
	town.Platform = kakaotest.New(b, func() time.Time { return town.World.Now() })
	t.Cleanup(town.Platform.Close)
	town.World = apitest.New(t, apitest.Options{KakaoAPI: town.URL()})
	server := httptest.NewServer(town.World)
	t.Cleanup(server.Close)
	owner := town.Merchant("corner")
	town.account = owner.ID
	town.SetSkill(server.URL + "/webhooks/kakao/" + owner.ID)
	encoded, err := c.Encode()
	town.Must(err)
	_, err = town.Bot.Connections().Save(context.Background(), owner.ID, kakao.Name, encoded)
	town.Must(err)
	return town
}

func (w *town) person(user string) message.Person {
	return message.Person{ID: message.SubscriberID(w.account, kakao.Name, user), Account: w.account, Channel: kakao.Name, User: user, Language: "ko"}
}

// deliver lets workers do what is due.
func (w *town) deliver() {
	w.T.Helper()
	w.Pass(2 * time.Second)
	for {
		worked, err := w.Bot.Deliver(context.Background())
		w.Must(err)
		if !worked {
			return
		}
	}
}

func texts(bubbles []kakaotest.Bubble) string {
	var all []string
	for _, b := range bubbles {
		all = append(all, b.Text())
	}
	return strings.Join(all, " / ")
}

func TestAConversationOnKakaoTalk(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.AddFriend("ann", "4711", true)
	greeted, err := w.Open(t.Context(), "ann")
	if err != nil || len(greeted) == 0 {
		t.Fatalf("opening the chat shows %v, %v", greeted, err)
	}
	known, err := w.Bot.Subscribers().Get(t.Context(), w.account, w.person("ann").ID)
	if err != nil || !known.Followed || known.Language != "ko" {
		t.Errorf("known as %+v, %v", known, err)
	}
	// An agent takes over and answers when Ann is not looking.
	if _, err := w.Say(t.Context(), "ann", "사람과 이야기하고 싶어요"); err != nil {
		t.Fatal(err)
	}
	w.Bot.Wait()
	conversation := w.person("ann").ID
	_, err = w.Bot.Inbox().Take(t.Context(), w.account, conversation, "01MEMBER")
	w.Must(err)
	shown, err := w.Say(t.Context(), "ann", "계세요?")
	if err != nil || !strings.Contains(texts(shown), "메시지를 받았습니다") {
		t.Errorf("while the agent thinks: %q, %v", texts(shown), err)
	}
	w.Bot.Wait()
	w.Must(w.Bot.Inbox().Reply(t.Context(), w.account, conversation, "01MEMBER", "k1", message.Text("네, 말씀하세요.")))
	w.deliver()
	history, _, err := w.Bot.History(t.Context(), w.account, conversation, "", 1)
	if err != nil || history[0].State != bot.Queued || !strings.Contains(history[0].Reason, "Waits") {
		t.Errorf("the agent sees %+v, %v", history[0], err)
	}
	shown, err = w.Press(t.Context(), "ann", "답변 보기")
	if err != nil || texts(shown) != "네, 말씀하세요." {
		t.Errorf("pressing the button shows %q, %v", texts(shown), err)
	}
	// The mark follows the response, which nobody waits behind.
	for deadline := time.Now().Add(10 * time.Second); history[0].State != bot.Sent && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		history, _, err = w.Bot.History(t.Context(), w.account, conversation, "", 1)
		w.Must(err)
	}
	if history[0].State != bot.Sent {
		t.Errorf("then the agent sees %s", history[0].State)
	}
	w.Must(w.Relation(t.Context(), "ann", "blocked"))
	w.Bot.Wait()
	if known, _ = w.Bot.Subscribers().Get(t.Context(), w.account, conversation); known.Followed {
		t.Error("who has blocked the channel still follows")
	}
	if faults := w.Faults(); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestTheAccountSpeaksFirstThroughTheEventAPI(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(_ *kakaotest.Bot, c *kakao.Credentials) { c.RESTKey, c.EventName = restKey, "plaza" })
	w.AddFriend("ann", "", true)
	ann := w.person("ann")
	for n := range 5 {
		w.Must(w.Bot.Send(t.Context(), ann, fmt.Sprint("k", n), message.Text(fmt.Sprint("소식 ", n))))
	}
	for range 4 {
		w.deliver()
		w.Pass(time.Minute)
	}
	w.Bot.Wait()
	if got := texts(w.Seen("ann")); got != "소식 0 / 소식 1 / 소식 2 / 소식 3 / 소식 4" {
		t.Errorf("shown %q", got)
	}
	if w.Paid() != 2 {
		t.Errorf("%d events for five messages, want 2", w.Paid())
	}
	// Bob has not added the channel.
	w.Must(w.Bot.Send(t.Context(), w.person("bob"), "k", message.Text("소식")))
	for range 3 {
		w.deliver()
		w.Pass(time.Minute)
	}
	history, _, err := w.Bot.History(t.Context(), w.account, w.person("bob").ID, "", 1)
	if err != nil || history[0].State != bot.Failed {
		t.Errorf("to a stranger: %+v, %v", history, err)
	}
}

func TestAReceiptReachesByTemplateWhoIsOutOfReach(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(_ *kakaotest.Bot, c *kakao.Credentials) {
		c.Access = alimtalk.Access{AppKey: "app", SecretKey: "key", SenderKey: sender}
	})
	w.Dealer.AppKey, w.Dealer.Secret, w.Dealer.SenderKey = "app", "key", sender
	w.Dealer.AddTemplate(kakaotest.Template{Code: "PAID", Name: "결제", Status: "TSC03", Content: "주문 #{주문번호}, #{결제금액} 결제되었습니다."})
	_, err := w.Notices.Sync(t.Context(), w.account)
	w.Must(err)
	_, err = w.Notices.SetPlan(t.Context(), w.account, alimtalk.Plan{Choices: map[alimtalk.Use]alimtalk.Choice{alimtalk.ReceiptUse: {Template: "PAID"}}})
	w.Must(err)
	ann := w.person("ann")
	receipt := message.Outbound{Form: message.ReceiptForm, Receipt: &message.Receipt{Number: "A-1", Total: money.Of(12000, "KRW")}}
	w.Must(w.Bot.Send(t.Context(), ann, "k1", receipt))
	w.deliver()
	if got := w.Dealer.Texts(); len(got) != 0 {
		t.Errorf("without a number or consent: %q", got)
	}
	if _, err := w.Say(t.Context(), "ann", "안녕"); err != nil { // fetches the first
		t.Fatal(err)
	}
	_, err = w.Notices.SetContact(t.Context(), w.account, alimtalk.NewContact{Subscriber: ann.ID, Phone: "010-1234-5678", Consent: alimtalk.Consent{Orders: true}, Reason: "x", By: "01MEMBER"})
	w.Must(err)
	receipt.Receipt.Number = "A-2"
	for range 2 {
		w.Must(w.Bot.Send(t.Context(), ann, "k2", receipt))
		w.deliver()
	}
	if got := w.Dealer.Texts(); len(got) != 1 || got[0] != "01012345678 주문 A-2, ₩12,000 결제되었습니다." {
		t.Errorf("%q", got)
	}
	history, _, err := w.Bot.History(t.Context(), w.account, ann.ID, "", 1)
	if err != nil || history[0].State != bot.Sent {
		t.Errorf("%+v, %v", history, err)
	}
	w.Pass(time.Minute)
	if _, err := w.Notices.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if history, _, err = w.Bot.History(t.Context(), w.account, ann.ID, "", 1); err != nil || history[0].State != bot.Delivered {
		t.Errorf("what became of it: %+v, %v", history, err)
	}
}

// Five hundred messages of people and five hundred to them, while one in twenty
// of our calls fails: each is shown once, or its end is on record.
func TestAThousandMessagesAreShownOnceOrAccountedFor(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(_ *kakaotest.Bot, c *kakao.Credentials) { c.RESTKey, c.EventName = restKey, "plaza" })
	w.Troubles = standin.Random(7, map[standin.Trouble]float64{standin.Fail: .01, standin.Lost: .01, standin.Cut: .01, standin.Throttle: .01, standin.Expire: .01})
	const people, each = 20, 25
	var all sync.WaitGroup
	for n := range people {
		user := fmt.Sprint("u", n)
		w.AddFriend(user, "", true)
		all.Go(func() {
			chance := rand.New(rand.NewPCG(uint64(n), 1))
			for i := range each {
				if err := w.Bot.Send(context.Background(), w.person(user), fmt.Sprint("k", i), message.Text(fmt.Sprintf("[%d]", i))); err != nil {
					t.Error(err)
				}
				w.Pass(10 * time.Second)
				for range chance.IntN(4) {
					if _, err := w.Bot.Deliver(context.Background()); err != nil {
						t.Error(err)
					}
				}
				if _, err := w.Say(context.Background(), user, fmt.Sprint("말 ", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for range 15 {
		w.deliver()
		w.Pass(10 * time.Minute)
	}
	w.Bot.Wait()
	lost := 0
	for n := range people {
		user := fmt.Sprint("u", n)
		counts := map[string]int{}
		for _, b := range w.Seen(user) {
			counts[b.Text()]++
		}
		states := map[string]bot.State{}
		history, _, err := w.Bot.History(t.Context(), w.account, w.person(user).ID, "", 500)
		w.Must(err)
		said := 0
		for _, m := range history {
			switch {
			case m.In != nil:
				said++
			case m.Out != nil:
				states[m.Out.Text] = m.State
			}
		}
		if said != each {
			t.Errorf("%s: %d of %d messages are recorded", user, said, each)
		}
		for i := range each {
			text := fmt.Sprintf("[%d]", i)
			if counts[text] > 1 || counts[text] == 0 && states[text] != bot.Uncertain && states[text] != bot.Queued {
				t.Errorf("%s: %s was shown %d times, recorded as %s", user, text, counts[text], states[text])
			}
			if counts[text] == 0 {
				lost++
			}
		}
	}
	if lost > people*each/20 {
		t.Errorf("%d messages were not shown", lost)
	}
	if faults := w.Faults(); len(faults) > 0 {
		t.Errorf("%d answers broke the format, the first: %v", len(faults), faults[0])
	}
	t.Logf("%d troubles; %d of %d messages wait or are uncertain", w.Troubles.Count(standin.Fail)+w.Troubles.Count(standin.Lost)+w.Troubles.Count(standin.Cut)+w.Troubles.Count(standin.Throttle), lost, people*each)
}

// BenchmarkSkillCall decodes, handles and answers a call, durably.
func BenchmarkSkillCall(b *testing.B) {
	w := newTown(b)
	hooks, body := w.Bot.Webhooks(), `{"userRequest":{"utterance":"안녕\n","lang":"ko","user":{"id":"u%d","type":"botUserKey","properties":{}}},"bot":{"id":"`+botID+`"},"action":{}}`
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		response, err := hooks.Handle(context.Background(), kakao.Name, w.account, message.Request{
			Method: http.MethodPost, Query: url.Values{}, Body: []byte(fmt.Sprintf(body, n%1000)), At: w.Now(),
			Header: map[string][]string{kakao.SecretHeader: {secret}, "X-Request-Id": {fmt.Sprint("r", n)}},
		})
		if err != nil || len(response.Body) < 50 {
			b.Fatal(err, string(response.Body))
		}
	}
}

// BenchmarkCodec decodes a call and encodes a text as its answer.
func BenchmarkCodec(b *testing.B) {
	channel := kakao.New(kakao.Options{PublicURL: "https://shop.example"})
	typed, err := kakao.Credentials{Secret: secret, BotID: botID}.Encode()
	if err != nil {
		b.Fatal(err)
	}
	request := message.Request{Method: http.MethodPost, Query: url.Values{}, At: time.Now(),
		Header: map[string][]string{kakao.SecretHeader: {secret}, "X-Request-Id": {"r"}},
		Body:   []byte(`{"intent":{"id":"b1","name":"폴백 블록"},"userRequest":{"timezone":"Asia/Seoul","params":{"surface":"Kakaotalk.plusfriend"},"block":{"id":"b1","name":"폴백 블록"},"utterance":"딸기 있어요?\n","lang":"ko","user":{"id":"2f1c9a4e7b","type":"botUserKey","properties":{"plusfriendUserKey":"pf7","isFriend":true}}},"contexts":[],"bot":{"id":"` + botID + `","name":"가게"},"action":{"name":"plaza","clientExtra":null,"params":{},"id":"a1","detailParams":{}}}`)}
	answer := []message.Outbound{message.Text("네, 있어요!")}
	b.ReportAllocs()
	for b.Loop() {
		received, err := channel.Receive(typed, request)
		if err != nil {
			b.Fatal(err)
		}
		response, _, err := channel.Render(typed, received, answer)
		if err != nil || len(response.Body) < 50 {
			b.Fatal(err)
		}
	}
}
