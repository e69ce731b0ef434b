package wechat

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"plaza/bot/usage"
	"plaza/bot/wechat/wechattest"
	"plaza/message"
)

func jsonText(number int64) string { return strconv.FormatInt(number, 10) }

// orders is a template with blanks of several kinds.
var orders = wechattest.Template{ID: "T1", Title: "订单提醒", Content: "单号：{{character_string1.DATA}}\n商品：{{thing2.DATA}}\n金额：{{amount3.DATA}}\n状态：{{phrase4.DATA}}\n时间：{{time5.DATA}}"}

var orderNotice = Notice{Template: "T1", Fields: map[string]Part{"character_string1": NumberPart, "thing2": ItemsPart, "amount3": TotalPart, "phrase4": StatePart, "time5": TimePart}}

func noticing(s *stage) {
	s.credentials = plainCredentials(func(c *Credentials) {
		c.Secret, c.Notices = testSecret, map[string]Notice{OrderNotice: orderNotice}
	})
}

func TestAnOrderReachesSomebodyOutsideTheWindowByTemplate(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	noticing(s)
	s.platform.AddTemplate(orders)
	s.platform.AddFollowers(alice.User)
	a, _ := s.channel.accounts.decode(s.credentials)
	templates, err := s.channel.api.Templates(t.Context(), a.Credentials)
	if err != nil || len(templates) != 1 || len(templates[0].Fields) != 5 || templates[0].Fields[2] != (TemplateField{"amount3", "金额"}) {
		t.Fatalf("%+v, %v", templates, err)
	}
	person := alice
	person.Account = "01SHOP"
	if !s.channel.Notices(s.credentials, receipt) || s.channel.Notices(s.credentials, message.Text("news")) {
		t.Error("it says wrongly what can be said outside the window")
	}
	for range 2 { // the same key again
		if err := s.channel.SendNotice(t.Context(), s.credentials, person, "01HZX3M8W7Q5R2T9V4B6N1K0JD", receipt); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.platform.Received(alice.User); len(got) != 1 || got[0].Type != "template" {
		t.Fatalf("%+v", got)
	}
	if err := s.platform.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	reports, err := s.channel.Reports(t.Context(), "01SHOP", s.inbound[0])
	if err != nil || len(reports) != 1 || !reports[0].Delivered || reports[0].Key != "01HZX3M8W7Q5R2T9V4B6N1K0JD" {
		t.Errorf("%+v, %v", reports, err)
	}
	// WeChat may tell before our call has come back: it is asked to tell again.
	unknown := s.inbound[0]
	unknown.Fields = map[string]string{"MsgID": "1", "Status": "success"}
	if _, err := s.channel.Reports(t.Context(), "01SHOP", unknown); !errors.Is(err, errJobUnknown) {
		t.Errorf("%v", err)
	}
	s.clock.advance(2 * jobGrace)
	if reports, err := s.channel.Reports(t.Context(), "01SHOP", unknown); err != nil || len(reports) != 0 {
		t.Errorf("%v, %v", reports, err)
	}
}

func TestAPersonWhoTurnedTemplatesOffIsReported(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	noticing(s)
	s.platform.AddTemplate(orders)
	s.platform.AddFollowers(alice.User)
	s.platform.BlockTemplates(alice.User)
	if err := s.channel.SendNotice(t.Context(), s.credentials, alice, "key", receipt); err != nil {
		t.Fatal(err)
	}
	if err := s.platform.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	reports, err := s.channel.Reports(t.Context(), "", s.inbound[0])
	if err != nil || len(reports) != 1 || reports[0].Delivered || reports[0].Reason == "" {
		t.Errorf("%+v, %v", reports, err)
	}
}

func TestANoticeNeedsConsentForEachOne(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	notice := orders
	notice.ID, notice.Notice = "N1", true
	s.platform.AddTemplate(notice)
	s.credentials = plainCredentials(func(c *Credentials) {
		n := orderNotice
		n.Template, n.Subscription = "N1", true
		c.Secret, c.Notices = testSecret, map[string]Notice{OrderNotice: n}
	})
	s.platform.AddFollowers(alice.User)
	s.platform.Consent(alice.User, "N1", 1)
	if err := s.channel.SendNotice(t.Context(), s.credentials, alice, "one", receipt); err != nil {
		t.Fatal(err)
	}
	if class := sendClass(t, s.channel.SendNotice(t.Context(), s.credentials, alice, "two", receipt)); class != message.Gone {
		t.Errorf("without consent: %s", class)
	}
	if err := s.platform.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	reports, err := s.channel.Reports(t.Context(), "", s.inbound[0])
	if err != nil || len(reports) != 1 || !reports[0].Delivered {
		t.Errorf("%+v, %v", reports, err)
	}
}

func TestAMassSendGoesOutOncePerKeyAndIsCounted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ids := wechattest.OpenIDs("o", 5)
	s.platform.AddFollowers(ids...)
	a, _ := s.channel.accounts.decode(s.credentials)
	api, content := s.channel.api, MassContent{Text: "今天有草莓"}
	first, err := api.MassSend(t.Context(), a.Credentials, "c1", MassAudience{List: ids}, content)
	if err != nil || first == "" {
		t.Fatal(first, err)
	}
	if again, err := api.MassSend(t.Context(), a.Credentials, "c1", MassAudience{List: ids}, content); err != nil || again != first {
		t.Errorf("again: %s, %v, first %s", again, err, first)
	}
	if _, err := api.MassSend(t.Context(), a.Credentials, "c2", MassAudience{List: ids[:1]}, content); !errors.Is(err, ErrMassList) {
		t.Errorf("to one: %v", err)
	}
	for i := range 4 { // the fifth of the month reaches nobody
		if _, err := api.MassSend(t.Context(), a.Credentials, "m"+strconv.Itoa(i), MassAudience{All: true}, content); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.platform.Received(ids[0]); len(got) != 4 {
		t.Errorf("%d arrived", len(got))
	}
	if err := s.platform.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if id, got := massResult(s.inbound[0].Fields); id != first || got != (message.MassResult{Sent: 5, Total: 5, Passed: 5}) {
		t.Errorf("%s %+v", id, got)
	}
	if _, got := massResult(s.inbound[4].Fields); got.Failed != 5 {
		t.Errorf("%+v", got)
	}
	if err := api.MassPreview(t.Context(), a.Credentials, "", "my-own-name", content); err != nil {
		t.Error(err)
	}
	if err := api.MassRecall(t.Context(), a.Credentials, first); err != nil || s.platform.Recalled() != 1 {
		t.Error(err)
	}
	if state, err := api.MassState(t.Context(), a.Credentials, first); err != nil || state != "DELETE" {
		t.Error(state, err)
	}
	if err := api.MassSpeed(t.Context(), a.Credentials, 2); err != nil {
		t.Error(err)
	}
}

func TestASubscriptionAccountSendsOneADay(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(a *wechattest.App) { a.Subscription = true })
	s.platform.AddFollowers("a", "b")
	a, _ := s.channel.accounts.decode(s.credentials)
	for i, want := range []error{nil, ErrMassQuota} {
		if _, err := s.channel.api.MassSend(t.Context(), a.Credentials, strconv.Itoa(i), MassAudience{All: true}, MassContent{Text: "hi"}); !errors.Is(err, want) {
			t.Errorf("%d: %v", i, err)
		}
	}
	s.clock.advance(24 * time.Hour)
	if _, err := s.channel.api.MassSend(t.Context(), a.Credentials, "tomorrow", MassAudience{All: true}, MassContent{Text: "hi"}); err != nil {
		t.Error(err)
	}
}

func TestFollowersAreReadPageByPage(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ids := wechattest.OpenIDs("o", 25000)
	s.platform.AddFollowers(ids...)
	a, _ := s.channel.accounts.decode(s.credentials)
	var read []string
	for after, pages := "", 0; ; pages++ {
		page, next, total, err := s.channel.api.Followers(t.Context(), a.Credentials, after)
		if err != nil || total != len(ids) || pages > 3 {
			t.Fatal(pages, total, err)
		}
		read = append(read, page...)
		if after = next; next == "" {
			break
		}
	}
	if !slices.Equal(read, ids) {
		t.Errorf("%d of %d were read", len(read), len(ids))
	}
}

func TestEveryBlankGetsWhatItsKindTakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ field, value, want string }{
		{"thing1", "一二三四五六七八九十一二三四五六七八九十一", "一二三四五六七八九十一二三四五六七八九…"},
		{"amount2", "¥1,234.50", "¥1234.50"}, {"amount2", "-", "0元"}, {"amount2", "₩12,000", "₩12000"},
		{"character_string3", "单号 A-7", "A-7"}, {"character_string3", "单号", "-"},
		{"phrase4", "已经付款完成了", "已经付款…"}, {"number5", "x", "0"}, {"keyword1", "as it is", "as it is"},
	} {
		if got := fitField(c.field, c.value); got != c.want {
			t.Errorf("%s of %q is %q, want %q", c.field, c.value, got, c.want)
		}
	}
}

func TestCallsAreCountedByDay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	kept := &shelfOfCounts{}
	s.channel.api.usage = usage.New(kept, s.clock.now, beijing, time.DateOnly)
	s.say(t, "hi")
	for range 3 {
		if err := s.send(t, message.Text("!")); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := s.channel.accounts.decode(s.credentials)
	uses, err := s.channel.api.Usage(t.Context(), a.Credentials)
	if err != nil || !slices.Contains(uses, QuotaUse{Call: sendPath, Used: 3}) {
		t.Errorf("%+v, %v", uses, err)
	}
	s.platform.SetQuota(sendPath, 10)
	if quota, err := s.channel.api.Quota(t.Context(), a.Credentials, sendPath); err != nil || quota.Limit != 10 || quota.Spent != 3 {
		t.Errorf("%+v, %v", quota, err)
	}
}

// What a page shows is WeChat's own word, asked for now and then, beside ours.
func TestQuotasAreWeChatsOwn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.channel.api.usage = usage.New(&shelfOfCounts{}, s.clock.now, beijing, time.DateOnly)
	s.platform.SetQuota(sendPath, 10)
	s.say(t, "hi")
	if err := s.send(t, message.Text("!")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		uses, err := s.channel.Usage(t.Context(), s.credentials)
		if err != nil || !slices.Contains(uses, message.Usage{Call: "message/custom/send", Used: 1, Limit: 10, Told: true, Spent: 1}) {
			t.Errorf("%+v, %v", uses, err)
		}
		if !slices.Contains(uses, message.Usage{Call: "qrcode/create", Limit: 500000, Told: true}) {
			t.Errorf("a call that was not made is left out: %+v", uses)
		}
	}
	const quotaPath = "/cgi-bin/openapi/quota/get"
	if calls := s.platform.Calls(quotaPath); calls != len(asked) {
		t.Errorf("asked %d times for %d quotas", calls, len(asked))
	}
	// While WeChat is out, our own counts and the usual limits are shown.
	s.clock.advance(quotaAge)
	for range len(asked) {
		s.platform.FailNext(quotaPath, -1)
	}
	uses, err := s.channel.Usage(t.Context(), s.credentials)
	if err != nil || !slices.Contains(uses, message.Usage{Call: "message/custom/send", Used: 1, Limit: 500000}) {
		t.Errorf("%+v, %v", uses, err)
	}
}
