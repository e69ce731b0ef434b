package telegrampay

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
)

// ErrToken: what was typed is no payment token.
var ErrToken = fault.New(fault.Invalid, "telegrampay_token", "A payment token looks like 123456789:LIVE:… or 123456789:TEST:…, as BotFather shows it.")

// contract is an account's way to its payment company.
type contract struct {
	ProviderToken string `json:"provider_token"`
}

// Fields are what BotFather gives out when a payment company is joined to the bot.
func (*TelegramPay) Fields() []message.Field {
	return []message.Field{{Name: "provider_token", Secret: true, Limit: 160}}
}

var tokenShape = regexp.MustCompile(`^[0-9]{6,12}:(TEST|LIVE):[A-Za-z0-9_:\-]{1,128}$`)

// Validate says what is wrong, without asking Telegram.
func (t *TelegramPay) Validate(sealed []byte) error {
	with, err := t.open(sealed)
	if err == nil && !tokenShape.MatchString(with.ProviderToken) {
		err = ErrToken.In("provider_token")
	}
	return err
}

// Check makes an invoice that nobody gets. That the company takes no US dollars
// is no problem of the token's.
func (t *TelegramPay) Check(ctx context.Context, account string, sealed []byte) error {
	with, err := t.open(sealed)
	if err != nil {
		return err
	}
	_, err = t.messenger.Invoice(ctx, account, "telegram", message.Invoice{Number: "check", Title: "Check", Description: "Check",
		Amount: money.Of(200, "USD"), Provider: with.ProviderToken})
	if refused, ok := errors.AsType[*fault.Error](err); ok && refused.Code == "telegram_currency" {
		return nil
	}
	return err
}

// currencies are Telegram's (platform document: "Bot Payments API", "Supported
// currencies"), as far as it counts them in the minor units of ISO 4217.
const currencies = " AED AFN ALL AMD ARS AUD AZN BAM BDT BGN BND BOB BRL CAD CHF CNY COP CRC CZK DKK DOP DZD EGP ETB EUR GBP GEL " +
	"GTQ HKD HNL HUF IDR ILS INR JMD JPY KES KGS KRW KZT LBP LKR MAD MDL MNT MUR MVR MXN MYR MZN NGN NIO NOK NPL NZD PAB PEN PHP " +
	"PKR PLN QAR RON RSD SAR SEK SGD THB TJS TRY TTD TWD TZS UAH USD UYU UZS YER ZAR "

// Takes says whether Telegram has the currency. Which of them the merchant's
// payment company takes, it says at the first invoice.
func (*TelegramPay) Takes(currency string) bool {
	return len(currency) == 3 && strings.Contains(currencies, " "+currency+" ")
}

func (t *TelegramPay) open(sealed []byte) (contract, error) {
	return t.opened.Open(sealed, pay.DecodeContract[contract])
}
