package telegram

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
)

// Limits of an invoice (platform document: "Telegram Bot API",
// "createInvoiceLink", and "answerPreCheckoutQuery").
const (
	maxTitle       = 32  // characters
	maxAbout       = 255 // characters
	maxRefusal     = 200 // characters; Telegram publishes none, longer ones do not fit its dialogue
	maxInvoiceSize = 128 // bytes of what the invoice carries
)

// The faults of invoices.
var (
	ErrProviderToken = fault.New(fault.Invalid, "telegram_provider_token", "Telegram does not know this payment token. Copy it again from BotFather: Payments.").In("provider_token")
	ErrInvoiceAmount = fault.New(fault.Invalid, "telegram_invoice_amount", "Telegram takes amounts worth 1 to 10,000 US dollars.")
	ErrCurrency      = fault.New(fault.Invalid, "telegram_currency", "This way of paying does not take this currency.")
)

type (
	// checkout is Telegram's question before it charges ("PreCheckoutQuery").
	checkout struct {
		ID   string `json:"id"`
		From sender `json:"from"`
		paid
	}

	// payment tells that it has ("SuccessfulPayment").
	payment struct {
		paid
		Charge string `json:"telegram_payment_charge_id"`
	}

	paid struct {
		Currency string `json:"currency"`
		Total    int64  `json:"total_amount"` // in the currency's minor unit
		Number   string `json:"invoice_payload"`
	}
)

func (c *checkout) asked() *message.Checkout {
	return &message.Checkout{Number: short(c.Number), Amount: money.Of(c.Total, c.Currency), Payer: strconv.FormatInt(c.From.ID, 10)}
}

func (p *payment) made() *message.Checkout {
	return &message.Checkout{Number: short(p.Number), Amount: money.Of(p.Total, p.Currency), Paid: true, Reference: short(p.Charge)}
}

// Invoice makes a link that opens an invoice inside Telegram. Anybody who has
// the link can ask to pay; Checkout says whether they may.
func (c *Channel) Invoice(ctx context.Context, credentials []byte, invoice message.Invoice) (link string, err error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return "", err
	}
	title, _ := message.Cut(invoice.Title, maxTitle, message.Characters)
	about, _ := message.Cut(invoice.Description, maxAbout, message.Characters)
	if about == "" {
		about = title
	}
	if len(invoice.Number) > maxInvoiceSize {
		return "", errors.New("telegram: the number of an invoice is too long")
	}
	err = c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) (err error) {
		link, err = bot.CreateInvoiceLink(ctx, &tg.CreateInvoiceLinkParams{
			Title: title, Description: about, Payload: invoice.Number, ProviderToken: invoice.Provider, Currency: invoice.Amount.Currency,
			Prices: []models.LabeledPrice{{Label: title, Amount: int(invoice.Amount.Minor)}},
		})
		return err
	})
	refused, ok := errors.AsType[*Error](err)
	switch {
	case ok && refused.Code == http.StatusBadRequest && refused.says("payment_provider_invalid"):
		return "", ErrProviderToken.Because(refused)
	case ok && refused.Code == http.StatusBadRequest && refused.says("currency_total_amount_invalid"):
		return "", ErrInvoiceAmount.Because(refused)
	case ok && refused.Code == http.StatusBadRequest && refused.says("currency_invalid"):
		return "", ErrCurrency.Because(refused)
	case err != nil:
		return "", asFault(err)
	}
	return link, nil
}

// Checkout answers the question whether a payment may be made, in the response
// to the call that asked: Telegram waits for ten seconds.
func (c *Channel) Checkout(received message.Received, refusal string) (message.Response, error) {
	to, _ := received.Context.(heard)
	refusal, _ = message.Cut(refusal, maxRefusal, message.Characters)
	encoded, err := encodeJSON(checkoutAnswer{Method: "answerPreCheckoutQuery", ID: to.checkout, OK: refusal == "", Refusal: refusal})
	return message.Response{Status: http.StatusOK, ContentType: "application/json", Body: encoded}, err
}

type checkoutAnswer struct {
	Method  string `json:"method"`
	ID      string `json:"pre_checkout_query_id"`
	OK      bool   `json:"ok"`
	Refusal string `json:"error_message,omitempty"`
}
