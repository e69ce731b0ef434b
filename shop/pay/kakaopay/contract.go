package kakaopay

import (
	"context"
	"errors"
	"regexp"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
)

// The faults of what a member types in.
var (
	ErrCID       = fault.New(fault.Invalid, "kakaopay_cid", "A merchant code of KakaoPay has 10 capital letters and digits, such as TC0ONETIME.")
	ErrSecretKey = fault.New(fault.Invalid, "kakaopay_secret_key", "Please copy the secret key from the KakaoPay developers' page.")
	ErrCIDSecret = fault.New(fault.Invalid, "kakaopay_cid_secret", "The key of the merchant code has 24 small letters and digits. Leave it empty if you have none.")
)

// contract is an account's own access to KakaoPay.
type contract struct {
	CID             string `json:"cid"`
	SecretKey       string `json:"secret_key"`
	CIDSecret       string `json:"cid_secret"`
	SubscriptionCID string `json:"subscription_cid"`
	TaxFree         bool   `json:"tax_free"`
}

// Fields are what KakaoPay's pages give out.
func (k *KakaoPay) Fields() []message.Field {
	return []message.Field{
		{Name: "cid", Limit: 10},
		{Name: "secret_key", Secret: true, Limit: 100},
		{Name: "cid_secret", Secret: true, Optional: true, Limit: 24},
		{Name: "subscription_cid", Optional: true, Limit: 10},
		{Name: "tax_free", Kind: message.SwitchField, Optional: true},
	}
}

var (
	cidShape       = regexp.MustCompile(`^[A-Z0-9]{10}$`)
	cidSecretShape = regexp.MustCompile(`^[a-z0-9]{24}$`)
	secretKeyShape = regexp.MustCompile(`^[A-Za-z0-9_\-]{10,100}$`)
)

// Validate says what is wrong, field by field.
func (k *KakaoPay) Validate(sealed []byte) error {
	with, err := k.open(sealed)
	if err != nil {
		return err
	}
	return fault.All(
		fault.If(!cidShape.MatchString(with.CID), ErrCID.In("cid")),
		fault.If(!secretKeyShape.MatchString(with.SecretKey), ErrSecretKey.In("secret_key")),
		fault.If(with.CIDSecret != "" && !cidSecretShape.MatchString(with.CIDSecret), ErrCIDSecret.In("cid_secret")),
		fault.If(with.SubscriptionCID != "" && !cidShape.MatchString(with.SubscriptionCID), ErrCID.In("subscription_cid")),
	)
}

// Check asks for a payment that does not exist: KakaoPay refuses that only after
// it has taken the key.
func (k *KakaoPay) Check(ctx context.Context, _ string, sealed []byte) error {
	with, err := k.open(sealed)
	if err != nil {
		return err
	}
	var order orderAnswer
	err = k.call(ctx, with, "order", orderRequest{CID: with.CID, CIDSecret: with.CIDSecret, TID: "T0000000000000000000"}, &order)
	if errors.Is(err, ErrRefused) {
		return nil
	}
	return err
}

func (k *KakaoPay) open(sealed []byte) (contract, error) {
	return k.opened.Open(sealed, pay.DecodeContract[contract])
}

// cidOf is the merchant code that a payment was made under.
func (c contract) cidOf(charge pay.Charge) string {
	if charge.Recurring || charge.Mandate != "" {
		return c.SubscriptionCID
	}
	return c.CID
}

// taxFree is how much of an amount bears no tax.
func (c contract) taxFree(amount int64) int64 {
	if c.TaxFree {
		return amount
	}
	return 0
}
