package alimtalk

import (
	"context"
	"errors"

	"plaza/fault"
	"plaza/store"
)

// Occasion is something to be said to a contact by the template of its use.
type Occasion struct {
	Use      Use
	Account  string
	To       string // the contact's id
	Language string
	Key      string // of the notice
	For      string // what Ended is to hear
	Words    map[Part]string
	// Once, if not empty, takes the place of Key for numbers: each is reached once
	// for it, whoever has it.
	Once  string
	Later bool
}

// ErrReached: the number has been reached for this already, as somebody else's.
var ErrReached = fault.New(fault.Conflict, "kakao_reached", "This number has been reached already.")

// Reach sends a notice if the account has chosen a template for its use, and
// the contact agrees to it; taken is false otherwise. Errors: ErrReached, and
// those of SendNotice.
func (s *Service) Reach(ctx context.Context, o Occasion) (sent Notice, taken bool, _ error) {
	plan, err := s.Plan(ctx, o.Account)
	if err != nil {
		return Notice{}, false, err
	}
	choice, ok := plan.Choices[o.Use]
	if !ok {
		return Notice{}, false, nil
	}
	contact, number, err := s.contact(ctx, o.Account, o.To)
	if errors.Is(err, ErrNoContact) || err == nil && !contact.Consent.allows(o.Use) {
		return Notice{}, false, nil
	}
	if err != nil {
		return Notice{}, false, err
	}
	if o.Words[AccountPart], err = s.AccountName(ctx, o.Account, o.Language); err != nil {
		return Notice{}, false, err
	}
	if o.Words[NamePart] == "" {
		o.Words[NamePart] = contact.Name
	}
	if o.Once != "" {
		o.Key = o.Once + contact.Hash
	}
	sent, err = s.SendNotice(ctx, o.Account, Dispatch{Key: o.Key, Template: choice.Template, Phone: number,
		Values: choice.values(o.Words), Use: o.Use, To: o.To, For: o.For, Later: o.Later})
	if err == nil && sent.For != o.For {
		err = ErrReached
	}
	return sent, err == nil, err
}

// allows says whether a number may be used for this. To prove that it is
// somebody's own it is used at their own request.
func (c Consent) allows(use Use) bool {
	switch use {
	case OrderUse, ReceiptUse:
		return c.Orders
	case NoticeUse:
		return c.Notices
	}
	return false
}

// Test sends a template to a number that whoever tries it has typed. Errors:
// those of SendNotice.
func (s *Service) Test(ctx context.Context, account, template, phone string, values map[string]string) (Notice, error) {
	return s.SendNotice(ctx, account, Dispatch{Key: "test-" + store.FreshID(ctx, "notice test"), Template: template, Phone: phone, Values: values})
}

// Refusal is what the dealer says of a notice that has failed.
func (n Notice) Refusal() *fault.Error {
	return fault.New(fault.Conflict, "kakao_dealer_says", "The dealer says: {0}", n.Reason)
}
