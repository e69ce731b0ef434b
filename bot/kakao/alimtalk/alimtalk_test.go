package alimtalk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/kakao/alimtalk"
	"plaza/bot/kakao/kakaotest"
	"plaza/bot/standin"
	"plaza/fault"
	"plaza/message"
	"plaza/store/storetest"
)

const (
	shop   = "01SHOP"
	number = "01012345678"
	ann    = shop + ":kakao:ann"
	sender = "0123456789abcdef0123456789abcdef01234567"
)

var access = alimtalk.Access{AppKey: "app", SecretKey: "secret-of-the-app", SenderKey: sender}

// envelope is a Sealer whose work can be seen.
type envelope struct{}

func (envelope) Seal(_ context.Context, family, id string, plain []byte) ([]byte, error) {
	sealed := []byte(family + "/" + id + "/")
	for _, c := range plain {
		sealed = append(sealed, ^c)
	}
	return sealed, nil
}

func (envelope) Open(_ context.Context, family, id string, sealed []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(family+"/"+id+"/"))
	if !ok {
		return nil, errors.New("sealed for another record")
	}
	plain := make([]byte, len(rest))
	for i := range rest {
		plain[i] = ^rest[i]
	}
	return plain, nil
}

// people are subscribers: all but "nobody".
type people struct{}

func (people) Person(_ context.Context, account, id string) (message.Person, error) {
	owner, channel, user, _ := message.SplitSubscriberID(id)
	if owner != account || user == "nobody" {
		return message.Person{}, fault.New(fault.NotFound, "no_such_subscriber", "")
	}
	return message.Person{ID: id, Account: account, Channel: channel, User: user, Language: "ko"}, nil
}

// texts says the key, and what it is about.
type texts struct{}

func (texts) Text(_, key string, args ...any) string {
	return strings.TrimSpace(key + " " + fmt.Sprint(args...))
}

// office is a Service and the dealer it works with.
type office struct {
	*alimtalk.Service
	platform *kakaotest.Platform
	access   alimtalk.Access
	ended    []alimtalk.Notice
	log      bytes.Buffer
	mu       sync.Mutex
	clock    time.Time
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.clock
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	o.clock = o.clock.Add(d)
	o.mu.Unlock()
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{access: access, clock: time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)}
	o.platform = kakaotest.New(kakaotest.Bot{}, o.now)
	o.platform.Troubles = new(standin.Troubles)
	t.Cleanup(o.platform.Close)
	d := o.platform.Dealer
	d.AppKey, d.Secret, d.SenderKey = access.AppKey, access.SecretKey, sender
	d.Unreachable, d.NoSMS = map[string]bool{}, map[string]bool{}
	d.AddTemplate(kakaotest.Template{Code: "PAID", Name: "결제", Status: "TSC03", Content: "#{이름}님, #{금액} 결제되었습니다.", Link: "https://shop.example/o/#{번호}"})
	d.AddTemplate(kakaotest.Template{Code: "NEW", Name: "새로", Status: "TSC02", Content: "안녕하세요"})
	o.Service = alimtalk.New(alimtalk.Dependencies{DB: storetest.Open(t, alimtalk.Schemas()...), Sealer: envelope{},
		Dealer: alimtalk.NewNHN(o.platform.URL(), nil), Now: o.now, Logger: slog.New(slog.NewTextHandler(&o.log, nil)),
		Subscribers: people{}, Texts: texts{}, AccountName: func(context.Context, string, string) (string, error) { return "가게", nil },
		Ended: func(_ context.Context, n alimtalk.Notice) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.ended = append(o.ended, n)
			return nil
		},
		Access: func(context.Context, string) (alimtalk.Access, error) { return o.access, nil }})
	if _, err := o.Sync(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	return o
}

func values() map[string]string {
	return map[string]string{"이름": "앤", "금액": "₩12,000", "번호": "7"}
}

func (o *office) send(t *testing.T, key string) alimtalk.Notice {
	t.Helper()
	sent, err := o.SendNotice(t.Context(), shop, alimtalk.Dispatch{Key: key, Template: "PAID", Phone: "010-1234-5678", Values: values(), For: "x " + key})
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// keep keeps a number with consent to everything.
func (o *office) keep(t *testing.T, n alimtalk.NewContact) alimtalk.Contact {
	t.Helper()
	n.Consent, n.Reason, n.By = alimtalk.Consent{Orders: true, Notices: true}, "on paper", "01MEMBER"
	kept, err := o.SetContact(t.Context(), shop, n)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// settled lets time pass until nothing is due.
func (o *office) settled(t *testing.T, key string) alimtalk.Notice {
	t.Helper()
	for range 40 {
		o.pass(time.Hour)
		for worked := true; worked; {
			var err error
			if worked, err = o.Follow(t.Context()); err != nil {
				break // a trouble; it is due again
			}
		}
	}
	found, err := o.Notice(t.Context(), shop, key)
	if err != nil {
		t.Fatal(err)
	}
	if found.DueAt != nil || len(found.Phone) > 0 {
		t.Errorf("%s is not settled: %+v", key, found)
	}
	return found
}

func TestANoticeIsSentOnceForAKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { o.send(t, "k1") })
	}
	all.Wait()
	if found := o.settled(t, "k1"); found.State != alimtalk.Delivered {
		t.Errorf("%+v", found)
	}
	if got := o.platform.Dealer.Texts(); len(got) != 1 || got[0] != number+" 앤님, ₩12,000 결제되었습니다." {
		t.Errorf("%q", got)
	}
}

// Whatever goes wrong with the first calls, the notice arrives once.
func TestANoticeArrivesOnceWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	for _, troubles := range [][]standin.Trouble{
		{standin.Lost}, {standin.Cut}, {standin.Fail}, {standin.Throttle},
		{standin.Lost, standin.Lost}, {standin.Lost, standin.Cut, standin.Fail}, {standin.Cut, standin.Cut, standin.Lost},
	} {
		o := newOffice(t)
		o.platform.Troubles.Set(troubles...)
		o.send(t, "k1")
		if found := o.settled(t, "k1"); found.State != alimtalk.Delivered {
			t.Errorf("%v: %+v", troubles, found)
		}
		if got := o.platform.Dealer.Texts(); len(got) != 1 {
			t.Errorf("%v: %d arrived", troubles, len(got))
		}
	}
}

func TestAShortMessageGoesWhereKakaoTalkDoesNot(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sms   string
		noSMS bool
		want  alimtalk.Outcome
	}{
		"no number to send from": {"", false, alimtalk.Failed},
		"a short message":        {"0212345678", false, alimtalk.Replaced},
		"not even that":          {"0212345678", true, alimtalk.Failed},
	} {
		o := newOffice(t)
		o.platform.Dealer.Unreachable[number], o.platform.Dealer.NoSMS[number] = true, test.noSMS
		o.access.SMSNumber = test.sms
		if _, err := o.SendNotice(t.Context(), shop, alimtalk.Dispatch{Key: "k1", Template: "PAID", Phone: number, Values: values()}); err != nil {
			t.Fatal(err)
		}
		if found := o.settled(t, "k1"); found.State != test.want {
			t.Errorf("%s: %s, want %s", name, found.State, test.want)
		}
	}
}

func TestBadNoticesNeverReachTheDealer(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for name, test := range map[string]struct {
		code, phone string
		values      map[string]string
		want        string
	}{
		"unknown template": {"NONE", number, nil, "kakao_no_template"},
		"not approved":     {"NEW", number, nil, "kakao_template_not_approved"},
		"a landline":       {"PAID", "02-123-4567", values(), "kakao_phone"},
		"missing":          {"PAID", number, map[string]string{"이름": "앤", "금액": "1"}, "kakao_variable_missing"},
		"empty":            {"PAID", number, map[string]string{"이름": " ", "금액": "1", "번호": "1"}, "kakao_variable_missing"},
		"unknown":          {"PAID", number, map[string]string{"이름": "앤", "금액": "1", "번호": "1", "x": "y"}, "kakao_variable_unknown"},
		"long":             {"PAID", number, map[string]string{"이름": strings.Repeat("가", 501), "금액": "1", "번호": "1"}, "kakao_variable_long"},
		"too long in all":  {"PAID", number, map[string]string{"이름": strings.Repeat("가", 500), "금액": strings.Repeat("나", 500), "번호": "1"}, "kakao_notice_long"},
	} {
		_, err := o.SendNotice(t.Context(), shop, alimtalk.Dispatch{Key: name, Template: test.code, Phone: test.phone, Values: test.values})
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := o.platform.Dealer.Texts(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
}

func TestWhatTheDealerRefusesHasFailed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.platform.Dealer.AddTemplate(kakaotest.Template{Code: "PAID", Status: "TSC04", Content: "#{이름} #{금액} #{번호}"}) // rejected since
	if sent := o.send(t, "k1"); sent.State != alimtalk.Failed || sent.Reason == "" {
		t.Errorf("%+v", sent)
	}
	o.access.SecretKey = "another"
	_, err := o.Sync(t.Context(), shop)
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != "kakao_dealer_refused" {
		t.Errorf("wrong keys: %v", err)
	}
}

func TestTemplatesFollowTheDealers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	found, err := o.Templates(t.Context(), shop)
	if err != nil || len(found) != 2 || found[1].Code != "PAID" || found[1].State != alimtalk.Approved || found[0].State != alimtalk.Inspected {
		t.Fatalf("%+v, %v", found, err)
	}
	if got := fmt.Sprint(found[1].Variables()); got != "[금액 번호 이름]" {
		t.Errorf("variables %s", got)
	}
	if other, _ := o.Templates(t.Context(), "01OTHER"); len(other) != 0 {
		t.Errorf("another account sees %d", len(other))
	}
}

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"010-1234-5678": number, "+82 10-1234-5678": number, "82 010 1234 5678": number, "(010) 1234.5678": number, "01012345678": number,
		"011-123-4567": "0111234567", "010-123-4567": "", "02-123-4567": "", "": "", "010-1234-567a": "", "+1 415 555 0100": "", "0101234567890": "",
	} {
		got, err := alimtalk.Phone(typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q became %q, %v", typed, got, err)
		}
	}
}

func TestNumbersAreSealedAndNeverLogged(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.keep(t, alimtalk.NewContact{Subscriber: ann, Phone: number})
	if got, err := o.Contact(t.Context(), shop, ann); got.Number != "010-****-5678" || err != nil || bytes.Contains(got.Sealed, []byte(number)) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := o.Contact(t.Context(), "01OTHER", ann); !errors.Is(err, alimtalk.ErrNoContact) {
		t.Errorf("another account reads it: %v", err)
	}
	o.platform.Troubles.Set(standin.Lost, standin.Fail)
	sent := o.send(t, "k1")
	if bytes.Contains(sent.Phone, []byte(number)) || len(sent.Phone) == 0 {
		t.Errorf("kept as %q", sent.Phone)
	}
	o.settled(t, "k1")
	if err := o.RemoveContact(t.Context(), shop, ann); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Contact(t.Context(), shop, ann); !errors.Is(err, alimtalk.ErrNoContact) {
		t.Error("the number outlives the consent")
	}
	for _, secret := range []string{number, "1234", access.SecretKey, "앤님"} {
		if strings.Contains(o.log.String(), secret) {
			t.Errorf("the log tells %q: %s", secret, o.log.String())
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("#{이름}님, #{금액}", "이름", "앤")
	f.Add("#{#{a}}", "a", "#{b}")
	f.Fuzz(func(t *testing.T, content, name, value string) {
		template := alimtalk.Template{Content: content}
		given := map[string]string{name: value}
		if template.Check(given) == nil && !strings.Contains(content, "#{") && template.Fill(given) != content {
			t.Errorf("%q became %q", content, template.Fill(given))
		}
	})
}
