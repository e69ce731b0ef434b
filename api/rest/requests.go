package rest

import (
	"context"
	"errors"

	"plaza/account"
	"plaza/fault"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/request"
)

// requestRoutes are about money that is asked of people in the conversation.
func (s *surface) requestRoutes() {
	see, ask := needs{account.ReadShop}, needs{account.WriteOrders}
	add(s, read("/payment-requests", "list-payment-requests", "List what people were asked to pay, newest first", see), s.listRequests)
	add(s, create("/payment-requests", "ask-for-payment", "Ask a subscriber for a payment in their messenger", ask, "request.made"), s.askForPayment)
	add(s, read("/payment-requests/{request}", "get-payment-request", "Get a request for payment", see), s.getRequest)
	add(s, change(post, "/payment-requests/{request}/cancel", "cancel-payment-request", "Call a request for payment off", ask, "request.cancelled"), s.cancelRequest)
}

// requestView is a request with the address at which it is paid.
type requestView struct {
	request.Request
	URL string `json:"url" doc:"Where it is paid, by whoever has it: to tell a person who can't be written to."`
	// Untold is the code of the fault.
	Untold string `json:"untold,omitempty" doc:"Code of why the person could not be written to, in the answer to asking; empty: they were, or will be."`
}

func (s *surface) viewRequest(asked request.Request, err error) (requestView, error) {
	return requestView{Request: asked, URL: s.PublicURL + "/request/" + asked.Number}, err
}

type listRequestsInput struct {
	State      request.State `query:"state" enum:"open,paid,cancelled,expired"`
	Subscriber string        `query:"subscriber" maxLength:"400" doc:"Of this subscriber; state does not count then."`
	Paging
}

func (s *surface) listRequests(ctx context.Context, who account.Access, in *listRequestsInput) (page[requestView], error) {
	found, next, err := s.Requests.List(ctx, who.Account, request.Filter{State: in.State, Person: in.Subscriber}, in.Limit, in.at())
	views := page[requestView]{Items: make([]requestView, len(found)), Next: string(next)}
	for i, one := range found {
		views.Items[i], _ = s.viewRequest(one, nil)
	}
	return views, err
}

type askForPaymentInput struct {
	Body struct {
		Subscriber string       `json:"subscriber" minLength:"1" maxLength:"400"`
		Amount     money.Amount `json:"amount" doc:"In the account's currency."`
		What       string       `json:"what" minLength:"1" maxLength:"60" doc:"What it is for: the person reads it."`
	}
}

func (s *surface) askForPayment(ctx context.Context, who account.Access, in *askForPaymentInput) (requestView, error) {
	of, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
	if err != nil {
		return requestView{}, err
	}
	if in.Body.Amount.Currency != of.Currency {
		wrong := shop.ErrOtherCurrency
		return requestView{}, fault.New(wrong.Kind, wrong.Code, wrong.Text, of.Currency).In("amount")
	}
	found, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Body.Subscriber)
	if err != nil {
		return requestView{}, err
	}
	view, err := s.viewRequest(s.Requests.Ask(ctx, found.Person(), ownKey(ctx), in.Body.Amount, in.Body.What, who.Actor.Name))
	if refused, ok := errors.AsType[*fault.Error](err); ok && view.Said {
		view.Untold, err = refused.Code, nil // the request stands
	}
	return view, err
}

// OneRequest names a request for payment in a path.
type OneRequest struct {
	Request string `path:"request" maxLength:"64"`
}

func (s *surface) getRequest(ctx context.Context, who account.Access, in *OneRequest) (requestView, error) {
	return s.viewRequest(s.Requests.Get(ctx, who.Account, in.Request))
}

func (s *surface) cancelRequest(ctx context.Context, who account.Access, in *OneRequest) (requestView, error) {
	return s.viewRequest(s.Requests.Cancel(ctx, who.Account, in.Request))
}
