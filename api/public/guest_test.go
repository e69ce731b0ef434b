package public_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/bot/identity"
	"plaza/bot/kakao"
	"plaza/bot/kakao/kakaotest"
	"plaza/bot/webchat"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/address"
	"plaza/shop/guest"
	"plaza/shop/pay"
	"plaza/shop/pay/kakaopaytest"
	"plaza/shop/shipping"
)

const inKakaoTalk = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36 KAKAOTALK/25.8.0"

// stall is a shop on KakaoTalk that takes KakaoPay, with Min who buys there.
type stall struct {
	*apitest.World
	of       account.Account
	product  shop.Product
	talk     *kakaotest.Platform
	kakaoPay *kakaopaytest.KakaoPay
	min      message.Person
}

const minji = "min-4711"

func newStall(t *testing.T) *stall {
	t.Helper()
	s := &stall{kakaoPay: kakaopaytest.New()}
	till := httptest.NewServer(s.kakaoPay)
	t.Cleanup(till.Close)
	now := func() time.Time { return s.Now() }
	s.kakaoPay.Now, s.kakaoPay.Public = now, till.URL
	credentials := kakao.Credentials{Secret: "0123456789abcdef0123", BotID: "5d1f0a2b3c4d5e6f70819203"}
	s.talk = kakaotest.New(kakaotest.Bot{ID: credentials.BotID, Headers: map[string]string{kakao.SecretHeader: credentials.Secret}}, now)
	t.Cleanup(s.talk.Close)
	s.World = apitest.New(t, apitest.Options{KakaoAPI: s.talk.URL(), KakaoPayAPI: till.URL})
	host := httptest.NewServer(s.World)
	t.Cleanup(host.Close)
	var err error
	s.of, err = s.Accounts.Accounts.Create(t.Context(), account.NewAccount{Slug: "corner", Currency: "KRW", Profile: account.Profile{
		Kind: account.Merchant, Names: map[string]string{"ko": "골목 카페"}, Language: "ko", TimeZone: "Asia/Seoul"}},
		s.Member("owner").ID, account.System("test"))
	s.Must(err)
	s.talk.SetSkill(host.URL + "/webhooks/kakao/" + s.of.ID)
	encoded, err := credentials.Encode()
	s.Must(err)
	_, err = s.Bot.Connections().Save(t.Context(), s.of.ID, kakao.Name, encoded)
	s.Must(err)
	_, err = s.Payments.Contracts().Sign(t.Context(), s.of.ID, "kakaopay", kakaopaytest.Contract())
	s.Must(err)
	s.product, err = s.Shop.SaveProduct(t.Context(), shop.Product{Account: s.of.ID, Names: map[string]string{"ko": "드립백", "en": "Drip bags"}, State: shop.Active,
		Category: "all", Variants: []shop.Variant{{Price: money.Of(12000, "KRW")}}}, map[int]int64{0: 50})
	s.Must(err)
	s.talk.AddFriend(minji, "4711", true)
	s.min = message.Person{ID: message.SubscriberID(s.of.ID, kakao.Name, minji), Account: s.of.ID, Channel: kakao.Name, User: minji, Language: "ko", Name: "김민지"}
	_, err = s.talk.Open(t.Context(), minji)
	s.Must(err)
	return s
}

// say lets Min say or press something, and gives what she reads.
func (s *stall) say(words string) string {
	s.T.Helper()
	shown, err := s.talk.Say(context.WithoutCancel(s.T.Context()), minji, words)
	return s.read(shown, err)
}

func (s *stall) press(label string) string {
	s.T.Helper()
	shown, err := s.talk.Press(context.WithoutCancel(s.T.Context()), minji, label)
	return s.read(shown, err)
}

func (s *stall) read(shown []kakaotest.Bubble, err error) string {
	s.T.Helper()
	s.Must(err)
	var all []string
	for _, one := range shown {
		all = append(all, one.Text())
	}
	return strings.Join(all, " / ")
}

// link is the path behind the latest button of that label that Min sees.
func (s *stall) link(label string) string {
	s.T.Helper()
	var found string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if v["label"] == label && v["webLinkUrl"] != nil {
				found = v["webLinkUrl"].(string)
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	for _, one := range s.talk.Seen(minji) {
		walk(one.Content)
	}
	path, ours := strings.CutPrefix(found, apitest.PublicURL)
	if !ours {
		s.T.Fatalf("the button %q leads to %q", label, found)
	}
	return path
}

// order lets Min order, and gives the path of her bill.
func (s *stall) order() string {
	s.T.Helper()
	s.say("구매 드립백")
	s.press("주문하기")
	s.press("₩12,000 결제")
	return s.link("결제 페이지")
}

// pays lets somebody agree on KakaoPay's page, and brings their browser back.
func (s *stall) pays(b *apitest.Browser, page string) apitest.Answer {
	s.T.Helper()
	sent := b.Post(page, "provider", "kakaopay")
	if sent.To() != page+"?go=1" {
		s.T.Fatalf("%d to %q: %s", sent.StatusCode, sent.To(), sent.Read())
	}
	orders, _, err := s.Shop.OrdersOf(s.T.Context(), s.min, 1, "")
	s.Must(err)
	payments, err := s.Payments.Of(s.T.Context(), s.of.ID, orders[0].ID)
	s.Must(err)
	back, err := url.Parse(s.kakaoPay.Agree(payments[len(payments)-1].TradeNo))
	s.Must(err)
	if !strings.HasPrefix(back.Path, "/bill/") {
		s.T.Fatalf("KakaoPay sends the browser to %q", back)
	}
	returned := b.Get(back.RequestURI())
	if returned.StatusCode != http.StatusSeeOther {
		s.T.Fatalf("%d %s", returned.StatusCode, returned.Read())
	}
	return b.Get(returned.To())
}

// deliver lets workers say what is due to be said.
func (s *stall) deliver() {
	s.T.Helper()
	s.Bot.Wait()
	s.Must(s.Shop.Recover(s.T.Context()))
	s.Pass(2 * time.Second)
	for worked := true; worked; {
		var err error
		worked, err = s.Bot.Deliver(context.WithoutCancel(s.T.Context()))
		s.Must(err)
	}
}

func TestABillOfKakaoTalkIsPaidByWhoeverHasItsLink(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	_, err := s.Shop.SaveAddress(t.Context(), s.min, "", seoul(), true)
	s.Must(err)
	s.Must(s.Wallet.Grant(t.Context(), s.min, "g", money.Of(987654, "KRW")))
	page := s.order()
	if !strings.HasPrefix(page, "/bill/") {
		t.Fatalf("the chat leads to %q", page)
	}
	for _, one := range s.talk.Seen(minji) {
		if said := fmt.Sprint(one.Content); strings.Contains(said, "/orders/") || strings.Contains(said, "/pay/") {
			t.Errorf("the chat leads to a page that Min can't open: %s", said)
		}
	}
	friend := s.Browser()
	friend.Header.Set("User-Agent", inKakaoTalk)
	shown := friend.Get(page)
	if shown.StatusCode != http.StatusOK || !strings.Contains(shown.Read(), "12,000") || !strings.Contains(shown.Text, `value="kakaopay"`) {
		t.Fatalf("%d %s", shown.StatusCode, shown.Text)
	}
	for _, own := range []string{"987,654", "김민지", "영동대로", "010-1234", s.min.ID, minji, "/wallet/", "/orders", "/cart", `value="wallet"`, "data-live"} {
		if strings.Contains(shown.Text, own) {
			t.Errorf("%q of Min's is on the page: %s", own, shown.Text)
		}
	}
	for _, provider := range []string{"wallet", "", "nobody"} {
		friend.Post(page, "provider", provider)
	}
	if balance, err := s.Wallet.Balance(t.Context(), s.min, "KRW"); err != nil || balance.Minor != 987654 {
		t.Fatalf("the friend paid out of Min's balance: %v, %v", balance, err)
	}
	if gone := friend.Post(page + "/cancel"); gone.StatusCode != http.StatusNotFound {
		t.Errorf("a guest calls it off: %d", gone.StatusCode)
	}
	paid := s.pays(friend, page)
	if !strings.Contains(paid.Text, `class="result"`) || !strings.Contains(paid.Read(), "R-2026") || strings.Contains(paid.Text, "data-again") {
		t.Errorf("%s", paid.Text)
	}
	if len(friend.Cookies) > 1 { // the device's number, for the guard
		t.Errorf("the friend is somebody now: %v", friend.Cookies)
	}
	s.deliver()
	history, _, err := s.Bot.History(t.Context(), s.of.ID, s.min.ID, "", 3)
	s.Must(err)
	if len(history) == 0 || history[0].Out == nil || history[0].Out.Receipt == nil {
		t.Errorf("the chat does not say that it is paid: %+v", history)
	}
	if faults := s.talk.Faults(); len(faults) > 0 {
		t.Error(faults)
	}
	s.Pass(guest.Aftermath + time.Hour)
	if over := friend.Get(page); over.StatusCode != http.StatusNotFound || !strings.Contains(over.Read(), "no longer valid") {
		t.Errorf("a day later: %d %s", over.StatusCode, over.Read())
	}
}

func TestAPassIsGoodForItsBillOnly(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	first := s.order()
	other := s.order()
	friend := s.Browser()
	payments := func(path string) pay.Payment {
		t.Helper()
		pass, err := s.Guests.Find(t.Context(), guest.Bill, strings.TrimPrefix(path, "/bill/"))
		s.Must(err)
		all, err := s.Payments.Of(t.Context(), s.of.ID, pass.Subject)
		s.Must(err)
		return all[0]
	}
	if first == other || payments(first).Subject == payments(other).Subject {
		t.Fatalf("one link for two orders: %s", first)
	}
	for _, path := range []string{"/bill/" + strings.Repeat("A", 26), "/bill/x", first + "/return/" + payments(other).TradeNo,
		strings.Replace(first, "/bill/", "/deliver/", 1), "/pay/" + payments(first).TradeNo} {
		if refused := friend.Get(path); refused.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, refused.StatusCode)
		}
	}
	// An order that is over can't be paid by its link any more.
	order, err := s.Shop.Order(t.Context(), s.of.ID, payments(first).Subject)
	s.Must(err)
	s.Pass(order.ExpiresAt.Sub(s.Now()) + time.Minute)
	s.Must(s.Shop.Recover(t.Context()))
	s.Must(s.Shop.Recover(t.Context()))
	if closed := friend.Get(first); closed.StatusCode != http.StatusOK || strings.Contains(closed.Text, `value="kakaopay"`) || !strings.Contains(closed.Text, `class="result"`) {
		t.Errorf("%d %s", closed.StatusCode, closed.Read())
	}
	friend.Post(first, "provider", "kakaopay")
	if got := s.kakaoPay.Agree(payments(first).TradeNo); got != "" && payments(first).State != pay.Closed {
		t.Errorf("an order that is over is paid: %q", got)
	}
}

// Whoever is known keeps the page of their own.
func TestWhoeverIsKnownSeesTheirOwnPage(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	page := s.order()
	b := s.Browser()
	s.Pass(time.Minute)
	own := rich(s.World, b, s.of.ID, "KRW", 100)
	if own.Channel != webchat.Name {
		t.Fatalf("not the visitor: %+v", own)
	}
	s.Must(s.Identity.Link(t.Context(), s.of.ID, own.ID, s.min.ID, identity.ByThemselves))
	if led := b.Get(page); !strings.HasPrefix(led.To(), "/pay/") || !strings.Contains(b.Get(led.To()).Text, `value="wallet"`) {
		t.Errorf("%d to %q: %s", led.StatusCode, led.To(), led.Read())
	}
}

func seoul() address.Address {
	return address.Address{Country: "KR", Name: "김민지", Phone: "010-1234-5678", Postcode: "06164", Region: "서울특별시", City: "강남구", Street: "영동대로 513"}
}

func TestAnAddressTypedFromKakaoTalkShowsNoneThatIsSaved(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	_, err := s.Shop.SaveSettings(t.Context(), shop.Settings{Account: s.of.ID, Country: "KR", Methods: []shipping.Method{
		{Names: map[string]string{"ko": "택배", "en": "Courier"}, Kind: shipping.Flat, Price: 3000, Regions: []shipping.Region{{Country: "KR"}}},
		{Names: map[string]string{"ko": "빠른 배송", "en": "Express"}, Kind: shipping.Flat, Price: 9000, Regions: []shipping.Region{{Country: "KR"}}}}})
	s.Must(err)
	s.say("구매 드립백")
	s.press("주문하기")
	page := s.link("주소 입력하기")
	if !strings.HasPrefix(page, "/deliver/") {
		t.Fatalf("the chat leads to %q", page)
	}
	_, err = s.Shop.SaveAddress(t.Context(), s.min, "", seoul(), true)
	s.Must(err)
	b := s.Browser()
	b.Header.Set("User-Agent", inKakaoTalk)
	shown := b.Get(page)
	if shown.StatusCode != http.StatusOK || strings.Contains(shown.Text, "영동대로") || strings.Contains(shown.Text, "김민지") || strings.Contains(shown.Text, "5678") {
		t.Fatalf("%d %s", shown.StatusCode, shown.Text)
	}
	typed := []string{"country", "KR", "name", "박서준", "phone", "010-9999-0000", "postcode", "0616", "region", "서울특별시", "city", "강남구", "street", "테헤란로 1"}
	if wrong := b.Post(page, typed...); wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(wrong.Text, "테헤란로 1") {
		t.Errorf("%d %s", wrong.StatusCode, wrong.Read())
	}
	typed[7] = "06164"
	asked := b.Post(page, typed...)
	if asked.StatusCode != http.StatusOK || !strings.Contains(asked.Read(), "9,000") {
		t.Fatalf("no choice of ways: %d %s", asked.StatusCode, asked.Read())
	}
	sent := b.Post(page, append(typed, "method", asked.Form("method"))...)
	if !strings.HasPrefix(sent.To(), "/bill/") {
		t.Fatalf("%d to %q: %s", sent.StatusCode, sent.To(), sent.Read())
	}
	orders, _, err := s.Shop.OrdersOf(t.Context(), s.min, 2, "")
	s.Must(err)
	if len(orders) != 1 || orders[0].Delivery.To.Street != "테헤란로 1" || orders[0].Total.Minor != 15000 {
		t.Fatalf("%+v", orders)
	}
	if again := b.Post(page, append(typed, "method", asked.Form("method"))...); !strings.HasPrefix(again.To(), "/bill/") {
		t.Errorf("%d to %q", again.StatusCode, again.To())
	}
	if later := b.Get(page); !strings.HasPrefix(later.To(), "/bill/") {
		t.Errorf("%d to %q", later.StatusCode, later.To())
	}
	paid := s.pays(b, sent.To())
	if !strings.Contains(paid.Text, `class="result"`) || strings.Contains(paid.Text, "테헤란로") || strings.Contains(paid.Text, "9999") {
		t.Errorf("%s", paid.Text)
	}
	all, err := s.Shop.Addresses(t.Context(), s.min)
	if s.Must(err); len(all) != 1 {
		t.Errorf("what a guest typed is in the book: %+v", all)
	}
	// Of a cart that has changed since, nothing is ordered.
	s.say("구매 드립백")
	s.Must(s.Shop.DeleteAddress(t.Context(), s.min, all[0].ID))
	s.press("주문하기")
	page = s.link("주소 입력하기")
	s.say("구매 드립백")
	if refused := b.Post(page, append(typed, "method", asked.Form("method"))...); refused.StatusCode != http.StatusConflict {
		t.Errorf("%d %s", refused.StatusCode, refused.Read())
	}
}

func TestWhatWasBoughtOnKakaoTalkIsFetchedByOneBrowser(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	file, err := s.Shop.Digital.KeepFile(t.Context(), s.of.ID, "book.pdf", strings.NewReader("the book"))
	s.Must(err)
	product, err := s.Shop.SaveProduct(t.Context(), shop.Product{Account: s.of.ID, State: shop.Active, Kind: shop.Digital, Downloads: 1, Names: map[string]string{"ko": "전자책", "en": "Book"},
		Variants: []shop.Variant{{Price: money.Of(9000, "KRW"), Files: []string{file.ID}, Keys: true}}}, nil)
	s.Must(err)
	_, err = s.Shop.AddKeys(t.Context(), s.of.ID, product.Variants[0].ID, "PLZ-1234")
	s.Must(err)
	s.say("구매 전자책")
	s.press("주문하기")
	s.press("₩9,000 결제")
	bill := s.link("결제 페이지")
	friend := s.Browser()
	if paid := s.pays(friend, bill); strings.Contains(paid.Text, "PLZ-1234") || strings.Contains(paid.Text, "/goods/") {
		t.Fatalf("whoever pays gets it: %s", paid.Text)
	}
	s.deliver()
	orders, _, err := s.Shop.OrdersOf(t.Context(), s.min, 1, "")
	s.Must(err)
	s.say("주문")
	s.press(orders[0].Number)
	page := s.link("상품 받기")
	if told := fmt.Sprint(s.talk.Seen(minji)); strings.Contains(told, "PLZ-1234") || strings.Contains(told, "/orders/") {
		t.Errorf("the chat says too much, or leads to a page Min can't open: %s", told)
	}
	shows := func(b *apitest.Browser, path, want string) {
		t.Helper()
		shown := b.Get(path)
		if (want == "PLZ-1234") != strings.Contains(shown.Text, "PLZ-1234") || !strings.Contains(shown.Read(), want) {
			t.Errorf("%d, not %q: %s", shown.StatusCode, want, shown.Read())
		}
		for _, own := range []string{"김민지", s.min.ID, minji, "/wallet/", "/cart", "data-live"} {
			if strings.Contains(shown.Text, own) {
				t.Errorf("%q of Min's is on the page", own)
			}
		}
	}
	phone, other := s.Browser(), s.Browser()
	shows(phone, page, "one browser only") // a look takes nothing
	if early := phone.Get(page + "/files/" + file.ID); early.StatusCode != http.StatusNotFound {
		t.Errorf("a file before it is taken: %d", early.StatusCode)
	}
	for range 2 {
		phone.Post(page)
	}
	shows(phone, page, "PLZ-1234")
	other.Post(page)
	shows(other, page, "another browser")
	if got := other.Get(page + "/files/" + file.ID); got.StatusCode != http.StatusNotFound {
		t.Errorf("to another browser: %d", got.StatusCode)
	}
	for path, status := range map[string]int{page + "/files/nothing": http.StatusSeeOther, strings.Replace(bill, "/bill/", "/goods/", 1): http.StatusNotFound,
		strings.Replace(page, "/goods/", "/bill/", 1): http.StatusNotFound, "/goods/" + strings.Repeat("A", 26): http.StatusNotFound} {
		if got := phone.Get(path); got.StatusCode != status {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if got := phone.Get(page + "/files/" + file.ID); got.Text != "the book" {
		t.Errorf("%d %s", got.StatusCode, got.Text)
	}
	if again := phone.Get(page + "/files/" + file.ID); again.StatusCode != http.StatusSeeOther {
		t.Errorf("more often than it was sold: %d", again.StatusCode)
	}
	// Another link, from the chat, is for another browser.
	s.say("주문")
	s.press(orders[0].Number)
	second := s.link("상품 받기")
	other.Post(second)
	shows(other, second, "PLZ-1234")
	_, err = s.Shop.Refund(t.Context(), s.of.ID, orders[0].ID, "all", 0, "", "member")
	s.Must(err)
	s.deliver()
	shows(other, second, "refunded")
	s.Pass(guest.GoodsLife)
	if over := phone.Get(page); over.StatusCode != http.StatusNotFound {
		t.Errorf("a week later: %d", over.StatusCode)
	}
}

// FuzzGuestPass: whatever stands in a link, it is a pass or nothing.
func FuzzGuestPass(f *testing.F) {
	for _, seed := range []string{"", "A", strings.Repeat("A", 26), "../pay", "%00", "é"} {
		f.Add(seed)
	}
	w := apitest.New(f, apitest.Options{})
	f.Fuzz(func(t *testing.T, secret string) {
		if _, err := w.Guests.Find(t.Context(), guest.Bill, secret); err != guest.ErrNoPass {
			t.Errorf("%q: %v", secret, err)
		}
	})
}
