package templates

import (
	"time"

	"plaza/message"
	"plaza/money"
)

// AccountPage is an account's page for everybody.
//
//	GET  /a/{slug}
//	POST /language            language, next      (every public page)
type AccountPage struct {
	Base
	ChatURL   string // what the QR code leads to, absolute
	ChatPath  string
	ShopPath  string // empty: no shop
	FeedPath  string // Atom feed of the notices; empty: none
	Followers int    // shown from 10 on
	Channels  []ChannelRow
	Products  []ProductCard
	Notices   []NoticeCard
}

// ProductCard is a product to look at.
type ProductCard struct {
	URL     string
	Name    string
	Text    string
	Picture string
	Price   money.Amount
	From    bool // there are dearer variants
	SoldOut bool
}

// NoticeCard is a published notice.
type NoticeCard struct {
	URL, Title, Text string
	At               time.Time
	Urgent           bool
}

// Chat is the web chat. Live topic: chat:{subscriber}.
//
//	GET  /chat/{slug}?before=&embed= before: cursor of earlier messages; embed: the origin of the page around it
//	POST /chat/{slug}/say            id (chosen by the page, repeat-safe), text | payload with the button's label as text
//	POST /chat/{slug}/follow, /chat/{slug}/unfollow
//	POST /chat/{slug}/read           up_to (message id), state: "delivered" of a page that nobody looks at
//	POST /chat/{slug}/profile        name, language
//	POST /chat/{slug}/say            id, entry (of the menu)
//	GET  /chat/{slug}/menu/{entry}   leads to where a link of the menu leads
//
// With Accept: application/json, say answers 200 with {"id"} and the answer
// comes over the live line; else it redirects back to the page. The events
// message.received and message.sent carry {"message": {id, at, in | out}}, a
// message as JSON; say's id is the end of in.key, so that the page knows its own
// message again.
type Chat struct {
	Base
	Path     string        // /chat/{slug}
	Messages []ChatMessage // oldest first
	Earlier  string        // URL of the page with those before; empty: none
	Unread   string        // id of the first unread message; empty: none
	Unseen   int           // messages among these that the person has not read
	Origins  []string      // sites that may show the chat in a frame
	Followed bool
	Name     string
	Quick    []message.Button // above the composer; none where there is a Menu
	Menu     []MenuEntry      // at the foot
	ShopPath string
	// SayID makes the form without script repeat-safe.
	SayID string
	App   *ChatApp // nil: it can't be installed
}

// MenuEntry is an entry of the chat's menu. One with entries opens them; one
// with a URL is a link, any other is said.
type MenuEntry struct {
	ID, Name, URL string
	Entries       []MenuEntry
}

// SignInQuestion asks whether another page may know who somebody is here.
//
//	GET /compat/wechat/connect/oauth2/authorize
type SignInQuestion struct {
	Base
	Host     string // that asks
	AllowURL string // leads there, with the answer
	BackURL  string // the account's page
}

// Shop is the catalogue for everybody.
//
//	GET  /shop/{slug}?category=&cursor=&coupon=
type Shop struct {
	Base
	Nav        ShopNav
	PlansPath  string // empty: no plans are offered
	Categories []Tab
	Products   []ProductCard
	Pager      Pager
}

// ShopNav is what the shop's pages share.
type ShopNav struct {
	ChatPath   string
	ShopPath   string
	CartPath   string
	OrdersPath string
	WalletPath string
	InCart     int
	Coupon     string // that applies, in words; empty: none
}

// Product is one product of the shop.
//
//	GET  /shop/{slug}/p/{product}
//	POST /shop/{slug}/cart       variant, quantity, [then: "cart" or empty]
type Product struct {
	Base
	Nav      ShopNav
	Name     string
	Text     string
	Pictures []Picture
	Variants []VariantChoice
	Times    *TimeChoice // nil: nothing is booked
	Endless  bool        // nobody needs to know how many are left
	SoldOut  bool
}

// VariantChoice is a variant to choose.
type VariantChoice struct {
	ID, Label string
	Price     money.Amount
	Left      int // 0: sold out
	Chosen    bool
}

// Cart is what the subscriber is about to buy, with the way to order it.
//
//	GET  /shop/{slug}/cart
//	POST /shop/{slug}/cart/{variant}     quantity (0 removes)
//	POST /shop/{slug}/coupon             coupon
//	POST /shop/{slug}/checkout           key, note, name, phone, address
//
// Checkout leads on to /pay/{payment}.
type Cart struct {
	Base
	Nav                        ShopNav
	Lines                      []ItemLine
	Goods, Discount, Total     money.Amount
	Shipping                   money.Amount
	Way                        string // of delivery, that is chosen
	Taxes                      []TaxLine
	Delivery                   CartDelivery
	Coupon                     string // typed or applied
	Automatic                  string // a coupon that applies by itself; empty: none
	Key                        string // makes ordering twice harmless
	Name, Phone, Address, Note string
}

// Pay is where an order is paid. Live topic: chat:{subscriber}.
//
//	GET  /pay/{payment}
//	POST /pay/{payment}          provider, key
//	POST /pay/{payment}/cancel
//	POST /pay/{payment}/test-money
type Pay struct {
	Base
	Nav    ShopNav
	Path   string
	State  string // "pending", "paid", "trial", "begun", "failed", "closed", "refunded"
	About  string // what is paid, in a line: the order with its number
	Bought Bought
	Total  money.Amount
	// Providers to choose from; Value is the provider, Hint e.g. the balance.
	Providers []Option
	// NotOffered says why a way in another currency is missing; empty: none is.
	NotOffered string
	Enough     bool // something that is offered can pay it
	Short      bool // the balance is offered, and too small
	TopUpPath  string
	// MayTestMoney offers test money: in the demo, when the balance is short.
	MayTestMoney bool
	Problem      string // why it failed, as a sentence
	Until        time.Time
	Key          string
	// BackPath is where the payer sees what they pay, and BackText what the link
	// there says; empty: nowhere. CancelText calls it off, after asking CancelAsk.
	BackPath, BackText    string
	CancelText, CancelAsk string
	// Onward: it goes on there, so the link comes first.
	Onward bool
	// What the chosen provider needs the buyer to do, if anything: scan a code,
	// open an address, or let the page call the app that it is open in.
	// Invoke are the parameters for that, as JSON.
	Scan, Open, Invoke string
	Go                 bool // open the address at once
	// Guest: it is not known who has the page open. It is looked at again Every so
	// many seconds; Paid is the receipt.
	Guest bool
	Every int
	Paid  *PaidLine
}

// PaidLine says how something was paid.
type PaidLine struct {
	Number, Method, Reference string
	At                        time.Time
}

// MyOrders are the subscriber's own orders, one of them open.
//
//	GET  /shop/{slug}/orders?cursor=
//	GET  /shop/{slug}/orders/{id}
//	POST /shop/{slug}/orders/{id}/cancel
type MyOrders struct {
	Base
	MandatesPath string
	Nav          ShopNav
	Rows         []OrderLine
	Pager        Pager
	Open         *MyOrder
	// Offers are messengers to sign in with; SignedIn is the one that the person
	// is signed in with, and SignOutPath ends that.
	Offers      []SignInOffer
	SignedIn    string
	SignOutPath string
}

// MyOrder is an order as its buyer sees it.
type MyOrder struct {
	Line      OrderLine
	Path      string
	Bought    Bought
	WayNote   string   // of the way of delivery
	PickedUp  bool     // at the shop
	To        []string // where it is delivered to
	Carrier   string
	Tracking  string
	Given     []GivenLine
	Bookings  []MyBooking
	Invoice   *InvoiceForm // nil: there is nothing to ask for
	PayPath   string       // where to pay; empty: not to be paid
	SplitPath string       // where to split it among friends; empty: it can't be
	MayCancel bool
	History   []HistoryLine
}

// SignInOffer is a messenger that somebody may sign in with.
type SignInOffer struct{ Channel, URL string }

// SignInPage asks somebody who they are, before a page that is theirs alone.
//
//	GET  /pay/{payment}
//	GET  /asked/{ask}
type SignInPage struct {
	Base
	Offers  []SignInOffer // none: the messenger signs them in by itself
	BackURL string        // the account's page
}

// MyChannels shows a visitor of the web chat on which messengers else they are
// known.
//
//	GET  /chat/{slug}/linked
//	GET  /chat/{slug}/linked/{channel}?ask=    leads to the messenger
//	POST /chat/{slug}/unlink
type MyChannels struct {
	Base
	Path     string
	ChatPath string
	Linked   []MyChannel
	Offers   []SignInOffer
}

// MyChannel is another channel of the same person.
type MyChannel struct {
	Channel string
	Since   time.Time
}

// NoticePage is a published notice.
//
//	GET  /n/{notice}
type NoticePage struct {
	Base
	NoticeTitle string
	Body        string // plain text; empty lines separate paragraphs
	At          time.Time
	Urgent      bool
	Approver    string
	ChatPath    string
	MorePath    string // the account's page
}

// ErrorPage says what went wrong in one sentence.
type ErrorPage struct {
	Base
	Status  int
	Text    string
	ID      string // of the log line, for our own mistakes; else empty
	BackURL string // empty: no way back is offered
}
