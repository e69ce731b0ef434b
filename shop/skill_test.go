package shop_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
)

// talk is a person talking with the shop.
type talk struct {
	*kit
	person message.Person
	last   []message.Outbound
}

func (k *talk) say(text string) {
	k.t.Helper()
	k.in(message.Inbound{Kind: message.TextIn, Text: text})
}

func (k *talk) in(in message.Inbound) {
	k.t.Helper()
	answer, handled, err := k.Answer(k.t.Context(), k.person, in)
	if err != nil || !handled {
		k.t.Fatalf("%q %q: handled %v, %v", in.Text, in.Payload, handled, err)
	}
	k.last = answer
}

// press presses the first button of the last answer whose payload begins so.
func (k *talk) press(prefix string) {
	k.t.Helper()
	k.in(message.Inbound{Kind: message.Press, Payload: k.button(prefix).Payload})
}

func (k *talk) button(prefix string) message.Button {
	k.t.Helper()
	for _, out := range k.last {
		buttons := out.Buttons
		for _, card := range out.Cards {
			buttons = append(buttons, card.Buttons...)
		}
		for _, button := range buttons {
			if strings.HasPrefix(button.Payload, prefix) {
				return button
			}
		}
	}
	k.t.Fatalf("no button %s in %+v", prefix, k.last)
	return message.Button{}
}

func (k *talk) wantText(part string) {
	k.t.Helper()
	for _, out := range k.last {
		if strings.Contains(out.Text, part) {
			return
		}
	}
	k.t.Fatalf("%q is not in %+v", part, k.last)
}

func TestBuyingInTheChatByButtons(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.product("milk", 450, 10)
	chat := &talk{kit: k, person: k.person("ann", 1000)}
	chat.say("shop")
	chat.press("shop:buy:")
	checkout := chat.button("shop:checkout:").Payload
	chat.press("shop:checkout:")
	if chat.last[0].Receipt == nil || chat.last[0].Receipt.Total.Minor != 450 {
		t.Fatalf("no receipt: %+v", chat.last)
	}
	number := chat.last[0].Receipt.Number
	chat.in(message.Inbound{Kind: message.Press, Payload: checkout}) // a second tap
	if got := chat.last[0].Receipt.Number; got != number {
		t.Errorf("a second tap made another order: %s, %s", number, got)
	}
	chat.press("shop:pay:")
	chat.wantText("from your balance")
	chat.press("shop:confirm:")
	chat.wantText("CN¥4.50 paid")
	k.wantBalance(chat.person, 550)
	chat.say("orders")
	chat.wantText("paid")
	chat.press("shop:order:")
	chat.say("balance")
	chat.wantText("CN¥5.50")
}

func TestASecondThingIsNamedAndTheCartCounted(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.product("milk", 450, 10)
	k.product("bread", 300, 10)
	chat := &talk{kit: k, person: k.person("ann", 1000)}
	chat.say("buy 2 milk")
	chat.wantText("In your cart: 2 × ")
	chat.say("buy bread")
	chat.wantText("Added: 1 × ")
	chat.wantText("3 items in your cart now. Total: CN¥12.00")
}

func TestBuyingInTheChatByWordsAndNumbers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ shop, buy, cart, pay, paid string }{
		{"shop", "buy 2 milk", "cart", "pay", "paid"},
		{"商城", "买 2 牛奶milk", "购物车", "支付", "谢谢"},
		{"쇼핑", "우유milk 2개 구매", "장바구니", "결제", "감사"},
	} {
		t.Run(test.shop, func(t *testing.T) {
			t.Parallel()
			k := open(t)
			k.product("milk", 100, 10)
			chat := &talk{kit: k, person: k.person("ann", 1000)}
			chat.say(test.shop)
			chat.say(test.buy)
			chat.say(test.cart)
			chat.wantText("2 × ")
			chat.say(chat.button("shop:checkout").Say) // "1", on a messenger without buttons
			chat.say(test.pay)
			chat.say(chat.button("shop:confirm:").Say)
			chat.wantText(test.paid)
			k.wantBalance(chat.person, 800)
		})
	}
}

func TestMoneyAmongFriendsIsOneButtonAway(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.product("milk", 100, 10)
	chat := &talk{kit: k, person: k.person("ann", 0)}
	for word, want := range map[string]struct{ page, language string }{
		"split": {"/split", "en"}, "平分": {"/split", "zh"}, "나누기": {"/split", "ko"},
		"ask": {"/friends", "en"}, "向朋友收款": {"/friends", "zh"}, "송금 요청": {"/friends", "ko"},
	} {
		chat.say(word)
		key := "shop.split"
		if want.page == "/friends" {
			key = "shop.ask"
		}
		if len(chat.last) != 1 || chat.last[0].Text != k.Texts.Text(want.language, key) || len(chat.last[0].Buttons) != 1 ||
			!strings.HasSuffix(chat.last[0].Buttons[0].URL, want.page) || !strings.Contains(chat.last[0].Buttons[0].URL, "/wallet/") {
			t.Errorf("%s: %+v", word, chat.last)
		}
	}
}

func TestEnglishWordsAreAnsweredInThePersonsOwnLanguage(t *testing.T) {
	t.Parallel()
	k := open(t)
	for _, test := range []struct{ own, word, answer string }{
		{"zh", "orders", "zh"},
		{"ko", "Orders", "ko"},
		{"ko", "订单", "zh"},
		{"en", "주문", "ko"},
		{"", "orders", "en"},
	} {
		chat := &talk{kit: k, person: k.person("of "+test.own+test.word, 0)}
		k.product("milk"+test.own+test.word, 100, 1)
		chat.person.Language = test.own
		chat.say(test.word)
		chat.wantText(k.Texts.Text(test.answer, "shop.no_orders"))
	}
}

func TestTooLittleMoneyIsSaidWithAWayOut(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.product("milk", 900, 10)
	chat := &talk{kit: k, person: k.person("ann", 100)}
	chat.say("buy milk")
	chat.press("shop:checkout:")
	chat.press("shop:pay:")
	chat.wantText("top up")
	chat.press("shop:cancel:")
	chat.wantText("You owe nothing")
}

func TestWhatIsNotForTheShopIsLeftToOthers(t *testing.T) {
	t.Parallel()
	k := open(t)
	ann := k.person("ann", 0)
	notHandled := func(in message.Inbound) {
		t.Helper()
		if answer, handled, err := k.Answer(t.Context(), ann, in); handled || err != nil || answer != nil {
			t.Errorf("%q %q: %+v, %v, %v", in.Text, in.Payload, answer, handled, err)
		}
	}
	notHandled(message.Inbound{Kind: message.TextIn, Text: "shop"}) // nothing on sale here
	k.product("milk", 100, 1)
	for _, text := range []string{"hello", "help", "shopping list for mum", "buyer", "3", "", "payment question"} {
		notHandled(message.Inbound{Kind: message.TextIn, Text: text})
	}
	notHandled(message.Inbound{Kind: message.Press, Payload: "menu:hours"})
	notHandled(message.Inbound{Kind: message.Press, Payload: "shop:unknown"})
	notHandled(message.Inbound{Kind: message.Follow})
}

func TestForgedButtonsGetASentence(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.product("milk", 100, 1)
	chat := &talk{kit: k, person: k.person("ann", 0)}
	for _, payload := range []string{"shop:buy:nothing", "shop:product:x", "shop:pay:x", "shop:confirm:x", "shop:order:x",
		"shop:cancel:x", "shop:find:99999:milk", "shop:find::milk", "shop:list:broken cursor", "shop:remove:", "shop:checkout:-1"} {
		chat.in(message.Inbound{Kind: message.Press, Payload: payload})
		if len(chat.last) == 0 {
			t.Errorf("%s: no answer", payload)
		}
	}
}

func TestANumberMeansTheLastMenuOnly(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.product("milk", 100, 5)
	chat := &talk{kit: k, person: k.person("ann", 0)}
	chat.say("shop")
	k.pass(31 * time.Minute)
	if _, handled, err := k.Answer(t.Context(), chat.person, message.Inbound{Kind: message.TextIn, Text: "1"}); handled || err != nil {
		t.Errorf("half an hour later: %v, %v", handled, err)
	}
}

func TestProductsThatCannotBeSoldAreRefused(t *testing.T) {
	t.Parallel()
	k := open(t)
	for name, test := range map[string]struct {
		spoil func(*shop.Product)
		want  *fault.Error
		field string
	}{
		"negative price":    {func(p *shop.Product) { p.Variants[0].Price.Minor = -1 }, money.ErrNegative, "variants.0.price"},
		"unknown currency":  {func(p *shop.Product) { p.Variants[0].Price.Currency = "XXX" }, money.ErrCurrency, "variants.0.price"},
		"other currency":    {func(p *shop.Product) { p.Variants[0].Price.Currency = "KRW" }, shop.ErrOtherCurrency, "variants.0.price"},
		"huge price":        {func(p *shop.Product) { p.Variants[0].Price.Minor = 1 << 60 }, money.ErrTooMuch, "variants.0.price"},
		"no name":           {func(p *shop.Product) { p.Names = map[string]string{"en": "  "} }, shop.ErrNoName, "names"},
		"long name":         {func(p *shop.Product) { p.Names["en"] = strings.Repeat("长", 81) }, shop.ErrTextTooLong, "names"},
		"other language":    {func(p *shop.Product) { p.Names["xx"] = "?" }, shop.ErrLanguage, "names"},
		"broken picture":    {func(p *shop.Product) { p.Pictures = []string{"../secret"} }, shop.ErrBrokenPicture, "pictures"},
		"no variants":       {func(p *shop.Product) { p.Variants = nil }, shop.ErrVariantCount, "variants"},
		"same label":        {func(p *shop.Product) { p.Variants = append(p.Variants, p.Variants[0]) }, shop.ErrVariantTwice, "variants.1.labels"},
		"another's variant": {func(p *shop.Product) { p.Variants[0].ID = "other-1" }, shop.ErrNoVariant, "variants"},
		"state":             {func(p *shop.Product) { p.State = "free" }, shop.ErrProductState, "state"},
		"too many": {func(p *shop.Product) {
			for i := range 50 {
				p.Variants = append(p.Variants, shop.Variant{Labels: map[string]string{"en": fmt.Sprint(i)}, Price: p.Variants[0].Price})
			}
		}, shop.ErrVariantCount, "variants"},
	} {
		product := shop.Product{Account: account, State: shop.Active, Names: map[string]string{"en": "milk"},
			Variants: []shop.Variant{{Price: money.Of(100, "CNY")}}}
		test.spoil(&product)
		_, err := k.SaveProduct(t.Context(), product, nil)
		refused, ok := errors.AsType[*fault.Error](err)
		if !ok || !errors.Is(err, test.want) || refused.Field != test.field {
			t.Errorf("%s: %v, want %s in %s", name, err, test.want.Code, test.field)
		}
	}
	offers, _, err := k.Offers(t.Context(), account, "", 10, "")
	if err != nil || len(offers) != 0 {
		t.Errorf("on sale all the same: %+v, %v", offers, err)
	}
}

func TestTwoMembersDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 100, 5)
	product, err := k.Product(t.Context(), account, strings.Split(milk, "-")[0])
	if err != nil {
		t.Fatal(err)
	}
	product.Names["en"] = "fresh milk"
	if product, err = k.SaveProduct(t.Context(), product, nil); err != nil {
		t.Fatal(err)
	}
	product.Version--
	if _, err := k.SaveProduct(t.Context(), product, nil); !errors.Is(err, shop.ErrProductChanged) {
		t.Errorf("saving an old version: %v", err)
	}
	k.wantStock(milk, 5, 0, 0)
}

func TestCategoriesAreThoseOnSale(t *testing.T) {
	t.Parallel()
	k := open(t)
	for i, category := range []string{"Drinks", "", "Snacks", "Drinks", "Gone"} {
		state := shop.Active
		if category == "Gone" {
			state = shop.Archived
		}
		if _, err := k.SaveProduct(t.Context(), shop.Product{Account: account, State: state, Category: category,
			Position: int64(10 - i), Names: map[string]string{"en": fmt.Sprint(i)},
			Variants: []shop.Variant{{Price: money.Of(100, "CNY")}}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	categories, err := k.Categories(t.Context(), account)
	if err != nil || strings.Join(categories, ",") != "Drinks,Snacks" {
		t.Errorf("categories: %v, %v", categories, err)
	}
	drinks, _, err := k.Offers(t.Context(), account, "Drinks", 10, "")
	if err != nil || len(drinks) != 2 || drinks[0].Position != 7 {
		t.Errorf("drinks: %+v, %v", drinks, err)
	}
	all, next, err := k.Offers(t.Context(), account, "", 3, "")
	if err != nil || len(all) != 3 || next == "" {
		t.Fatalf("the first page: %d, %q, %v", len(all), next, err)
	}
	if rest, next, err := k.Offers(t.Context(), account, "", 3, next); err != nil || len(rest) != 1 || next != "" {
		t.Errorf("the second page: %d, %q, %v", len(rest), next, err)
	}
}
