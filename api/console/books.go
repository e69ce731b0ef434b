package console

import (
	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/reconcile"
	"plaza/store"
	"plaza/templates"
)

// booksRoutes are about the account's books. Who may give money back may also
// say that a difference is in order.
func (s *Console) booksRoutes() []route {
	const read, settle = account.ReadShop, account.Refund
	return []route{
		get("/books", s.books, read),
		get("/books.csv", s.exportBooks, read),
		get("/books/days", s.booksDays, read),
		post("/books/days/:provider/:day/again", s.compareAgain, settle),
		get("/books/ledger", s.showLedger, read),
		get("/books/ledger/t/:transfer", s.ledgerTransfer, read),
		post("/books/ledger/t/:transfer/correct", s.askCorrection, settle),
		post("/books/ledger/t/:transfer/decide", s.decideCorrection, settle),
		get("/books/statement", s.statement, read),
		get("/subscribers/:subscriber/statement", s.subscriberStatement, account.ReadSubscribers),
		get("/books/d/:difference", s.difference, read),
		post("/books/d/:difference/ask", s.askAbout, settle),
		post("/books/d/:difference/settle", s.settleDifference, settle),
	}
}

// differing counts what the books and the bills do not agree on, up to a
// hundred.
func (s *Console) differing(c *gin.Context) (int, error) {
	if !web.At(c).Access.May(account.ReadShop) {
		return 0, nil
	}
	return s.Books.OpenCount(c, accountID(c), 100)
}

// latestRuns is how many days the list of differences shows beside them.
const latestRuns = 5

func (s *Console) books(c *gin.Context) error {
	base, err := s.base(c, "books")
	if err != nil {
		return err
	}
	page := &templates.Books{Base: base}
	var filter reconcile.Filter
	page.Tabs, page.State, filter = s.booksFilter(c)
	page.Tabs[0].Count = base.Member.Differing
	for _, kind := range reconcile.Kinds() {
		page.Kinds = append(page.Kinds, templates.Option{Value: string(kind), Label: s.word(c, "books.kind", string(kind)), Chosen: kind == filter.Kind})
	}
	found, next, err := s.Books.Differences(c, accountID(c), filter, after(c), pageSize)
	if err != nil {
		return err
	}
	for _, one := range found {
		page.Rows = append(page.Rows, differenceRow(c, one))
	}
	page.Pager, page.ExportURL = pager(c, next), path(c, "books.csv")
	if query := c.Request.URL.RawQuery; query != "" {
		page.ExportURL += "?" + query
	}
	runs, _, err := s.Books.Runs(c, accountID(c), "", latestRuns)
	for _, run := range runs {
		page.Runs = append(page.Runs, s.booksRun(c, run))
	}
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// booksFilter is what the request wants to see.
func (s *Console) booksFilter(c *gin.Context) (tabs []templates.Tab, state string, filter reconcile.Filter) {
	tabs, state = s.tabs(c, "state", "books.tab", "open", "resolved", "by_hand", "all")
	if state != "all" {
		filter = reconcile.Filter{State: reconcile.State(state), Kind: reconcile.Kind(c.Query("kind"))}
	}
	return tabs, state, filter
}

func differenceRow(c *gin.Context, of reconcile.Difference) templates.BooksRow {
	return templates.BooksRow{URL: path(c, "books", "d", of.Name()), Provider: of.Provider, Number: of.TradeNo, Refund: of.RefundNo, Day: of.Day,
		Kind: string(of.Kind), State: string(of.State), Ours: of.Ours, Theirs: of.Theirs, At: of.At}
}

func (s *Console) booksRun(c *gin.Context, run reconcile.Run) templates.BooksRun {
	row := templates.BooksRun{Provider: run.Provider, Day: run.Day, State: string(run.State), Lines: run.Lines, Matched: run.Matched,
		Settled: run.Settled, Foreign: run.Foreign, Differs: run.Differs(), EndedAt: instant(run.EndedAt)}
	if run.Problem != "" {
		row.Problem = s.fault(c, run.Problem, "", nil)
	}
	for _, currency := range money.Currencies() {
		if sums, ok := run.Sums[currency]; ok {
			row.Sums = append(row.Sums, templates.BooksSum{Taken: money.Of(sums.Taken, currency), Given: money.Of(sums.Given, currency), Fees: money.Of(sums.Fees, currency)})
		}
	}
	if run.State != reconcile.Running && web.At(c).Access.May(account.Refund) {
		row.Again = path(c, "books", "days", run.Provider, run.Day, "again")
	}
	return row
}

func (s *Console) booksDays(c *gin.Context) error {
	base, err := s.base(c, "books")
	if err != nil {
		return err
	}
	page := &templates.BooksRuns{Base: base}
	found, next, err := s.Books.Runs(c, accountID(c), after(c), pageSize)
	if err != nil {
		return err
	}
	for _, run := range found {
		page.Rows = append(page.Rows, s.booksRun(c, run))
	}
	page.Pager = pager(c, next)
	return s.Surface.Draw(c, page)
}

func (s *Console) compareAgain(c *gin.Context) error {
	provider, day := c.Param("provider"), c.Param("day")
	err := s.audited(c, "books.compared_again", "bill:"+provider+":"+day, func() error {
		return s.Books.Again(c, accountID(c), provider, day)
	})
	return s.done(c, path(c, "books", "days"), "books.done.again", err)
}

func (s *Console) difference(c *gin.Context) error {
	page, err := s.differencePage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) differencePage(c *gin.Context) (*templates.BooksDifference, error) {
	found, err := s.Books.Difference(c, accountID(c), c.Param("difference"))
	if err != nil {
		return nil, err
	}
	base, err := s.base(c, "books")
	if err != nil {
		return nil, err
	}
	may, what := web.At(c).Access.May(account.Refund), "payment"
	page := &templates.BooksDifference{Base: base, BooksRow: differenceRow(c, found), Path: path(c, "books", "d", found.Name()),
		OurState: found.OurState, TheirNumber: found.ProviderRef, FoundAt: found.FoundAt, SettledAt: instant(found.SettledAt), SettledBy: found.SettledBy,
		Note: found.Note, MayAsk: may && found.Askable(), MaySettle: may && found.State == reconcile.Open}
	if found.RefundNo != "" {
		what, page.OurState = "refund", ""
		if found.OurState != "" {
			page.OurState = refundState(pay.RefundStatus(found.OurState))
		}
	}
	kind := string(found.Kind)
	page.Explanation = s.said(c, "books.explain."+kind+"."+what, s.word(c, "provider", found.Provider), found.Theirs, found.Ours)
	page.Advice = s.said(c, "books.advice."+kind)
	return page, nil
}

// askAbout asks the provider once more.
func (s *Console) askAbout(c *gin.Context) error {
	name, said := c.Param("difference"), "books.done.still"
	err := s.audited(c, "books.asked", "difference:"+name, func() error {
		asked, err := s.Books.Ask(c, accountID(c), name)
		if err == nil && asked.State != reconcile.Open {
			said = "books.done.agreed"
		}
		return err
	})
	return s.done(c, path(c, "books", "d", name), said, err)
}

// settleDifference takes a member's word that a difference is in order.
func (s *Console) settleDifference(c *gin.Context) error {
	name := c.Param("difference")
	err := s.audited(c, "books.settled", "difference:"+name, func() error {
		_, err := s.Books.Settle(c, accountID(c), name, web.At(c).Access.Actor.Name, field(c, "note"))
		return err
	})
	if err == nil {
		return s.done(c, path(c, "books"), "books.done.settled", nil)
	}
	page, shown := s.differencePage(c)
	if shown != nil {
		return shown
	}
	page.Note = field(c, "note")
	if err := s.refused(c, &page.Base, err, nil, "note"); err != nil {
		return err
	}
	return s.again(c, page)
}

// exportBooks streams the differences of a list as CSV, page by page.
func (s *Console) exportBooks(c *gin.Context) error {
	if err := s.audited(c, "books.exported", "", func() error { return nil }); err != nil {
		return err
	}
	_, _, filter := s.booksFilter(c)
	out, err := download(c, "differences", "day", "provider", "kind", "state", "number", "refund", "provider_number",
		"ours", "theirs", "currency", "our_state", "moved_at", "found_at", "settled_at", "settled_by", "note")
	if err != nil {
		return err
	}
	for next, more := store.Cursor(""), true; more; more = next != "" {
		found, following, err := s.Books.Differences(c, accountID(c), filter, next, store.DefaultPage)
		if err != nil {
			return err
		}
		for _, one := range found {
			if err := out.Write(differenceRecord(one)); err != nil {
				return err
			}
		}
		next = following
	}
	out.Flush()
	return out.Error()
}

// differenceRecord is a difference as a line of CSV; a side that does not know
// of it has no amount.
func differenceRecord(of reconcile.Difference) []string {
	ours, theirs, currency := "", "", of.Theirs.Currency
	if of.Ours.Currency != "" {
		ours, currency = of.Ours.Decimal(), of.Ours.Currency
	}
	if of.Theirs.Currency != "" {
		theirs = of.Theirs.Decimal()
	}
	return []string{of.Day, of.Provider, string(of.Kind), string(of.State), inert(of.TradeNo), inert(of.RefundNo), inert(of.ProviderRef),
		ours, theirs, currency, of.OurState, stamp(of.At), stamp(of.FoundAt), stamp(instant(of.SettledAt)), inert(of.SettledBy), inert(of.Note)}
}
