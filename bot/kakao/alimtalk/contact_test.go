package alimtalk_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/kakao/alimtalk"
	"plaza/bot/kakao/kakaotest"
	"plaza/bot/standin"
	"plaza/fault"
	"plaza/message"
)

// planned is an office whose account has chosen templates.
func planned(t *testing.T, plan alimtalk.Plan) *office {
	t.Helper()
	o := newOffice(t)
	o.platform.Dealer.AddTemplate(kakaotest.Template{Code: "CODE", Status: "TSC03", Content: "인증번호는 #{인증번호}입니다."})
	o.platform.Dealer.AddTemplate(kakaotest.Template{Code: "NEWS", Status: "TSC03", Content: "#{기관명} #{제목}: #{내용}", Link: "https://city.example/#{경로}"})
	if _, err := o.Sync(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	plan.Choices = map[alimtalk.Use]alimtalk.Choice{alimtalk.CodeUse: {Template: "CODE"}, alimtalk.NoticeUse: {Template: "NEWS"}, alimtalk.ReceiptUse: {Template: "PAID"}}
	if _, err := o.SetPlan(t.Context(), shop, plan); err != nil {
		t.Fatal(err)
	}
	return o
}

func code(err error) string {
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		return refused.Code
	}
	return ""
}

func TestAPlanNamesWhatStandsInEachVariable(t *testing.T) {
	t.Parallel()
	o := planned(t, alimtalk.Plan{})
	plan, err := o.Plan(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	want := []alimtalk.Variable{{Name: "경로", Part: alimtalk.PathPart}, {Name: "기관명", Part: alimtalk.AccountPart}, {Name: "내용", Part: alimtalk.TextPart}, {Name: "제목", Part: alimtalk.TitlePart}}
	got := plan.Choices[alimtalk.NoticeUse].Variables
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	for name, test := range map[string]struct {
		plan alimtalk.Plan
		want string
	}{
		"unknown use":  {alimtalk.Plan{Choices: map[alimtalk.Use]alimtalk.Choice{"x": {Template: "PAID"}}}, "kakao_use"},
		"no template":  {alimtalk.Plan{Choices: map[alimtalk.Use]alimtalk.Choice{alimtalk.CodeUse: {Template: "NONE"}}}, "kakao_no_template"},
		"not approved": {alimtalk.Plan{Choices: map[alimtalk.Use]alimtalk.Choice{alimtalk.CodeUse: {Template: "NEW"}}}, "kakao_template_not_approved"},
		"a part of another use": {alimtalk.Plan{Choices: map[alimtalk.Use]alimtalk.Choice{alimtalk.CodeUse: {Template: "CODE",
			Variables: []alimtalk.Variable{{Name: "인증번호", Part: alimtalk.TotalPart}}}}}, "kakao_part"},
		"fallback": {alimtalk.Plan{Fallback: "fax"}, "kakao_fallback"},
		"title":    {alimtalk.Plan{Title: strings.Repeat("가", 41)}, "kakao_title"},
		"monthly":  {alimtalk.Plan{Monthly: -1}, "kakao_monthly"},
	} {
		if _, err := o.SetPlan(t.Context(), shop, test.plan); code(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNumbersAreKeptWithConsentOnly(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	all := alimtalk.Consent{Orders: true, Notices: true}
	for name, test := range map[string]struct {
		n    alimtalk.NewContact
		want string
	}{
		"no consent":    {alimtalk.NewContact{Phone: number, Reason: "x", By: "m"}, "kakao_consent"},
		"no reason":     {alimtalk.NewContact{Phone: number, Consent: all, By: "m"}, "kakao_reason"},
		"a landline":    {alimtalk.NewContact{Phone: "02-123-4567", Consent: all, Reason: "x", By: "m"}, "kakao_phone"},
		"nobody":        {alimtalk.NewContact{Subscriber: shop + ":kakao:nobody", Phone: number, Consent: all, Reason: "x", By: "m"}, "kakao_not_subscriber"},
		"somebody else": {alimtalk.NewContact{Subscriber: "01OTHER:kakao:ann", Phone: number, Consent: all, Reason: "x", By: "m"}, "kakao_not_subscriber"},
		"no id":         {alimtalk.NewContact{Subscriber: "ann", Phone: number, Consent: all, Reason: "x", By: "m"}, "kakao_not_subscriber"},
	} {
		if _, err := o.SetContact(t.Context(), shop, test.n); code(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found, _, err := o.Contacts(t.Context(), shop, "", "", 10); len(found) > 0 || err != nil {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestANumberIsFoundAgainHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.keep(t, alimtalk.NewContact{Subscriber: ann, Phone: number})
	alone := o.keep(t, alimtalk.NewContact{Phone: "+82 10-1234-5678", Name: "앤"})
	o.keep(t, alimtalk.NewContact{Phone: "010-9999-0000"})
	if again := o.keep(t, alimtalk.NewContact{Phone: number, Name: "Ann"}); again.ID != alone.ID {
		t.Errorf("the same number is kept twice: %s, %s", again.ID, alone.ID)
	}
	found, _, err := o.Contacts(t.Context(), shop, "010 1234 5678", "", 10)
	if err != nil || len(found) != 2 || found[0].Number != "010-****-5678" {
		t.Errorf("%+v, %v", found, err)
	}
	ids, next, err := o.Unsubscribed(t.Context(), shop, "", 1)
	if err != nil || len(ids) != 1 || next == "" {
		t.Fatalf("%v %q %v", ids, next, err)
	}
	rest, next, err := o.Unsubscribed(t.Context(), shop, next, 5)
	if err != nil || len(rest) != 1 || next != "" || rest[0] == ids[0] {
		t.Errorf("%v %q %v", rest, next, err)
	}
	if count, err := o.CountUnsubscribed(t.Context(), shop); count != 2 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
	if found, _, _ := o.Contacts(t.Context(), "01OTHER", number, "", 10); len(found) > 0 {
		t.Errorf("another account finds %+v", found)
	}
}

func TestAFileOfNumbersIsKeptLineByLine(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	all := alimtalk.NewContact{Consent: alimtalk.Consent{Orders: true}, Reason: "paper form", By: "01MEMBER"}
	file := "\ufeffPhone,name,subscriber,orders,notices\n1012345678,앤,,,\n010-2222-3333,,,no,yes\n02-1,,,,\n010-4444-5555,," + shop + ":kakao:nobody,,\n"
	for range 2 {
		done, err := o.ImportContacts(t.Context(), shop, all, strings.NewReader(file))
		if err != nil || done.Kept != 2 || done.LeftOut != 2 || done.Left[0].Line != 4 || done.Left[0].Code != "kakao_phone" || done.Left[1].Code != "kakao_not_subscriber" {
			t.Errorf("%+v, %v", done, err)
		}
	}
	found, _, err := o.Contacts(t.Context(), shop, "", "", 10)
	if err != nil || len(found) != 2 {
		t.Fatalf("%+v, %v", found, err)
	}
	found, _, _ = o.Contacts(t.Context(), shop, "01022223333", "", 10)
	if want := (alimtalk.Consent{Notices: true}); len(found) != 1 || found[0].Consent != want || found[0].Reason != "paper form" {
		t.Errorf("%+v", found)
	}
	for file, want := range map[string]string{"": "kakao_columns", "number\n1\n": "kakao_columns", "phone\n\"": "kakao_csv"} {
		if _, err := o.ImportContacts(t.Context(), shop, all, strings.NewReader(file)); code(err) != want {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add("phone,name\n010-1234-5678,앤\n")
	f.Add("phone\n\"")
	f.Add("\ufeffphone,orders\n1012345678,1\n,,,\n")
	f.Fuzz(func(t *testing.T, file string) {
		contacts, err := alimtalk.ReadContacts(strings.NewReader(file), alimtalk.NewContact{})
		if err == nil && len(contacts) > 20_000 {
			t.Errorf("%d lines", len(contacts))
		}
	})
}

// The limit holds however many send at once, and what was not sent is not paid.
func TestNoMoreNoticesGoOutThanTheMonthAllows(t *testing.T) {
	t.Parallel()
	o := planned(t, alimtalk.Plan{Monthly: 5})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			key := string(rune('a' + i%10)) // each twice
			_, err := o.SendNotice(t.Context(), shop, alimtalk.Dispatch{Key: key, Template: "PAID", Phone: number, Values: values()})
			if err != nil && code(err) != "kakao_month" {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(o.platform.Dealer.Texts()); got > 5 || got < 4 {
		t.Errorf("%d were sent", got) // a repetition may hold a place for a moment
	}
	month, err := o.Month(t.Context(), shop)
	if err != nil || month.Handed != int64(len(o.platform.Dealer.Texts())) {
		t.Errorf("%+v, %v", month, err)
	}
	o.pass(31 * 24 * time.Hour)
	o.send(t, "june")
}

func TestANoticeReachesEachNumberOnce(t *testing.T) {
	t.Parallel()
	o := planned(t, alimtalk.Plan{})
	o.access.SMSNumber = "0212345678"
	o.keep(t, alimtalk.NewContact{Subscriber: ann, Phone: number})
	alone := o.keep(t, alimtalk.NewContact{Phone: number})
	occasion := func(to, what string) alimtalk.Occasion {
		return alimtalk.Occasion{Use: alimtalk.NoticeUse, Account: shop, To: to, Language: "ko", Once: "run1-", For: what, Later: true,
			Words: map[alimtalk.Part]string{alimtalk.TitlePart: "단수", alimtalk.TextPart: strings.Repeat("물", 400), alimtalk.LinkPart: "https://city.example/n/1"}}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, taken, err := o.Reach(t.Context(), occasion(ann, "d1")); !taken || err != nil {
				t.Error(taken, err)
			}
		})
	}
	all.Wait()
	if _, _, err := o.Reach(t.Context(), occasion(alone.ID, "d2")); !errors.Is(err, alimtalk.ErrReached) {
		t.Errorf("the same number again: %v", err)
	}
	if got := o.platform.Dealer.Texts(); len(got) != 0 {
		t.Errorf("sent before its turn: %q", got)
	}
	o.platform.Troubles.Set(standin.Lost, standin.Cut)
	for range 30 {
		o.pass(time.Minute)
		for worked := true; worked; {
			var err error
			if worked, err = o.Follow(t.Context()); err != nil {
				break // a trouble; it is due again
			}
		}
	}
	got := o.platform.Dealer.Texts()
	if len(got) != 1 || !strings.HasPrefix(got[0], number+" 가게 단수: 물물") || !strings.HasSuffix(got[0], "…") {
		t.Errorf("%q", got)
	}
	if len(o.ended) != 1 || o.ended[0].For != "d1" || o.ended[0].State != alimtalk.Delivered {
		t.Errorf("told %+v", o.ended)
	}
	if month, _ := o.Month(t.Context(), shop); month.Handed != 1 || month.Delivered != 1 {
		t.Errorf("%+v", month)
	}
	if _, taken, err := o.Reach(t.Context(), alimtalk.Occasion{Use: alimtalk.OrderUse, Account: shop, To: ann, Key: "k", Words: map[alimtalk.Part]string{}}); taken || err != nil {
		t.Errorf("a use without a template: %v %v", taken, err)
	}
}

// talk is a subscriber at the phone.
func (o *office) talk(t *testing.T, kind message.Kind, said string) string {
	t.Helper()
	in := message.Inbound{Channel: "kakao", Kind: kind, Text: said, Payload: said}
	person := message.Person{ID: ann, Account: shop, Channel: "kakao", User: "ann", Language: "ko", Name: "앤"}
	answer, handled, err := o.Answer(t.Context(), person, in)
	if err != nil {
		t.Fatal(err)
	}
	if handled && !o.Wants(in) {
		t.Errorf("%q is answered and not wanted", said)
	}
	if !handled {
		return ""
	}
	return answer[0].Text
}

func TestASubscriberLeavesANumberAndProvesIt(t *testing.T) {
	t.Parallel()
	o := planned(t, alimtalk.Plan{})
	for _, said := range []string{"010-1234-5678", "123456", "안녕"} {
		if got := o.talk(t, message.TextIn, said); got != "" {
			t.Errorf("%q without having been asked: %q", said, got)
		}
	}
	steps := []struct {
		kind       message.Kind
		said, want string
	}{
		{message.TextIn, "알림톡", "alimtalk.ask 가게"}, {message.TextIn, "0101", "fault.kakao_phone"},
		{message.TextIn, "010-1234-5678", "alimtalk.sent 010-****-5678"}, {message.TextIn, "000000", "fault.kakao_not_code"},
	}
	for _, step := range steps {
		if got := o.talk(t, step.kind, step.said); got != step.want {
			t.Errorf("%q: %q, want %q", step.said, got, step.want)
		}
	}
	if _, err := o.Contact(t.Context(), shop, ann); !errors.Is(err, alimtalk.ErrNoContact) {
		t.Errorf("kept before it was proved: %v", err)
	}
	sent := o.platform.Dealer.Texts()
	proof := strings.TrimSuffix(strings.TrimPrefix(sent[0], number+" 인증번호는 "), "입니다.")
	if got := o.talk(t, message.TextIn, proof); got != "alimtalk.kept 010-****-5678" {
		t.Fatalf("%q", got)
	}
	kept, err := o.Contact(t.Context(), shop, ann)
	if want := (alimtalk.Consent{Orders: true, Notices: true}); err != nil || kept.By != alimtalk.ByThemselves || kept.Consent != want || !kept.At.Equal(o.now()) {
		t.Errorf("%+v, %v", kept, err)
	}
	if got := o.talk(t, message.TextIn, proof); got != "" {
		t.Errorf("the code again: %q", got)
	}
	if got := o.talk(t, message.Press, "alimtalk:end"); got != "alimtalk.ended" {
		t.Errorf("%q", got)
	}
	if _, err := o.Contact(t.Context(), shop, ann); !errors.Is(err, alimtalk.ErrNoContact) {
		t.Errorf("withdrawn in one tap: %v", err)
	}
}

func TestCodesCanNeitherBeGuessedNorPouredOut(t *testing.T) {
	t.Parallel()
	o := planned(t, alimtalk.Plan{})
	o.talk(t, message.TextIn, "알림톡")
	for i := range 5 {
		want := "alimtalk.sent 010-****-5678"
		if i >= 3 {
			want = "fault.kakao_codes"
		}
		if got := o.talk(t, message.TextIn, number); got != want {
			t.Errorf("%d: %q", i, got)
		}
	}
	for i := range 6 {
		want := "fault.kakao_not_code"
		if i == 5 {
			want = "fault.kakao_ask_over"
		}
		if got := o.talk(t, message.TextIn, "00000"+string(rune('0'+i))); got != want {
			t.Errorf("try %d: %q", i, got) // one in 200,000 runs guesses it
		}
	}
	if got := o.talk(t, message.TextIn, "123456"); got != "" {
		t.Errorf("after that: %q", got)
	}
	o.pass(time.Hour)
	o.talk(t, message.TextIn, "알림톡")
	if got := o.talk(t, message.TextIn, number); got != "alimtalk.sent 010-****-5678" {
		t.Errorf("an hour later: %q", got)
	}
	o.pass(11 * time.Minute)
	if got := o.talk(t, message.TextIn, "123456"); got != "" {
		t.Errorf("too late: %q", got)
	}
}
