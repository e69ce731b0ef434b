// Package shop sells inside the chat and on the shop page: catalogue, stock,
// cart, coupons, orders. How money moves is the business of shop/pay.
//
// An order spans documents (its own, the stock of each variant, a coupon, a
// payment) and has no transaction to lean on. It is a state machine: each step
// changes one document under a condition and can be done again, the order says
// which steps are due, and Recover does those that a crash has left. See
// order.go for the states, progress.go for the steps.
package shop

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/digital"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/store"
)

// Storefront is what the shop has to know about an account.
type Storefront struct {
	Slug     string
	Name     string
	Names    map[string]string // by language, where it has one
	Currency string            // all prices of the account are in it
	Zone     *time.Location    // for the date in order numbers
}

// in is the shop's name in a language.
func (f Storefront) in(language string) string {
	if name := f.Names[language]; name != "" {
		return name
	}
	return f.Name
}

// Directory knows the accounts.
type Directory interface {
	Storefront(ctx context.Context, account string) (Storefront, error)
}

// Sender sends messages outside an answer. The same key twice sends once.
type Sender interface {
	Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error
}

// Log is told what happens.
type Log interface {
	Append(ctx context.Context, events ...live.Event) error
}

// Texts are the sentences in every language.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Balances knows what a subscriber has in the built-in wallet.
type Balances interface {
	Balance(ctx context.Context, person message.Person, currency string) (money.Amount, error)
}

// Links makes the addresses that people are sent to.
type Links struct {
	Base     string // public address of this Plaza, without a slash at the end
	Pictures string // path that picture ids are appended to; "/pictures/" if empty
}

// Shop is the address of a shop page.
func (l Links) Shop(slug string) string { return l.Base + "/shop/" + url.PathEscape(slug) }

// Product is the address of a product on the shop page.
func (l Links) Product(slug, product string) string {
	return l.Shop(slug) + "/p/" + url.PathEscape(product)
}

// Cart is the address of the reader's cart.
func (l Links) Cart(slug string) string { return l.Shop(slug) + "/cart" }

// Order is the address of an order on the shop page.
func (l Links) Order(slug, order string) string {
	return l.Shop(slug) + "/orders/" + url.PathEscape(order)
}

// Coupon is the shop page with a coupon pre-applied: what a campaign's QR code
// leads to.
func (l Links) Coupon(slug, code string) string {
	return l.Shop(slug) + "?coupon=" + url.QueryEscape(code)
}

// Wallet is the address of a subscriber's balance.
func (l Links) Wallet(slug string) string { return l.Base + "/wallet/" + url.PathEscape(slug) }

// Pay is the address of a payment.
func (l Links) Pay(tradeNo string) string { return l.Base + "/pay/" + url.PathEscape(tradeNo) }

// Prove is where the payer of a payment types their PIN.
func (l Links) Prove(tradeNo string) string { return l.Pay(tradeNo) + "/pin" }

// PayReturn is where a provider's page sends the buyer's browser back to.
func (l Links) PayReturn(tradeNo string) string { return l.Pay(tradeNo) + "/return" }

// Notify is where a payment provider posts its notifications.
func (l Links) Notify(provider, account string) string {
	return l.Base + "/webhooks/pay/" + url.PathEscape(provider) + "/" + url.PathEscape(account)
}

// Picture is the address of an uploaded picture; empty for none.
func (l Links) Picture(id string) string {
	if id == "" {
		return ""
	}
	return cmp.Or(l.Pictures, "/pictures/") + url.PathEscape(id)
}

// Dependencies of a Service. All are needed, but Expiry has a default.
type Dependencies struct {
	DB        *store.DB
	Directory Directory
	Sender    Sender
	Log       Log
	Texts     Texts
	Balances  Balances
	Digital   *digital.Goods
	// Payments takes the orders' money; New becomes the owner of pay.ForOrder.
	Payments *pay.Service
	Links    Links
	// Tags may be nil: then nobody has any.
	Tags Tags
	// Guests may be nil: then pages know everybody.
	Guests Guests
	// Identities may be nil: then everybody is one subscriber.
	Identities Identities
	Now        func() time.Time
	Logger     *slog.Logger
	Expiry     time.Duration // how long an order may stay unpaid; 15 minutes if zero
}

// Service is the shop of all accounts. Safe for concurrent use, on any number
// of nodes.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service {
	if dependencies.Expiry == 0 {
		dependencies.Expiry = 15 * time.Minute
	}
	dependencies.Links.Base = strings.TrimSuffix(dependencies.Links.Base, "/")
	s := &Service{Dependencies: dependencies}
	s.Payments.Own(pay.ForOrder, paymentOwner{s})
	return s
}

// Schemas are the collections of this package and those below it.
func Schemas() []*store.Schema {
	own := []*store.Schema{
		products.Schema(), stocks.Schema(), carts.Schema(), coupons.Schema(),
		orders.Schema(), checkouts.Schema(),
		shopSettings.Schema(),
		addressBooks.Schema(),
		appointments.Schema(),
		invoices.Schema(),
	}
	own = append(own, digital.Schemas()...)
	own = append(own, pay.Schemas()...)
	return append(own, ledger.Schemas()...)
}

// Recover finishes what crashes have left and expires what nobody has paid, of
// all accounts. Call it every second or so, on any number of nodes.
func (s *Service) Recover(ctx context.Context) error {
	_, err := s.recoverOrders(ctx)
	return errors.Join(err, s.recoverBookings(ctx))
}

// Run calls Recover every interval until ctx ends. Errors are logged: what
// failed is due again.
func (s *Service) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := s.Recover(ctx); err != nil && ctx.Err() == nil {
				s.Logger.ErrorContext(ctx, "shop: recover", "error", err)
			}
		}
	}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) in(d time.Duration) time.Time { return s.now().Add(d) }
