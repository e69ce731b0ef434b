package rest

import (
	"context"

	"plaza/account"
	"plaza/shop"
	"plaza/shop/pay"
)

type listOrdersInput struct {
	Paging
	State shop.OrderState `query:"state" enum:"placed,closing,cancelled,expired,paid,shipped,completed,refunding,refunded"`
}

func (s *surface) listOrders(ctx context.Context, who account.Access, in *listOrdersInput) (page[shop.Order], error) {
	return pageOf(s.Shop.Orders(ctx, who.Account, in.State, in.Limit, in.at()))
}

// OneOrder names an order in a path.
type OneOrder struct {
	Order string `path:"order" maxLength:"64"`
}

func (s *surface) getOrder(ctx context.Context, who account.Access, in *OneOrder) (shop.Order, error) {
	return s.Shop.Order(ctx, who.Account, in.Order)
}

// OneNumber names an order by the number people know.
type OneNumber struct {
	Number string `path:"number" maxLength:"40"`
}

func (s *surface) getOrderByNumber(ctx context.Context, who account.Access, in *OneNumber) (shop.Order, error) {
	return s.Shop.OrderByNumber(ctx, who.Account, in.Number)
}

func (s *surface) today(ctx context.Context, who account.Access, _ *none) (shop.Summary, error) {
	return s.Shop.Today(ctx, who.Account)
}

type shipInput struct {
	OneOrder
	Body struct {
		Carrier  string `json:"carrier,omitempty" maxLength:"100"`
		Tracking string `json:"tracking,omitempty" maxLength:"100"`
	}
}

func (s *surface) shipOrder(ctx context.Context, who account.Access, in *shipInput) (shop.Order, error) {
	return s.Shop.Ship(ctx, who.Account, in.Order, in.Body.Carrier, in.Body.Tracking, who.Member)
}

func (s *surface) completeOrder(ctx context.Context, who account.Access, in *OneOrder) (shop.Order, error) {
	return s.Shop.Complete(ctx, who.Account, in.Order, who.Member)
}

func (s *surface) cancelOrder(ctx context.Context, who account.Access, in *OneOrder) (shop.Order, error) {
	return s.Shop.Cancel(ctx, who.Account, in.Order, who.Member)
}

type refundInput struct {
	OneOrder
	Body struct {
		Amount int64  `json:"amount,omitempty" minimum:"0" maximum:"1000000000000" doc:"In minor units; 0 gives back all that is left."`
		Memo   string `json:"memo,omitempty" maxLength:"200"`
	}
}

func (s *surface) refundOrder(ctx context.Context, who account.Access, in *refundInput) (shop.Order, error) {
	return s.Shop.Refund(ctx, who.Account, in.Order, ownKey(ctx), in.Body.Amount, in.Body.Memo, who.Member)
}

func (s *surface) listPaymentsOfOrder(ctx context.Context, who account.Access, in *OneOrder) (page[pay.Payment], error) {
	if _, err := s.Shop.Order(ctx, who.Account, in.Order); err != nil {
		return page[pay.Payment]{}, err
	}
	return all(s.Shop.Payments.Of(ctx, who.Account, in.Order))
}

// OnePayment names a payment by its trade number.
type OnePayment struct {
	Payment string `path:"payment" maxLength:"64"`
}

func (s *surface) getPayment(ctx context.Context, who account.Access, in *OnePayment) (pay.Payment, error) {
	return s.Shop.Payments.Get(ctx, who.Account, in.Payment)
}

func (s *surface) checkPayment(ctx context.Context, who account.Access, in *OnePayment) (pay.Payment, error) {
	return s.Shop.Payments.Check(ctx, who.Account, in.Payment)
}
