package rest

import (
	"context"

	"plaza/account"
	"plaza/shop/pay/reconcile"
)

// booksRoutes are about the account's books.
func (s *surface) booksRoutes() {
	see, settle := needs{account.ReadShop}, needs{account.Refund}
	add(s, read("/books/differences", "list-book-differences", "List what providers' bills and the books do not agree on, the latest found first", see), s.listDifferences)
	add(s, read("/books/differences/{difference}", "get-book-difference", "Get a difference", see), s.getDifference)
	add(s, change(post, "/books/differences/{difference}/ask", "ask-about-difference", "Ask the provider once more, and settle what it says", settle, "books.asked"), s.askAboutDifference)
	add(s, change(post, "/books/differences/{difference}/settle", "settle-difference", "Say that a difference is in order, and why", settle, "books.settled"), s.settleDifference)
	add(s, read("/books/days", "list-compared-days", "List the days whose bills were compared, the latest first", see), s.listComparedDays)
	add(s, read("/books/statement", "get-statement", "Get what a month has brought the account", see), s.getStatement)
	add(s, read("/subscribers/{subscriber}/wallet/statement", "get-wallet-statement", "Get what a month has done to a subscriber's balance", see), s.getWalletStatement)
	do(s, change(post, "/books/days/{provider}/{day}/again", "compare-day-again", "Compare a day's bill once more, soon", settle, "books.compared_again"), s.compareDayAgain)
}

// difference is one with its name, which stands in addresses.
type difference struct {
	ID string `json:"id" doc:"Provider, number and, of a refund, its number."`
	reconcile.Difference
}

func viewDifference(of reconcile.Difference, err error) (difference, error) {
	return difference{of.Name(), of}, err
}

type listDifferencesInput struct {
	Paging
	State reconcile.State `query:"state" enum:"open,resolved,by_hand" doc:"Only those in this state."`
	Kind  reconcile.Kind  `query:"kind" enum:"missing_here,missing_there,amount,state" doc:"Only of this kind; together with a state."`
}

func (s *surface) listDifferences(ctx context.Context, who account.Access, in *listDifferencesInput) (page[difference], error) {
	found, err := pageOf(s.Books.Differences(ctx, who.Account, reconcile.Filter{State: in.State, Kind: in.Kind}, in.at(), in.Limit))
	views := page[difference]{Items: make([]difference, len(found.Items)), Next: found.Next}
	for i, one := range found.Items {
		views.Items[i] = difference{one.Name(), one}
	}
	return views, err
}

// OneDifference names one in a path.
type OneDifference struct {
	Difference string `path:"difference" maxLength:"140"`
}

func (s *surface) getDifference(ctx context.Context, who account.Access, in *OneDifference) (difference, error) {
	return viewDifference(s.Books.Difference(ctx, who.Account, in.Difference))
}

func (s *surface) askAboutDifference(ctx context.Context, who account.Access, in *OneDifference) (difference, error) {
	return viewDifference(s.Books.Ask(ctx, who.Account, in.Difference))
}

type settleInput struct {
	OneDifference
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"500" doc:"How it was settled."`
	}
}

func (s *surface) settleDifference(ctx context.Context, who account.Access, in *settleInput) (difference, error) {
	return viewDifference(s.Books.Settle(ctx, who.Account, in.Difference, who.Actor.Name, in.Body.Note))
}

func (s *surface) listComparedDays(ctx context.Context, who account.Access, in *Paging) (page[reconcile.Run], error) {
	return pageOf(s.Books.Runs(ctx, who.Account, in.at(), in.Limit))
}

type againInput struct {
	Provider string `path:"provider" maxLength:"40"`
	Day      string `path:"day" format:"date"`
}

func (s *surface) compareDayAgain(ctx context.Context, who account.Access, in *againInput) error {
	return s.Books.Again(ctx, who.Account, in.Provider, in.Day)
}
