package kakao_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"plaza/bot/kakao"
	"plaza/bot/kakao/alimtalk"
	"plaza/bot/kakao/kakaotest"
	"plaza/bot/standin"
	"plaza/broadcast"
	"plaza/message"
)

// newCity is a town whose account sends notices by template.
func newCity(t *testing.T) *town {
	t.Helper()
	w := newTown(t, func(_ *kakaotest.Bot, c *kakao.Credentials) {
		c.Access = alimtalk.Access{AppKey: "app", SecretKey: "key", SenderKey: sender, SMSNumber: "0212345678", Signature: secret}
	})
	w.Dealer.AppKey, w.Dealer.Secret, w.Dealer.SenderKey = "app", "key", sender
	w.Dealer.Unreachable, w.Dealer.NoSMS = map[string]bool{}, map[string]bool{}
	w.Dealer.AddTemplate(kakaotest.Template{Code: "NEWS", Status: "TSC03", Content: "#{제목}: #{내용}", Link: "https://plaza.example/#{경로}"})
	_, err := w.Notices.Sync(t.Context(), w.account)
	w.Must(err)
	_, err = w.Notices.SetPlan(t.Context(), w.account, alimtalk.Plan{Choices: map[alimtalk.Use]alimtalk.Choice{alimtalk.NoticeUse: {Template: "NEWS"}}})
	w.Must(err)
	return w
}

// keep keeps a number with consent to notices.
func (w *town) keep(subscriber, phone string) {
	w.T.Helper()
	_, err := w.Notices.SetContact(w.T.Context(), w.account, alimtalk.NewContact{Subscriber: subscriber, Phone: phone,
		Consent: alimtalk.Consent{Notices: true}, Reason: "at the counter", By: "01MEMBER"})
	w.Must(err)
}

// publish lets a notice out; its campaign has its id.
func (w *town) publish() string {
	w.T.Helper()
	ctx := w.T.Context()
	drafted, err := w.Broadcast.DraftNotice(ctx, w.account, "writer", broadcast.NoticeText{Words: map[string]broadcast.NoticeWords{"ko": {Title: "단수 안내", Body: "내일 9시부터"}}})
	w.Must(err)
	_, err = w.Broadcast.ApproveNotice(ctx, w.account, "approver", drafted.ID, drafted.Revision)
	w.Must(err)
	_, err = w.Broadcast.PublishNotice(ctx, w.account, "approver", drafted.ID, drafted.Revision, true)
	w.Must(err)
	return drafted.ID
}

// all lets everything happen that is due within a while.
func (w *town) all(minutes int) {
	w.T.Helper()
	for range minutes {
		for worked := true; worked; {
			var err error
			worked, err = w.Broadcast.Work(w.T.Context())
			w.Must(err)
		}
		for worked := true; worked; {
			var err error
			if worked, err = w.Notices.Follow(w.T.Context()); err != nil {
				break // a trouble; it is due again
			}
		}
		w.deliver()
		w.Must(w.Bot.Recover(w.T.Context()))
		w.Pass(time.Minute)
	}
}

// Somebody follows on KakaoTalk and has a number, somebody has none, others are
// known by theirs alone; two have the same.
func TestAnAgencysNoticeReachesPhonesOnceAndIsCounted(t *testing.T) {
	t.Parallel()
	w := newCity(t)
	for _, user := range []string{"ann", "bob"} {
		w.AddFriend(user, "", true)
		if _, err := w.Say(t.Context(), user, "안녕"); err != nil {
			t.Fatal(err)
		}
	}
	w.Bot.Wait()
	w.keep(w.person("ann").ID, "010-1111-1111")
	w.keep("", "010-1111-1111") // ann's again
	w.keep("", "010-2222-2222")
	w.keep("", "010-3333-3333") // no KakaoTalk
	w.keep("", "010-4444-4444") // neither that nor short messages
	w.Dealer.Unreachable["01033333333"], w.Dealer.Unreachable["01044444444"], w.Dealer.NoSMS["01044444444"] = true, true, true
	w.Troubles = standin.Random(3, map[standin.Trouble]float64{standin.Fail: .1, standin.Lost: .1, standin.Cut: .1})
	id := w.publish()
	w.all(90)
	got := map[string]int{}
	for _, text := range w.Dealer.Texts() {
		got[text]++
	}
	if len(got) != 3 || got["01011111111 단수 안내: 내일 9시부터"] != 1 || got["01022222222 단수 안내: 내일 9시부터"] != 1 || got["01033333333 단수 안내: 내일 9시부터"] != 1 {
		t.Errorf("%v", got)
	}
	campaign, err := w.Broadcast.Find(t.Context(), w.account, id)
	w.Must(err)
	run, err := w.Broadcast.Run(t.Context(), w.account, campaign.Run)
	w.Must(err)
	c := run.Counts
	if c.Total != 6 || c.Sent != 3 || c.Delivered != 3 || c.Reasons["replaced"] != 1 || c.Failed != 2 || c.Reasons["window_closed"] != 1 || c.Reasons["notice_failed"] != 1 || c.Skipped != 1 || c.Reasons["same_number"] != 1 {
		t.Errorf("%+v", c) // bob, who has no number, can't be written to
	}
	if campaign.State != broadcast.Done {
		t.Errorf("the campaign is %s", campaign.State)
	}
	if month, err := w.Notices.Month(t.Context(), w.account); err != nil || month.Handed != 4 || month.Replaced != 1 {
		t.Errorf("%+v, %v", month, err)
	}
}

func TestTheDealersWebhookMakesUsAskAtOnce(t *testing.T) {
	t.Parallel()
	w := newCity(t)
	w.keep("", "010-2222-2222")
	w.publish()
	for worked := true; worked; {
		var err error
		worked, err = w.Broadcast.Work(t.Context())
		w.Must(err)
	}
	for range 2 { // handed over, and then not due for a while
		_, err := w.Notices.Follow(t.Context())
		w.Must(err)
	}
	sent, _, err := w.Notices.Recent(t.Context(), w.account, "", 1)
	if err != nil || len(sent) != 1 || sent[0].State != alimtalk.Accepted {
		t.Fatalf("%+v, %v", sent, err)
	}
	call := func(signature, body string) (int, error) {
		response, err := w.Webhooks().Handle(t.Context(), alimtalk.WebhookName, "corner", message.Request{Method: http.MethodPost, At: w.Now(),
			Header: map[string][]string{alimtalk.SignatureHeader: {signature}}, Body: []byte(body)})
		return response.Status, err
	}
	told := fmt.Sprintf(`{"hooksId":"1","webhookConfigId":"c","productName":"KakaoTalk Bizmessage","appKey":"app","event":"MESSAGE_RESULT_UPDATE","hooks":[{"kakaoMessageType":"ALIMTALK_NORMAL","requestId":"N1","recipientSeq":1,"recipientNo":"01022222222","resultCode":"MRC02","recipientGroupingKey":%q,"hookId":"h"}]}`, sent[0].Key)
	for signature, body := range map[string]string{"": told, "another signature!": told, secret: "{", secret + "x": told} {
		if _, err := call(signature, body); err == nil {
			t.Errorf("%q with %s is taken", signature, body)
		}
	}
	if _, err := call(secret, strings.Replace(told, `"appKey":"app"`, `"appKey":"x"`, 1)); err == nil {
		t.Error("a call of another app is taken")
	}
	for range 2 {
		if status, err := call(secret, told); status != http.StatusOK || err != nil {
			t.Fatal(status, err)
		}
	}
	if worked, err := w.Notices.Follow(t.Context()); !worked || err != nil {
		t.Fatalf("%v, %v", worked, err)
	}
	if sent, _, _ = w.Notices.Recent(t.Context(), w.account, "", 1); sent[0].State != alimtalk.Delivered {
		t.Errorf("the call's own word is believed: %+v", sent[0])
	}
	if _, err := call(secret, `{"appKey":"app","event":"TEMPLATE_STATUS_UPDATE","hooks":[{"templateCode":"NEWS","status":"TSC04","comments":[{"content":"링크를 고쳐 주세요"}]},{"templateCode":"OTHER","status":"TSC03"}]}`); err != nil {
		t.Fatal(err)
	}
	if news, err := w.Notices.Template(t.Context(), w.account, "NEWS"); err != nil || news.State != alimtalk.Rejected || news.Comment != "링크를 고쳐 주세요" {
		t.Errorf("%+v, %v", news, err)
	}
}
