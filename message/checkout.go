package message

import "plaza/money"

// Invoice asks for money inside a messenger that carries payments through
// itself (Telegram).
type Invoice struct {
	Number      string // ours: what the messenger says it back by
	Title       string
	Description string
	Amount      money.Amount
	// Provider is the secret by which the messenger knows whose account the money
	// goes to.
	Provider string
}

// Checkout is a payment inside a messenger: just about to be made, so that we
// may still refuse, or made.
type Checkout struct {
	Number    string // the invoice's
	Amount    money.Amount
	Payer     string // who is at it, as the messenger names people
	Paid      bool
	Reference string // the messenger's name of a payment that was made
}
