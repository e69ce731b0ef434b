package public_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/message"
	"plaza/shop"
)

// party is a world with two visitors who know each other: ann has sent bob money.
func party(t *testing.T) (w *apitest.World, of account.Account, ann, bob *apitest.Browser, who message.Person) {
	t.Helper()
	w = apitest.New(t, apitest.Options{})
	of = w.Merchant("corner")
	ann = w.Browser()
	who = rich(w, ann, of.ID, of.Currency, 10000)
	bob = w.Browser()
	bob.Post("/chat/corner/follow")
	link := payToLink.FindString(bob.Get("/wallet/corner").Text)
	ann.Post(link, "key", "first", "amount", "1.00")
	return w, of, ann, bob, who
}

var (
	friendOption = regexp.MustCompile(`(?:<option value|name="friend" value)="([A-Z2-7]{26})"`)
	askedLink    = regexp.MustCompile(`/asked/[0-9A-Z]{26}`)
)

// friendOf is the number of the one friend that a page offers.
func friendOf(t *testing.T, page string) string {
	t.Helper()
	match := friendOption.FindStringSubmatch(page)
	if match == nil {
		t.Fatalf("no friend: %s", page)
	}
	return match[1]
}

func TestAFriendAsksAndTheOtherSaysNoAndThenNeverAgain(t *testing.T) {
	t.Parallel()
	w, _, ann, bob, _ := party(t)
	page := bob.Get("/wallet/corner/friends")
	friend := friendOf(t, page.Text)
	ask := func(key string) string {
		answer := bob.Post("/wallet/corner/friends", "key", key, "friend", friend, "amount", "2.50", "note", "Cinema")
		if answer.StatusCode == http.StatusSeeOther {
			answer = bob.Get(answer.To())
		}
		return answer.Read()
	}
	if said := ask("k1"); !strings.Contains(said, "have been asked") || strings.Contains(strings.ReplaceAll(page.Text, topicOf(page), ""), ":webchat:") {
		t.Errorf("%s", said)
	}
	chat := ann.Get("/chat/corner").Text
	path := askedLink.FindString(chat)
	if path == "" || !strings.Contains(chat, "Cinema") {
		t.Fatalf("ann was not asked: %s", chat)
	}
	if other := bob.Get(path); other.StatusCode != http.StatusNotFound {
		t.Errorf("whoever asks sees the page of who is asked: %d", other.StatusCode)
	}
	if stranger := w.Browser().Post(path + "/decline"); stranger.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger says no: %d", stranger.StatusCode)
	}
	asked := ann.Get(path)
	if !strings.Contains(asked.Read(), "2.50") {
		t.Errorf("%s", asked.Read())
	}
	if framed := asked.Header.Get("Content-Security-Policy"); !strings.Contains(framed, "frame-ancestors 'none'") {
		t.Errorf("can be framed: %s", framed)
	}
	pay := payToLink.FindString(asked.Text)
	if said := ann.Submit(path + "/decline").Read(); !strings.Contains(said, "said no") {
		t.Errorf("%s", said)
	}
	if over := ann.Get(pay).Read(); !strings.Contains(over, "not asked for any more") {
		t.Errorf("%s", over)
	}
	if told := bob.Get("/chat/corner").Read(); !strings.Contains(told, "declined to pay") {
		t.Errorf("bob was not told: %s", told)
	}
	ask("k2")
	paths := askedLink.FindAllString(ann.Get("/chat/corner").Text, -1)
	if said := ann.Submit(paths[len(paths)-1] + "/block").Read(); !strings.Contains(said, "any more") {
		t.Errorf("%s", said)
	}
	if said := ask("k3"); !strings.Contains(said, "be asked") || strings.Contains(said, "have been asked") {
		t.Errorf("after the block: %s", said)
	}
	blocked := ann.Get("/wallet/corner/friends")
	ann.Post("/wallet/corner/friends/unblock", "person", blocked.Form("person"))
	if said := ask("k4"); !strings.Contains(said, "have been asked") {
		t.Errorf("after it was lifted: %s", said)
	}
}

func TestASplitIsPaidByFriendsAndByLinks(t *testing.T) {
	t.Parallel()
	w, _, ann, bob, _ := party(t)
	form := bob.Get("/wallet/corner/split")
	friend := friendOf(t, form.Text)
	fields := []string{"key", form.Form("key"), "amount", "10.00", "note", "Dinner", "friend", friend, "others", "1", "own", "on"}
	typing := bob.Post("/wallet/corner/split", append(fields, "how", "typed")...)
	if strings.Count(typing.Text, `value="3.33"`) != 2 {
		t.Fatalf("%s", typing.Text)
	}
	if page := bob.Post("/wallet/corner/split", append(fields, "how", "shares", "share", "9.00", "share", "1.01")...); !strings.Contains(page.Read(), "more than the whole") {
		t.Errorf("%s", page.Read())
	}
	made := bob.Post("/wallet/corner/split", append(fields, "how", "even")...)
	path := made.To()
	page := bob.Get(path)
	if !strings.Contains(page.Read(), "0 of 2 have paid") || !strings.Contains(page.Read(), "3.34") {
		t.Fatalf("%s", page.Read())
	}
	if other := ann.Get(path); other.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else's split: %d", other.StatusCode)
	}
	links := map[string]bool{}
	for _, link := range payToLink.FindAllString(page.Text, -1) {
		links[link] = true
	}
	if len(links) != 2 {
		t.Fatalf("%v", links)
	}
	for link := range links {
		w.Pass(24 * time.Hour) // in haste, risk would ask for a PIN
		if paid := ann.Post(link, "key", strings.TrimPrefix(link, "/pay-to/")); !strings.Contains(paid.Text, `class="result"`) {
			t.Errorf("%d %s", paid.StatusCode, paid.Read())
		}
	}
	if page := bob.Get(path).Read(); !strings.Contains(page, "2 of 2 have paid") || !strings.Contains(page, "6.66") {
		t.Errorf("%s", page)
	}
	if told := bob.Get("/chat/corner").Read(); !strings.Contains(told, "Everybody has paid for Dinner") {
		t.Errorf("bob was not told: %s", told)
	}
}

func TestPagesAmongFriendsFollowWhatTheOtherDoes(t *testing.T) {
	t.Parallel()
	w, _, ann, bob, _ := party(t)
	friend := friendOf(t, bob.Get("/wallet/corner/friends").Text)
	split := bob.Post("/wallet/corner/split", "key", "k", "amount", "10.00", "note", "Dinner", "friend", friend, "others", "0", "own", "on", "how", "even").To()
	asked := askedLink.FindString(ann.Get("/chat/corner").Text)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	var sockets []*socket
	for _, page := range []struct {
		browser *apitest.Browser
		path    string
	}{{bob, split}, {bob, "/wallet/corner/friends"}, {ann, asked}} {
		shown := page.browser.Get(page.path)
		topic := topicOf(shown)
		if topic == "" || !strings.Contains(shown.Text, "data-region=") {
			t.Fatalf("%s follows nothing", page.path)
		}
		s, _ := dial(t, w, server.URL, page.browser, "corner", "")
		if heard := s.subscribe(topic); !strings.Contains(heard, `"subscribed"`) {
			t.Fatalf("%s: %s", page.path, heard)
		}
		sockets = append(sockets, s)
	}
	w.Pass(24 * time.Hour) // in haste, risk would ask for a PIN
	ann.Post(payToLink.FindString(ann.Get(asked).Text), "key", "paid")
	for _, s := range sockets {
		if heard := s.until("ask.changed"); !strings.Contains(heard, `"paid"`) {
			t.Errorf("%s", heard)
		}
	}
	if page := bob.Get(split).Read(); !strings.Contains(page, "1 of 1 have paid") {
		t.Errorf("%s", page)
	}
}

func TestASplitCanBeginFromAReceiptAndBeCalledOff(t *testing.T) {
	t.Parallel()
	_, _, ann, bob, _ := party(t)
	list := ann.Get("/receipts/corner").Text
	number := regexp.MustCompile(`R-[0-9]{8}-[2-9A-Z]{10}`).FindString(list)
	receipt := ann.Get("/receipts/corner/" + number).Text
	link := "/wallet/corner/split?receipt=" + number
	if !strings.Contains(receipt, link) {
		t.Fatalf("%s", receipt)
	}
	form := ann.Get(link)
	if !strings.Contains(form.Text, `value="1.00"`) {
		t.Errorf("%s", form.Text)
	}
	if other := bob.Get(link); other.StatusCode != http.StatusNotFound {
		t.Errorf("of somebody else's receipt: %d", other.StatusCode)
	}
	for others, word := range map[string]string{"0": "1 to 50", "51": "1 to 50", "-1": "1 to 50", "x": "1 to 50", "1000000000": "1 to 50"} {
		if page := ann.Post("/wallet/corner/split", "key", "k", "amount", "1.00", "note", "Tea", "others", others, "how", "even"); !strings.Contains(page.Read(), word) {
			t.Errorf("%s others: %s", others, page.Read())
		}
	}
	if page := ann.Post("/wallet/corner/split", "key", "k", "amount", "0.02", "note", "Tea", "others", "2", "own", "on", "how", "even"); !strings.Contains(page.Read(), "too little") {
		t.Errorf("%s", page.Read())
	}
	path := ann.Post("/wallet/corner/split", "key", "k", "amount", "1.00", "note", "Tea", "others", "2", "how", "even").To()
	share := payToLink.FindString(ann.Get(path).Text)
	ann.Post(path + "/cancel")
	if page := bob.Get(share).Read(); !strings.Contains(page, "not asked for any more") {
		t.Errorf("%s", page)
	}
}

func TestAPaidOrderIsSplitForWhatItCosts(t *testing.T) {
	t.Parallel()
	w, of, ann, bob, _ := party(t)
	_, path := order(t, ann, w.Product(of, "Tea", 5)) // 6.00
	found, _, err := w.Shop.Orders(t.Context(), of.ID, shop.Placed, 1, "")
	w.Must(err)
	page, link := "/shop/corner/orders/"+found[0].ID, "/wallet/corner/split?order="+found[0].ID
	offered := func(amount string) {
		t.Helper()
		if shown := ann.Get(page); strings.Contains(shown.Text, link) != (amount != "") {
			t.Errorf("to be split for %q: %s", amount, shown.Text)
		}
		form := ann.Get(link)
		if form.StatusCode != http.StatusOK || !strings.Contains(form.Text, `value="`+amount+`"`) || strings.Contains(form.Text, found[0].Number) != (amount != "") {
			t.Errorf("%d for %q: %s", form.StatusCode, amount, form.Text)
		}
	}
	offered("")
	ann.Submit(path, "provider", "wallet")
	offered("6.00")
	receipt := receiptLink.FindString(ann.Get("/receipts/corner").Text)
	shows := func(refunded, left string) {
		t.Helper()
		number := strings.TrimPrefix(receipt, "/receipts/corner/")
		if shown := ann.Get(receipt); !strings.Contains(shown.Read(), "Refunded CN¥"+refunded) && refunded != "" || strings.Contains(shown.Text, "split?receipt=") != (left != "") {
			t.Errorf("the receipt, refunded %q: %s", refunded, shown.Read())
		}
		if form := ann.Get("/wallet/corner/split?receipt=" + number); !strings.Contains(form.Text, `value="`+left+`"`) {
			t.Errorf("of the receipt, not %q: %s", left, form.Text)
		}
	}
	shows("", "6.00")
	if other := bob.Get(link); other.StatusCode != http.StatusNotFound {
		t.Errorf("of somebody else's order: %d", other.StatusCode)
	}
	_, err = w.Shop.Refund(t.Context(), of.ID, found[0].ID, "part", 150, "", "member")
	w.Must(err)
	offered("4.50")
	shows("1.50", "4.50")
	_, err = w.Shop.Refund(t.Context(), of.ID, found[0].ID, "rest", 0, "", "member")
	w.Must(err)
	offered("")
	shows("1.50", "") // a member looks at the rest first: it is on its way
}

func TestWhoIsAskedMaySayWhoTheyAre(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	phone, person := s.withPhone()
	bob := s.Browser()
	rich(s.World, bob, s.of.ID, s.of.Currency, 5000)
	bob.Post("/wallet/corner/friends/meet", "code", payToLink.FindString(phone.Get("/wallet/corner").Text))
	friend := friendOf(t, bob.Get("/wallet/corner/friends").Text)
	bob.Post("/wallet/corner/friends", "key", "k1", "friend", friend, "amount", "2.50", "note", "Cinema")
	history, _, err := s.Bot.History(t.Context(), s.of.ID, person.ID, "", 5)
	s.Must(err)
	path := ""
	for _, entry := range history {
		if entry.Out != nil {
			for _, button := range entry.Out.Buttons {
				path += askedLink.FindString(button.URL)
			}
		}
	}
	desktop := s.browser(onDesktop)
	shown := desktop.Get(path)
	if shown.StatusCode != http.StatusNotFound || !strings.Contains(shown.Read(), "Sign in with LINE") || strings.Contains(shown.Read(), "Telegram") ||
		strings.Contains(shown.Read(), "Cinema") || strings.Contains(shown.Read(), "2.50") {
		t.Fatalf("%q: %d %s", path, shown.StatusCode, shown.Read())
	}
	if asked := s.signIn(desktop, "/sign-in/line/"+s.of.ID+"/begin?next="+path, person.User); !strings.Contains(asked.Read(), "Cinema") {
		t.Errorf("signed in: %d %s", asked.StatusCode, asked.Read())
	}
	if gone := desktop.Get("/asked/" + strings.Repeat("0", 26)); gone.StatusCode != http.StatusNotFound || strings.Contains(gone.Read(), "Sign in with") {
		t.Errorf("what nobody was asked: %d %s", gone.StatusCode, gone.Read())
	}
}
