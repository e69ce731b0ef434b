package telegramtest

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"time"

	"github.com/go-telegram/bot/models"

	"plaza/money"
)

// Invoice is one that a link was made for.
type Invoice struct {
	Link, Title, Description string
	Amount                   money.Amount
	payload                  string
	paid                     int
}

// Checkout is a payer's attempt at an invoice.
type Checkout struct {
	Paid    bool
	Refusal string // in the bot's words, which the payer reads
	Charge  string // Telegram's name of the payment
	Told    Reply  // what the webhook answered when it was told of the money
}

// Faults are what can go wrong between the question and the news of the money.
type Faults struct {
	Untold bool         // the news does not come (yet): post it with Tell
	Twice  bool         // it comes twice
	Other  money.Amount // what is said to have been paid, if not the invoice's amount
}

// amounts are about 1 to 10,000 US dollars in minor units. The platform keeps
// exact ones, which follow exchange rates, in
// https://core.telegram.org/bots/payments/currencies.json; a currency that is
// missing here is refused.
var amounts = map[string][2]int64{
	"USD": {100, 1_000_000}, "EUR": {87, 870_000}, "CNY": {710, 7_100_000}, "KRW": {1_450, 14_500_000}, "JPY": {155, 1_550_000},
	"HKD": {780, 7_800_000}, "TWD": {3_200, 32_000_000}, "GBP": {76, 760_000},
}

func (p *Platform) createInvoiceLink(args *arguments) (any, *refusal) {
	var prices []models.LabeledPrice
	if no := args.strict("prices", &prices); no != nil {
		return nil, no
	}
	total := int64(0)
	for _, price := range prices {
		if price.Label == "" {
			return nil, bad("invoice price label can't be empty")
		}
		total += int64(price.Amount)
	}
	values := args.values
	bounds, known := amounts[values["currency"]]
	switch title, about := []rune(values["title"]), []rune(values["description"]); {
	case len(title) < 1 || len(title) > 32:
		return nil, bad("invoice title is invalid")
	case len(about) < 1 || len(about) > 255:
		return nil, bad("invoice description is invalid")
	case len(values["payload"]) < 1 || len(values["payload"]) > 128:
		return nil, bad("invoice payload is invalid")
	case values["provider_token"] == "" || values["provider_token"] != p.o.PaymentToken:
		return nil, bad("PAYMENT_PROVIDER_INVALID")
	case !known:
		return nil, bad("CURRENCY_INVALID")
	case total < bounds[0] || total > bounds[1]:
		return nil, bad("CURRENCY_TOTAL_AMOUNT_INVALID")
	}
	p.serial++
	slug := "$" + strconv.Itoa(p.serial) + "QmNkZ"
	p.invoices[slug] = &Invoice{Link: "https://t.me/" + slug, Title: values["title"], Description: values["description"],
		Amount: money.Of(total, values["currency"]), payload: values["payload"]}
	return p.invoices[slug].Link, nil
}

// Invoice finds the invoice behind a link.
func (p *Platform) Invoice(link string) (Invoice, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.invoices[path.Base(link)]
	if !ok {
		return Invoice{}, false
	}
	return *found, true
}

// Errors of paying.
var (
	ErrNoInvoice = errors.New("telegramtest: there is no such invoice")
	ErrNoAnswer  = errors.New("telegramtest: the bot did not answer within ten seconds whether this may be paid")
)

// verdict is the bot's answer to the question before the charge.
type verdict struct {
	given   bool
	ok      bool
	refusal string
}

func (p *Platform) answerPreCheckoutQuery(args *arguments) (any, *refusal) {
	id := args.values["pre_checkout_query_id"]
	waiting, ok := p.verdicts[id]
	if !ok || waiting.given {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	yes := args.values["ok"] == "true"
	if !yes && args.values["error_message"] == "" {
		return nil, bad("error_message is required when ok is false")
	}
	p.verdicts[id] = verdict{true, yes, args.values["error_message"]}
	return true, nil
}

// Pay has somebody pay an invoice: the bot is asked, then they are charged, then
// the bot is told.
func (p *Platform) Pay(ctx context.Context, user int64, link string, faults Faults) (Checkout, error) {
	p.Open(user)
	p.mu.Lock()
	invoice, ok := p.invoices[path.Base(link)]
	if !ok {
		p.mu.Unlock()
		return Checkout{}, ErrNoInvoice
	}
	p.serial++
	id, from := fmt.Sprintf("20238%d", p.serial), p.person(user).user
	p.verdicts[id] = verdict{}
	p.mu.Unlock()
	asking, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := p.Post(asking, user, models.Update{PreCheckoutQuery: &models.PreCheckoutQuery{ID: id, From: &from,
		Currency: invoice.Amount.Currency, TotalAmount: int(invoice.Amount.Minor), InvoicePayload: invoice.payload}})
	if err != nil {
		return Checkout{}, err
	}
	p.mu.Lock()
	said := p.verdicts[id]
	delete(p.verdicts, id)
	p.serial++
	charge := fmt.Sprintf("tch_%d", p.serial)
	p.mu.Unlock()
	switch {
	case !said.given:
		return Checkout{}, ErrNoAnswer
	case !said.ok:
		return Checkout{Refusal: said.refusal}, nil
	}
	p.mu.Lock()
	invoice.paid++
	p.mu.Unlock()
	done := Checkout{Paid: true, Charge: charge}
	if faults.Untold {
		return done, nil
	}
	if done.Told, err = p.Tell(ctx, user, link, charge, faults.Other); err == nil && faults.Twice {
		done.Told, err = p.Tell(ctx, user, link, charge, faults.Other)
	}
	return done, err
}

// Tell posts the news of money that came for an invoice, perhaps of another
// amount than the invoice's.
func (p *Platform) Tell(ctx context.Context, user int64, link, charge string, other money.Amount) (Reply, error) {
	found, ok := p.Invoice(link)
	if !ok {
		return Reply{}, ErrNoInvoice
	}
	amount := found.Amount
	if other != (money.Amount{}) {
		amount = other
	}
	return p.Send(ctx, user, models.Message{SuccessfulPayment: &models.SuccessfulPayment{Currency: amount.Currency, TotalAmount: int(amount.Minor),
		InvoicePayload: found.payload, TelegramPaymentChargeID: charge, ProviderPaymentChargeID: "p" + charge}})
}
