package app_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/bot"
	"plaza/bot/line"
	"plaza/bot/line/linetest"
	"plaza/bot/wechat"
	"plaza/bot/wechat/wechattest"
	"plaza/broadcast"
	"plaza/message"
)

// lateHost is a host whose handler is made after its address.
func lateHost(t *testing.T) (*httptest.Server, *http.Handler) {
	t.Helper()
	var handler http.Handler
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(host.Close)
	return host, &handler
}

// reached is a World that is connected to the stand-ins of WeChat and LINE.
type reached struct {
	*apitest.World
	t      *testing.T
	of     account.Account
	wechat *wechattest.Platform
	line   *linetest.Platform
}

func newReached(t *testing.T) *reached {
	t.Helper()
	wechatHost, wechatHandler := lateHost(t)
	lineHost, lineHandler := lateHost(t)
	w := apitest.New(t, apitest.Options{WeChatAPI: wechatHost.URL, LINEAPI: lineHost.URL})
	us := httptest.NewServer(w)
	t.Cleanup(us.Close)
	r := &reached{World: w, t: t, of: w.Merchant("corner")}
	const appID, secret, token = "wxba5fad812f8e6fb9", "0123456789abcdef0123456789abcdef", "AAAAA"
	r.wechat = wechattest.New(wechattest.App{AppID: appID, Secret: secret, OriginalID: "gh_7f083739789a", Token: token,
		Webhook: us.URL + "/webhooks/wechat/corner"}, w.Now)
	lineAccount := linetest.Account{ID: "1234567890", Secret: secret, Token: strings.Repeat("Ab+/", 40) + "=", Webhook: us.URL + "/webhooks/line/corner"}
	r.line = linetest.New(lineAccount, w.Now, nil)
	*wechatHandler, *lineHandler = r.wechat, r.line
	for channel, credentials := range map[string]interface{ Encode() ([]byte, error) }{
		"wechat": wechat.Credentials{AppID: appID, Secret: secret, Token: token},
		"line":   line.Credentials{Secret: secret, Token: lineAccount.Token},
	} {
		encoded, err := credentials.Encode()
		w.Must(err)
		_, err = w.Bot.Connections().Save(t.Context(), r.of.ID, channel, encoded)
		w.Must(err)
	}
	return r
}

// work lets campaigns and the outbox do all there is to do.
func (r *reached) work() {
	r.t.Helper()
	for range 8 {
		for worked := true; worked; {
			campaign, err := r.Broadcast.Work(r.t.Context())
			r.Must(err)
			sent, err := r.Bot.Deliver(r.t.Context())
			r.Must(err)
			worked = campaign || sent
		}
		r.Must(r.wechat.Settle(r.t.Context()))
		r.Pass(3 * time.Second)
	}
}

func (r *reached) campaign(plan broadcast.Plan) broadcast.Campaign {
	r.t.Helper()
	plan.Name, plan.Audience, plan.When = "Figs", broadcast.Audience{Kind: broadcast.Everybody}, broadcast.When{Kind: broadcast.Now}
	made, err := r.Broadcast.Create(r.t.Context(), r.of.ID, "mina", plan)
	r.Must(err)
	_, err = r.Broadcast.Schedule(r.t.Context(), r.of.ID, made.ID)
	r.Must(err)
	r.work()
	made, err = r.Broadcast.Find(r.t.Context(), r.of.ID, made.ID)
	r.Must(err)
	return made
}

// picture is the address of an uploaded picture.
func (r *reached) picture() string {
	r.t.Helper()
	var drawn bytes.Buffer
	r.Must(png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 64, 64))))
	added, err := r.Pictures.Add(r.t.Context(), r.of.ID, &drawn)
	r.Must(err)
	return "/pictures/" + added.ID
}

// A campaign to everybody is one multicast on LINE and, because a member chose it,
// one mass send on WeChat, whose numbers come back by WeChat's event.
func TestACampaignGoesByThePlatformsOwnMassSends(t *testing.T) {
	r := newReached(t)
	const people = 30
	for i, user := range wechattest.OpenIDs("o", people) {
		r.wechat.AddFollowers(user)
		follower(r.World, t, r.of, "wechat", user)
		lineUser := linetest.UserID(i)
		r.line.Add(lineUser, "Somebody", "en")
		follower(r.World, t, r.of, "line", lineUser)
	}
	made := r.campaign(broadcast.Plan{Way: broadcast.AsMass, Content: broadcast.Content{Text: "Fresh figs today"}})
	if made.State != broadcast.Done {
		t.Fatalf("the campaign is %s %s", made.State, made.Reason)
	}
	run, err := r.Broadcast.Run(t.Context(), r.of.ID, made.Run)
	r.Must(err)
	if run.Counts.Sent != 2*people || run.Counts.Failed != 0 {
		t.Errorf("the run counts %+v", run.Counts)
	}
	if calls := r.line.Calls("/v2/bot/message/multicast"); calls != 1 || len(r.line.Delivered()) != people {
		t.Errorf("LINE got %d calls, and %d people the message", calls, len(r.line.Delivered()))
	}
	if calls := r.wechat.Calls("/cgi-bin/message/mass/send"); calls != 1 || len(r.wechat.Delivered()) != people {
		t.Errorf("WeChat got %d calls, and %d people the message", calls, len(r.wechat.Delivered()))
	}
	sums, err := r.Bot.MassSends().Summary(t.Context(), r.of.ID, run.ID)
	r.Must(err)
	want := "[{wechat 1 1 {30 30 30 0 } 0 0 false} {line 1 0 {0 0 0 0 } 0 0 false}]"
	if got := fmt.Sprint(sums); got != want {
		t.Errorf("they tell\n%s, want\n%s", got, want)
	}
	rows, _, err := r.Broadcast.Deliveries(t.Context(), r.of.ID, run.ID, broadcast.Arrived, "", 100)
	if err != nil || len(rows) != people {
		t.Errorf("%d have arrived for certain, %v", len(rows), err)
	}
	choices, err := r.Bot.MassSends().Choices(t.Context(), r.of.ID, bot.Audience{Purpose: bot.Promotions})
	if err != nil || len(choices) != 1 || choices[0].Used != 1 || choices[0].Mass != people {
		t.Errorf("%+v, %v", choices, err)
	}
}

// Somebody who has had four this month gets no fifth, and WeChat tells only how
// many those are.
func TestTheFifthMassSendOfAMonthReachesNobody(t *testing.T) {
	r := newReached(t)
	for _, user := range wechattest.OpenIDs("o", 3) {
		r.wechat.AddFollowers(user)
		follower(r.World, t, r.of, "wechat", user)
	}
	for n := range 5 {
		r.Pass(time.Minute)
		made := r.campaign(broadcast.Plan{Way: broadcast.AsMass, Content: broadcast.Content{Text: fmt.Sprint("Figs ", n)}})
		run, err := r.Broadcast.Run(t.Context(), r.of.ID, made.Run)
		r.Must(err)
		if failed := n == 4; failed != (run.Counts.Failed == 3) || failed != (run.Counts.Reasons["mass_refused"] == 3) {
			t.Errorf("the %d. run counts %+v", n+1, run.Counts)
		}
	}
}

// With a picture it is an article, which can be shown to one person first and
// taken back afterwards.
func TestAnArticleIsPreviewedSentAndTakenBack(t *testing.T) {
	r := newReached(t)
	for _, user := range wechattest.OpenIDs("o", 3) {
		r.wechat.AddFollowers(user)
		follower(r.World, t, r.of, "wechat", user)
	}
	card := message.Card{Title: "Figs <fresh>", Text: "From the garden", Image: r.picture(), URL: "/shop/corner"}
	plan := broadcast.Plan{Way: broadcast.AsMass, Content: broadcast.Content{Card: &card}}
	preview := r.Broadcast.Preview(broadcast.Campaign{Account: r.of.ID, Plan: plan}, broadcast.Recipient{})
	r.Must(r.Bot.MassSends().Preview(t.Context(), r.of.ID, "wechat", "mina-wx", preview))
	made := r.campaign(plan)
	got := r.wechat.Delivered()
	if len(got) != 4 || got[0].To != "wx:mina-wx" || got[0].Type != "mpnews" || got[3].Type != "mpnews" {
		t.Fatalf("%+v", got)
	}
	if drafts := r.wechat.Calls("/cgi-bin/draft/add"); drafts != 1 {
		t.Errorf("%d drafts were made", drafts)
	}
	r.Must(r.Bot.MassSends().Recall(t.Context(), r.of.ID, "wechat", made.Run))
	if r.wechat.Recalled() != 1 {
		t.Error("it is not taken back")
	}
}
