package rest

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/account"
	"plaza/money"
	"plaza/shop/pay/ledger"
	"plaza/store"
)

// ledgerRoutes are about the ledger's transfers and their corrections.
func (s *surface) ledgerRoutes() {
	see, correct := needs{account.ReadShop}, needs{account.Refund}
	add(s, read("/books/transfers", "list-ledger-transfers", "List the transfers of the account's takings, or of the money put into balances", see), s.listLedger)
	add(s, read("/books/transfers/{transfer}", "get-ledger-transfer", "Get a transfer with all it changes", see), s.getLedgerTransfer)
	add(s, read("/books/corrections", "list-corrections", "List corrections, the latest asked for first", see), s.listCorrections)
	add(s, change(put, "/books/transfers/{transfer}/correction", "ask-for-correction", "Ask for a transfer to be undone by a new one", correct, "books.correction_asked"), s.askForCorrection)
	add(s, change(post, "/books/transfers/{transfer}/correction/decide", "decide-correction", "Agree to a correction that somebody else has asked for, or decline it", correct, "books.correction_decided"), s.decideCorrection)
}

// ledgerTransfer is a transfer with its legs, which add up to zero.
type ledgerTransfer struct {
	ID    string       `json:"id"`
	State ledger.State `json:"state"`
	Memo  string       `json:"memo,omitempty"`
	At    time.Time    `json:"at"`
	Legs  []ledgerLeg  `json:"legs"`
}

type ledgerLeg struct {
	Wallet string       `json:"wallet" doc:"A subscriber's id; @sales is the account's takings, @issue where money in balances comes from."`
	Amount money.Amount `json:"amount"`
}

func viewLedgerTransfer(of ledger.Transfer) ledgerTransfer {
	view := ledgerTransfer{ID: of.Key(), State: of.State, Memo: of.Memo, At: of.At, Legs: make([]ledgerLeg, len(of.Legs))}
	for i, leg := range of.Legs {
		view.Legs[i] = ledgerLeg{leg.Wallet, money.Of(leg.Amount, of.Currency)}
	}
	return view
}

type listLedgerInput struct {
	Paging
	Wallet string `query:"wallet" enum:"sales,issue" default:"sales" doc:"Whose transfers."`
}

func (s *surface) listLedger(ctx context.Context, who account.Access, in *listLedgerInput) (page[ledgerTransfer], error) {
	of, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
	if err != nil {
		return page[ledgerTransfer]{}, err
	}
	owner := ledger.Sales
	if in.Wallet == "issue" {
		owner = ledger.Issue
	}
	found, next, err := s.Ledger.History(ctx, who.Account, of.Currency, owner, in.Limit, in.at())
	views := page[ledgerTransfer]{Items: make([]ledgerTransfer, len(found)), Next: string(next)}
	for i, one := range found {
		views.Items[i] = viewLedgerTransfer(one)
	}
	return views, err
}

// OneTransfer names a transfer in a path.
type OneTransfer struct {
	Transfer string `path:"transfer" maxLength:"400"`
}

func (s *surface) getLedgerTransfer(ctx context.Context, who account.Access, in *OneTransfer) (ledgerTransfer, error) {
	found, err := s.Ledger.Find(ctx, who.Account, in.Transfer)
	if errors.Is(err, store.ErrNotFound) {
		return ledgerTransfer{}, ledger.ErrNoTransfer
	}
	if err != nil {
		return ledgerTransfer{}, err
	}
	return viewLedgerTransfer(found), nil
}

func (s *surface) listCorrections(ctx context.Context, who account.Access, in *Paging) (page[ledger.Correction], error) {
	return pageOf(s.Ledger.Corrections(ctx, who.Account, in.at(), in.Limit))
}

type correctionInput struct {
	OneTransfer
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (s *surface) askForCorrection(ctx context.Context, who account.Access, in *correctionInput) (ledger.Correction, error) {
	return s.Ledger.AskCorrection(ctx, who.Account, in.Transfer, who.Member, who.Actor.Name, in.Body.Reason)
}

type decideInput struct {
	OneTransfer
	Body struct {
		Agree bool `json:"agree"`
	}
}

// decideCorrection counts people, not tokens: two tokens of one person are not
// two people.
func (s *surface) decideCorrection(ctx context.Context, who account.Access, in *decideInput) (ledger.Correction, error) {
	seats, err := s.Accounts.Members.List(ctx, who.Account)
	if err != nil {
		return ledger.Correction{}, err
	}
	may := 0
	for _, seat := range seats {
		if slices.Contains(seat.Role.Permissions(), account.Refund) {
			may++
		}
	}
	return s.Ledger.DecideCorrection(ctx, who.Account, in.Transfer, who.Member, who.Actor.Name, in.Body.Agree, may <= 1)
}
