package shop

import (
	"cmp"
	"context"
	"slices"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// maxAutomatic bounds the coupons that apply by themselves: every cart looks at
// all of them.
const maxAutomatic = 30

// The faults of a coupon's conditions.
var (
	ErrCouponFirst   = fault.New(fault.Conflict, "coupon_first_order", "This coupon is for first orders.")
	ErrCouponTag     = fault.New(fault.Conflict, "coupon_not_for_you", "This coupon is not for you.")
	ErrCouponProduct = fault.New(fault.Conflict, "coupon_product", "This coupon is for other products.")
	ErrCouponsFull   = fault.New(fault.Conflict, "coupon_automatic_full", "At most {0} coupons can apply by themselves.", maxAutomatic)
)

// Tags knows how an account has tagged its subscribers.
type Tags interface {
	Tagged(ctx context.Context, account, subscriber, tag string) (bool, error)
}

// best takes the coupon off that takes off most: the one that was typed or one
// of those that apply by themselves; of equals the typed one, because its owner
// expects it. The fault says why a typed one gives nothing, if nothing else does.
func (s *Service) best(ctx context.Context, person message.Person, view *CartView) error {
	if view.Coupon != "" {
		off, refused, err := s.discount(ctx, person, view.Coupon, *view)
		if err != nil {
			return err
		}
		view.Discount, view.CouponFault = off, refused
	}
	if len(view.Lines) == 0 {
		return nil
	}
	offered, _, err := coupons.In(s.DB, person.Account).Find(ctx, store.Where(store.Eq("offered", true)).By("-created_at").Top(maxAutomatic))
	if err != nil {
		return err
	}
	for _, coupon := range offered {
		off, refused, err := s.takenOff(ctx, coupon, person, *view)
		if err != nil {
			return err
		}
		if refused == nil && off.Minor > view.Discount.Minor {
			view.Discount, view.Coupon, view.CouponFault, view.Automatic = off, coupon.Code, nil, true
		}
	}
	return nil
}

// condition says why a coupon is not for this person's cart, if it is not.
func (s *Service) condition(ctx context.Context, coupon Coupon, person message.Person, view CartView) error {
	if coupon.Product != "" && !slices.ContainsFunc(view.Lines, func(l LineView) bool { return l.Product == coupon.Product }) {
		return ErrCouponProduct.In("coupon")
	}
	if coupon.Tag != "" {
		tagged := false
		if s.Tags != nil {
			var err error
			if tagged, err = s.Tags.Tagged(ctx, person.Account, person.ID, coupon.Tag); err != nil {
				return err
			}
		}
		if !tagged {
			return ErrCouponTag.In("coupon")
		}
	}
	if coupon.FirstOrder {
		earlier, _, err := s.OrdersOf(ctx, person, ordersShown*4, "")
		if err != nil {
			return err
		}
		if slices.ContainsFunc(earlier, func(o Order) bool { return o.State != Cancelled && o.State != Expired && o.State != Rejected }) {
			return ErrCouponFirst.In("coupon")
		}
	}
	return nil
}

// base is the amount that a coupon is of: what its product costs, or all goods.
func (c Coupon) base(view CartView) money.Amount {
	if c.Product == "" {
		return view.Subtotal
	}
	sum := money.Of(0, view.Subtotal.Currency)
	for _, line := range view.Lines {
		if line.Product == c.Product {
			sum.Minor += line.Amount.Minor // no more than the subtotal, which was checked
		}
	}
	return sum
}

// conditions tidies and checks what a coupon is for. One for first orders is used
// once by each: so two first orders at the same moment share it exactly as stock.
func (s *Service) conditions(ctx context.Context, coupon *Coupon) error {
	if err := checkText("tag", coupon.Tag, maxLabelRunes); err != nil {
		return err
	}
	if coupon.FirstOrder {
		coupon.PerPerson = cmp.Or(coupon.PerPerson, 1)
	}
	if coupon.Product != "" {
		if _, err := s.Product(ctx, coupon.Account, coupon.Product); err != nil {
			return err
		}
	}
	if !coupon.Automatic {
		return nil
	}
	count, err := coupons.In(s.DB, coupon.Account).Count(ctx, store.Where(store.Eq("offered", true)), maxAutomatic)
	if err == nil && count >= maxAutomatic {
		err = ErrCouponsFull
	}
	return err
}
