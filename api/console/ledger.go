package console

import (
	"errors"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/money"
	"plaza/shop/pay/ledger"
	"plaza/store"
	"plaza/templates"
)

// latestCorrections is how many corrections stand above the ledger.
const latestCorrections = 10

// showLedger lists the transfers of one of the account's own wallets, in its own
// currency.
func (s *Console) showLedger(c *gin.Context) error {
	base, err := s.base(c)
	if err != nil {
		return err
	}
	page := &templates.Ledger{Base: base}
	page.Tabs, page.Wallet = s.tabs(c, "wallet", "ledger.tab", "sales", "issue")
	owner, id, currency := ledger.Sales, accountID(c), web.At(c).Account.Currency
	if page.Wallet == "issue" {
		owner = ledger.Issue
	}
	if page.Balance, err = s.Ledger.Balance(c, id, currency, owner); err != nil {
		return err
	}
	found, next, err := s.Ledger.History(c, id, currency, owner, pageSize, after(c))
	if err != nil {
		return err
	}
	for _, transfer := range found {
		page.Rows = append(page.Rows, s.ledgerRow(c, transfer, transfer.Of(owner)))
	}
	page.Pager = pager(c, next)
	asked, _, err := s.Ledger.Corrections(c, id, "", latestCorrections)
	if err != nil {
		return err
	}
	for _, one := range asked {
		page.Corrections = append(page.Corrections, correctionRow(c, one))
	}
	check, err := s.Ledger.Checked(c, id)
	if err == nil {
		page.CheckedAt, page.Sound = instant(check.EndedAt), check.Problem == ""
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) ledgerRow(c *gin.Context, of ledger.Transfer, amount int64) templates.LedgerRow {
	kind, _, _ := strings.Cut(of.Key(), ":")
	row := templates.LedgerRow{URL: path(c, "books", "ledger", "t", of.Key()), Kind: kind, Memo: of.Memo, Amount: money.Of(amount, of.Currency), State: string(of.State), At: of.At}
	if !s.Surface.Renderer.Texts.Has("page.statement.movement." + kind) {
		row.Kind = "other"
	}
	if kind == "grant" {
		row.Memo = ""
	}
	return row
}

func correctionRow(c *gin.Context, of ledger.Correction) templates.CorrectionRow {
	return templates.CorrectionRow{URL: path(c, "books", "ledger", "t", of.Transfer), Reason: of.Reason, State: string(of.State), Asked: of.Asked.Name, At: of.Asked.At}
}

func (s *Console) ledgerTransfer(c *gin.Context) error {
	page, err := s.transferPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) transferPage(c *gin.Context) (*templates.LedgerTransfer, error) {
	key := c.Param("transfer")
	found, err := s.Ledger.Find(c, accountID(c), key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ledger.ErrNoTransfer
	}
	if err != nil {
		return nil, err
	}
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.LedgerTransfer{Base: base, LedgerRow: s.ledgerRow(c, found, 0), Path: path(c, "books", "ledger", "t", key), Key: key}
	for _, leg := range found.Legs {
		page.Legs = append(page.Legs, s.ledgerLeg(c, leg, found.Currency))
	}
	if page.Alone, err = s.correctsAlone(c); err != nil {
		return nil, err
	}
	may := web.At(c).Access.May(account.Refund)
	correction, err := s.Ledger.Correction(c, accountID(c), key)
	if errors.Is(err, ledger.ErrNoCorrection) {
		page.MayAsk = may && found.Correctable()
		return page, nil
	}
	row := correctionRow(c, correction)
	page.Correction = &row
	if correction.Decided != nil {
		page.Decided, page.DecidedAt = correction.Decided.Name, correction.Decided.At
	}
	if correction.Problem != "" {
		page.Problem = s.fault(c, correction.Problem, "", nil)
	}
	waits := correction.State == ledger.Asked
	page.MayAgree = may && (waits || correction.State == ledger.Agreed) && (page.Alone || correction.Asked.Member != memberID(c))
	page.MayDecline, page.WaitsFor = may && waits, waits && !page.Alone
	return page, err
}

// ledgerLeg names the wallet of a leg: the account's own, or a subscriber's.
func (s *Console) ledgerLeg(c *gin.Context, leg ledger.Leg, currency string) templates.LedgerLeg {
	line := templates.LedgerLeg{Amount: money.Of(leg.Amount, currency)}
	switch owner, set := strings.CutPrefix(leg.Wallet, "@held:"); {
	case leg.Wallet == ledger.Sales:
		line.Name = s.said(c, "ledger.tab.sales")
	case leg.Wallet == ledger.Issue:
		line.Name = s.said(c, "ledger.tab.issue")
	default:
		line.Name = s.riskName(c, owner)
		if set {
			line.Name = s.said(c, "ledger.held", line.Name)
		}
		if web.At(c).Access.May(account.ReadSubscribers) {
			line.URL = path(c, "subscribers", owner)
		}
	}
	return line
}

// correctsAlone says whether nobody but one member may correct: then there is no
// second person to ask.
func (s *Console) correctsAlone(c *gin.Context) (bool, error) {
	seats, err := s.accounts.Members.List(c, accountID(c))
	count := 0
	for _, seat := range seats {
		if slices.Contains(seat.Role.Permissions(), account.Refund) {
			count++
		}
	}
	return count <= 1, err
}

func (s *Console) askCorrection(c *gin.Context) error {
	key := c.Param("transfer")
	err := s.audited(c, "books.correction_asked", "transfer:"+key, func() error {
		_, err := s.Ledger.AskCorrection(c, accountID(c), key, memberID(c), web.At(c).Access.Actor.Name, field(c, "reason"))
		return err
	})
	if err == nil {
		return s.done(c, path(c, "books", "ledger", "t", key), "ledger.done.asked", nil)
	}
	page, shown := s.transferPage(c)
	if shown != nil {
		return shown
	}
	page.TypedReason = field(c, "reason")
	if err := s.refused(c, &page.Base, err, nil, "reason"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) decideCorrection(c *gin.Context) error {
	key, agree, said := c.Param("transfer"), field(c, "agree") == "yes", "ledger.done.declined"
	action := "books.correction_declined"
	if agree {
		action = "books.corrected"
	}
	alone, err := s.correctsAlone(c)
	if err != nil {
		return err
	}
	err = s.audited(c, action, "transfer:"+key, func() error {
		decided, err := s.Ledger.DecideCorrection(c, accountID(c), key, memberID(c), web.At(c).Access.Actor.Name, agree, alone)
		if err == nil && agree {
			said = "ledger.done." + string(decided.State)
		}
		return err
	})
	return s.done(c, path(c, "books", "ledger", "t", key), said, err)
}
