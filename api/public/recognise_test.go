package public_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/app"
	"plaza/bot/line"
	"plaza/bot/line/linetest"
	"plaza/bot/standin"
	"plaza/bot/telegram"
	"plaza/bot/telegram/telegramtest"
	"plaza/bot/wechat"
	"plaza/bot/wechat/wechattest"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
)

// What browsers call themselves.
const (
	inWeChat = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36 XWEB/1300 MMWEBSDK/2024 MicroMessenger/8.0.55.2780(0x28003737) WeChat/arm64 Language/zh_CN"
	inWeCom  = inWeChat + " wxwork/4.1.30"
	inLINE   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari Line/15.0.0"

	botToken = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
	openID   = "oia2TjuEGTNoeX76QEjQNrcURxG8"
)

// street is a shop with three messengers, each with its platform.
type street struct {
	*apitest.World
	of       account.Account
	product  shop.Product
	wechat   *wechattest.Platform
	login    *standin.SignIn // LINE's
	telegram *standin.SignIn
	hosts    map[string]http.Handler
}

// newStreet connects a shop; native lets LINE sign with its own keys.
func newStreet(t *testing.T, native bool) *street {
	t.Helper()
	s := &street{hosts: map[string]http.Handler{}}
	serve := func(answer func(w http.ResponseWriter, r *http.Request)) string {
		host := httptest.NewServer(http.HandlerFunc(answer))
		t.Cleanup(host.Close)
		s.hosts[host.URL] = http.HandlerFunc(answer)
		return host.URL
	}
	now := func() time.Time { return s.Now() }
	var lines *linetest.Platform
	var bots *telegramtest.Platform
	wechats := serve(func(w http.ResponseWriter, r *http.Request) { s.wechat.ServeHTTP(w, r) })
	lineHost := serve(func(w http.ResponseWriter, r *http.Request) { lines.ServeHTTP(w, r) })
	telegrams := serve(func(w http.ResponseWriter, r *http.Request) { bots.ServeHTTP(w, r) })
	s.World = apitest.New(t, apitest.Options{WeChatAPI: wechats, LINEAPI: lineHost, TelegramAPI: telegrams,
		SignInHosts: app.SignInHosts{WeChat: wechats, LINE: lineHost, Telegram: telegrams}})
	s.of = s.Merchant("corner")
	s.product = s.Product(s.of, "Green tea", 50)
	const appID, secret = "wxba5fad812f8e6fb9", "0123456789abcdef0123456789abcdef"
	s.wechat = wechattest.New(wechattest.App{AppID: appID, Secret: secret, Token: "cornertoken", WebDomain: "plaza.example"}, now)
	s.login = linetest.NewLogin("2001234567", secret, s.SignIn.Callback(s.of.ID, "line"), native, now)
	lines = linetest.New(linetest.Account{ID: "1234567890", Secret: secret, Login: s.login}, now, nil)
	s.telegram = telegramtest.NewLogin("110201543", "a-client-secret-of-botfather", s.SignIn.Callback(s.of.ID, "telegram"), now)
	bots = telegramtest.New(telegramtest.Options{Token: botToken, Login: s.telegram, Now: now})
	for channel, credentials := range map[string]any{
		"wechat":   wechat.Credentials{AppID: appID, Secret: secret, Token: "cornertoken", WebSignIn: true, DomainFile: "MP_verify_a1B2c3D4e5F6g7H8.txt"},
		"line":     line.Credentials{Secret: secret, ID: "1234567890", LoginID: "2001234567", LoginSecret: secret},
		"telegram": telegram.Credentials{BotToken: botToken, LoginSecret: "a-client-secret-of-botfather"},
	} {
		encoded, err := json.Marshal(credentials)
		s.Must(err)
		_, err = s.Bot.Connections().Save(t.Context(), s.of.ID, channel, encoded)
		s.Must(err)
	}
	return s
}

// browser opens one that calls itself so.
func (s *street) browser(agent string) *apitest.Browser {
	b := s.Browser()
	b.Header.Set("User-Agent", agent)
	return b
}

// visit follows a redirect to a platform, as a person there, and gives where it
// leads back to.
func (s *street) visit(sent apitest.Answer, person string) string {
	s.T.Helper()
	address, err := url.Parse(sent.To())
	s.Must(err)
	host := s.hosts[address.Scheme+"://"+address.Host]
	if sent.StatusCode != http.StatusFound || host == nil {
		s.T.Fatalf("%d, leads to %q: %s", sent.StatusCode, sent.To(), sent.Read())
	}
	if sent.Header.Get("Cache-Control") != "no-store" || sent.Header.Get("Referrer-Policy") != "no-referrer" {
		s.T.Errorf("headers on the way: %v", sent.Header)
	}
	address.Fragment = "" // stays in the browser
	request := httptest.NewRequestWithContext(s.T.Context(), http.MethodGet, address.String(), nil)
	request.AddCookie(standin.As(person))
	answer := httptest.NewRecorder()
	host.ServeHTTP(answer, request)
	back := answer.Header().Get("Location")
	if answer.Code != http.StatusFound || !strings.HasPrefix(back, apitest.PublicURL+"/sign-in/") {
		s.T.Fatalf("the platform says %d %s", answer.Code, answer.Body)
	}
	return strings.TrimPrefix(back, apitest.PublicURL)
}

// signIn opens a page and comes back signed in as a person.
func (s *street) signIn(b *apitest.Browser, path, person string) apitest.Answer {
	s.T.Helper()
	done := b.Get(s.visit(b.Get(path), person))
	if done.StatusCode != http.StatusSeeOther {
		s.T.Fatalf("%d %s", done.StatusCode, done.Read())
	}
	return b.Get(done.To())
}

func (s *street) id(channel, user string) string {
	return message.SubscriberID(s.of.ID, channel, user)
}

// knownAs is whose orders a browser sees.
func (s *street) knownAs(b *apitest.Browser) string {
	s.T.Helper()
	for name, cookie := range b.Cookies {
		if strings.HasPrefix(name, "plaza_person_") {
			found, err := s.SignIn.Find(s.T.Context(), s.of.ID, cookie.Value)
			s.Must(err)
			return found.ID
		}
	}
	return ""
}

func TestAShopPageInWeChatKnowsTheFollowerWithoutAWord(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	b := s.browser(inWeChat)
	sent := b.Get("/shop/corner?category=all")
	if !strings.Contains(sent.To(), "scope=snsapi_base") {
		t.Errorf("asks for more than an id: %s", sent.To())
	}
	back := b.Get(s.visit(sent, openID))
	if back.To() != "/shop/corner?category=all" {
		t.Errorf("goes on at %q", back.To())
	}
	page := b.Get(back.To())
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Read(), "Green tea") || s.knownAs(b) != s.id("wechat", openID) {
		t.Fatalf("%d, known as %q", page.StatusCode, s.knownAs(b))
	}
	if strings.Contains(page.Text, "/chat/corner") {
		t.Error("somebody whose chat is in WeChat is led to another one")
	}
	// Their order, balance and receipt are the follower's.
	follower := message.Person{ID: s.id("wechat", openID), Account: s.of.ID, Channel: "wechat", User: openID}
	s.Must(s.Wallet.Grant(t.Context(), follower, "gift", money.Of(5000, "CNY")))
	page, path := order(t, b, s.product)
	if !strings.Contains(page.Read(), "50.00") {
		t.Errorf("their balance is not on the page: %s", page.Read())
	}
	b.Submit(path, "provider", "wallet")
	orders, _, err := s.Shop.OrdersOf(t.Context(), follower, 10, "")
	if s.Must(err); len(orders) != 1 || orders[0].State != shop.Paid {
		t.Fatalf("orders of the follower: %+v", orders)
	}
	history, _, err := s.Bot.History(t.Context(), s.of.ID, follower.ID, "", 10)
	if s.Must(err); len(history) == 0 || history[0].Out == nil || history[0].Out.Receipt == nil {
		t.Errorf("the receipt went elsewhere: %+v", history)
	}
	// A payment's address opens in a fresh WeChat of theirs, too, and in nobody else's.
	fresh, other := s.browser(inWeChat), s.browser(inWeChat)
	if mine := s.signIn(fresh, path, openID); !strings.Contains(mine.Read(), orders[0].Number) {
		t.Errorf("their own payment: %s", mine.Read())
	}
	if theirs := s.signIn(other, path, "o-somebody-else"); theirs.StatusCode != http.StatusNotFound || strings.Contains(theirs.Read(), orders[0].Number) {
		t.Errorf("somebody else sees %d %s", theirs.StatusCode, theirs.Read())
	}
}

func TestPagesAskNobodyWhoCanNotAnswer(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	for name, b := range map[string]*apitest.Browser{"phone": s.Browser(), "WeCom": s.browser(inWeCom), "LINE, which would ask": s.browser(inLINE)} {
		if page := b.Get("/shop/corner"); page.StatusCode != http.StatusOK {
			t.Errorf("%s is sent to %q", name, page.To())
		}
	}
	b := s.browser(inWeChat)
	if head := b.Head("/shop/corner"); head.StatusCode != http.StatusOK {
		t.Errorf("a look is sent to %q", head.To())
	}
	// Who says no, or whom the platform does not know, sees the page without.
	back := b.Get(s.visit(b.Get("/shop/corner"), "declines"))
	if page := b.Get(back.To()); back.To() != "/shop/corner" || page.StatusCode != http.StatusOK || s.knownAs(b) != "" {
		t.Errorf("%q, then %d", back.To(), page.StatusCode)
	}
	s.Pass(time.Second)
	// Switched off, nobody is sent to WeChat, which would refuse them.
	_, err := s.Bot.Connections().Connect(t.Context(), s.of.ID, "wechat", map[string]string{"app_id": "wxba5fad812f8e6fb9", "token": "cornertoken"})
	s.Must(err)
	if page := s.browser(inWeChat).Get("/shop/corner"); page.StatusCode != http.StatusOK || strings.Contains(page.Header.Get("Content-Security-Policy"), "qq.com") {
		t.Errorf("%d %q", page.StatusCode, page.To())
	}
}

// The ways in which somebody may try to be somebody else, or to make somebody
// be them.
func TestASignInCountsOnceAndOnlyInTheBrowserThatBeganIt(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	b, victim := s.browser(inWeChat), s.browser(inWeChat)
	back := s.visit(b.Get("/shop/corner"), openID)
	victim.Get("/shop/corner") // has a sign-in of its own under way
	for name, try := range map[string]func() apitest.Answer{
		"another browser":   func() apitest.Answer { return victim.Get(back) },
		"no browser at all": func() apitest.Answer { return s.Browser().Get(back) },
		"another channel": func() apitest.Answer {
			return b.Get(strings.Replace(back, "/wechat/", "/line/", 1))
		},
		"another account":   func() apitest.Answer { return b.Get(strings.Replace(back, s.of.ID, s.Merchant("other").ID, 1)) },
		"another state":     func() apitest.Answer { return b.Get(strings.Replace(back, "state=", "state=a", 1)) },
		"without a state":   func() apitest.Answer { return b.Get(strings.Split(back, "&state=")[0]) },
		"just a look":       func() apitest.Answer { return b.Head(back) },
		"an empty callback": func() apitest.Answer { return b.Get(strings.Split(back, "?")[0]) },
	} {
		if got := try(); got.StatusCode == http.StatusSeeOther || got.StatusCode == http.StatusOK {
			t.Errorf("%s: %d to %q", name, got.StatusCode, got.To())
		}
	}
	if got := s.wechat.Calls("/sns/oauth2/access_token"); got != 0 {
		t.Errorf("WeChat was asked %d times for others", got)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 8 {
		all.Go(func() {
			again := s.browser(inWeChat)
			for name, cookie := range b.Cookies {
				again.Cookies[name] = cookie
			}
			if got := again.Get(back); got.StatusCode == http.StatusSeeOther {
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if done != 1 || s.wechat.Calls("/sns/oauth2/access_token") != 1 {
		t.Errorf("%d of 8 at once got in, the code was redeemed %d times", done, s.wechat.Calls("/sns/oauth2/access_token"))
	}
	late := s.browser(inWeChat)
	back = s.visit(late.Get("/shop/corner"), openID)
	s.Pass(16 * time.Minute)
	if got := late.Get(back); got.StatusCode == http.StatusSeeOther {
		t.Error("came back after a quarter of an hour")
	}
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/console\n"} {
		b := s.Browser()
		back := b.Get(s.visit(b.Get("/sign-in/line/"+s.of.ID+"/begin?"+url.Values{"next": {next}}.Encode()), linetest.UserID(1)))
		if back.To() != "/a/corner" {
			t.Errorf("%q leads to %q", next, back.To())
		}
	}
	if got := s.Browser().Get("/sign-in/webchat/" + s.of.ID + "/begin"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a channel without signing in: %d", got.StatusCode)
	}
}

func TestLINEAndTelegramSignInWithVerifiedTokens(t *testing.T) {
	t.Parallel()
	for name, native := range map[string]bool{"signed by the channel's secret": false, "signed by LINE's keys": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, native)
			b := s.browser(inLINE)
			page := s.signIn(b, "/shop/corner/orders", linetest.UserID(7))
			if page.StatusCode != http.StatusOK || s.knownAs(b) != s.id("line", linetest.UserID(7)) || !strings.Contains(page.Read(), "signed in with LINE") {
				t.Errorf("known as %q: %s", s.knownAs(b), page.Read())
			}
			out := b.Submit("/sign-out/corner", "next", "/shop/corner/orders")
			if s.knownAs(b) != "" || out.StatusCode != http.StatusOK || !strings.Contains(out.Read(), "Sign in with LINE") {
				t.Errorf("after signing out %d, known as %q", out.StatusCode, s.knownAs(b))
			}
		})
	}
	s := newStreet(t, false)
	b := s.Browser()
	if page := s.signIn(b, "/sign-in/telegram/"+s.of.ID+"/begin?next=/shop/corner/orders", "279058397"); s.knownAs(b) != s.id("telegram", "279058397") || !strings.Contains(page.Read(), "signed in with Telegram") {
		t.Errorf("known as %q: %s", s.knownAs(b), page.Read())
	}
	if got := s.telegram.Calls("/.well-known/jwks.json"); got != 1 {
		t.Errorf("the keys were fetched %d times", got)
	}
}

func TestATokenThatIsNotForThisSignInIsRefused(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	in := func(d time.Duration) int64 { return s.Now().Add(d).Unix() }
	for name, bend := range map[string]func(map[string]any){
		"another nonce":          func(c map[string]any) { c["nonce"] = "x" },
		"no nonce":               func(c map[string]any) { delete(c, "nonce") },
		"another issuer":         func(c map[string]any) { c["iss"] = "https://access.example" },
		"another channel":        func(c map[string]any) { c["aud"] = "2009999999" },
		"several audiences":      func(c map[string]any) { c["aud"] = []string{"2001234567", "2009999999"} },
		"another party":          func(c map[string]any) { c["azp"] = "2009999999" },
		"ended":                  func(c map[string]any) { c["exp"] = in(-2 * time.Minute) },
		"without an end":         func(c map[string]any) { delete(c, "exp") },
		"from the future":        func(c map[string]any) { c["iat"] = in(5 * time.Minute) },
		"about nobody":           func(c map[string]any) { c["sub"] = "" },
		"about no person":        func(c map[string]any) { c["sub"] = "C" + strings.Repeat("0", 32) },
		"with a name of another": func(c map[string]any) { c["sub"] = "U:line:x" },
	} {
		s.login.Bend = bend
		b := s.Browser()
		got := b.Get(s.visit(b.Get("/sign-in/line/"+s.of.ID+"/begin?next=/shop/corner"), linetest.UserID(1)))
		if page := b.Get(got.To()); got.To() != "/shop/corner" || s.knownAs(b) != "" || !strings.Contains(page.Read(), "did not work") {
			t.Errorf("%s: known as %q: %s", name, s.knownAs(b), page.Read())
		}
	}
	s.login.Bend, s.login.Secret = nil, strings.Repeat("f", 32)
	b := s.Browser()
	b.Get(s.visit(b.Get("/sign-in/line/"+s.of.ID+"/begin"), linetest.UserID(1)))
	if s.knownAs(b) != "" {
		t.Error("signed by somebody else")
	}
}

func TestAPageInsideTelegramKnowsWhoOpenedIt(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	statement := telegramtest.Statement(botToken, 279058397, s.Now())
	path := "/sign-in/telegram/" + s.of.ID + "/statement"
	if page := s.Browser().Get("/shop/corner"); !strings.Contains(page.Text, `data-vouch="`+path+`"`) {
		t.Error("the page does not know where to bring the statement")
	}
	bent, _ := url.ParseQuery(statement)
	bent.Set("user", `{"id":1,"first_name":"Eve"}`)
	for name, said := range map[string]string{
		"nothing":      "",
		"another user": bent.Encode(),
		"another bot":  telegramtest.Statement("110201543:BBHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", 1, s.Now()),
		"old":          telegramtest.Statement(botToken, 1, s.Now().Add(-11*time.Minute)),
		"to come":      telegramtest.Statement(botToken, 1, s.Now().Add(5*time.Minute)),
		"twice a user": statement + "&user=" + url.QueryEscape(`{"id":1}`),
	} {
		b := s.Browser()
		if got := b.Post(path, "statement", said); got.StatusCode != http.StatusUnauthorized || s.knownAs(b) != "" {
			t.Errorf("%s: %d", name, got.StatusCode)
		}
	}
	b, thief := s.Browser(), s.Browser()
	if got := b.Post(path, "statement", statement); got.StatusCode != http.StatusNoContent || s.knownAs(b) != s.id("telegram", "279058397") {
		t.Fatalf("%d, known as %q", got.StatusCode, s.knownAs(b))
	}
	if got := thief.Post(path, "statement", statement); got.StatusCode != http.StatusUnauthorized || s.knownAs(thief) != "" {
		t.Errorf("the same statement in another browser: %d", got.StatusCode)
	}
}

func TestAVisitorSaysWhoTheyAreOnTheirMessenger(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	b := s.Browser()
	b.Get("/chat/corner")
	b.Submit("/chat/corner/follow")
	page := b.Get("/chat/corner/linked")
	link := page.Text[strings.Index(page.Text, "/chat/corner/linked/line?ask="):]
	link = link[:strings.IndexByte(link, '"')]
	if strings.Contains(page.Text, "/linked/wechat") {
		t.Error("WeChat signs in only in its own browser, and this is none")
	}
	// Nobody else's page can begin it, and it is theirs alone.
	if got := b.Get("/chat/corner/linked/line"); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the page's secret: %d", got.StatusCode)
	}
	stranger := s.Browser()
	stranger.Get("/chat/corner")
	if got := stranger.Get(link); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("from another browser: %d", got.StatusCode)
	}
	done := s.signIn(b, link, linetest.UserID(3))
	if !strings.Contains(done.Read(), "This is you on LINE") {
		t.Fatal(done.Read())
	}
	there := s.id("line", linetest.UserID(3))
	linked, err := s.Identity.Linked(t.Context(), s.of.ID, there)
	if s.Must(err); len(linked) != 2 {
		t.Fatalf("linked: %v", linked)
	}
	known, err := s.Bot.Subscribers().Get(t.Context(), s.of.ID, there)
	if s.Must(err); known.Followed || known.Name != "Brown" {
		t.Errorf("who never followed on LINE: %+v", known)
	}
	if s.knownAs(b) != "" {
		t.Error("the web chat's visitor became somebody else")
	}
	if page := b.Submit("/chat/corner/unlink"); !strings.Contains(page.Read(), "on its own again") {
		t.Error(page.Read())
	}
	if linked, err = s.Identity.Linked(t.Context(), s.of.ID, there); len(linked) != 1 {
		t.Errorf("still linked: %v, %v", linked, err)
	}
}

func TestAPageInWeChatIsSignedForItsScript(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	b := s.browser(inWeChat)
	page := s.signIn(b, "/shop/corner", openID)
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self' https://res.wx.qq.com") {
		t.Errorf("policy in WeChat: %s", policy)
	}
	if elsewhere := s.Browser().Get("/shop/corner"); strings.Contains(elsewhere.Header.Get("Content-Security-Policy"), "qq.com") || strings.Contains(elsewhere.Text, "qq.com") {
		t.Error("another browser gets WeChat's script")
	}
	sign := func(address string) apitest.Answer {
		return b.Get("/sign-in/wechat/" + s.of.ID + "/page?" + url.Values{"address": {address}}.Encode())
	}
	for range 3 {
		var signed message.PageSignature
		got := sign(apitest.PublicURL + "/shop/corner")
		if err := json.Unmarshal([]byte(got.Text), &signed); err != nil || signed.AppID != "wxba5fad812f8e6fb9" || len(signed.Signature) != 40 || signed.Timestamp != s.Now().Unix() {
			t.Errorf("%d %s", got.StatusCode, got.Text)
		}
	}
	if calls := s.wechat.Calls("/cgi-bin/ticket/getticket"); calls != 1 {
		t.Errorf("%d tickets for three pages", calls)
	}
	for _, address := range []string{"https://evil.example/", apitest.PublicURL + ".evil.example/", ""} {
		if got := sign(address); got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", address, got.StatusCode)
		}
	}
	proof := s.Browser().Get("/MP_verify_a1B2c3D4e5F6g7H8.txt")
	if proof.StatusCode != http.StatusOK || proof.Text != "a1B2c3D4e5F6g7H8" {
		t.Errorf("%d %q", proof.StatusCode, proof.Text)
	}
	if other := s.Browser().Get("/MP_verify_zzzzzzzzzzzzzzzz.txt"); other.StatusCode != http.StatusNotFound {
		t.Errorf("anybody's file: %d", other.StatusCode)
	}
}
