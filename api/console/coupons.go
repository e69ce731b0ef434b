package console

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/money"
	"plaza/shop"
	"plaza/templates"
)

func (s *Console) coupons(c *gin.Context) error {
	page, err := s.couponPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) couponPage(c *gin.Context) (*templates.Coupons, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	found, next, err := s.Shop.Coupons(c, accountID(c), pageSize, after(c))
	if err != nil {
		return nil, err
	}
	page := &templates.Coupons{Base: base, Pager: pager(c, next)}
	if page.Products, err = s.productOptions(c); err != nil {
		return nil, err
	}
	for _, one := range found {
		used, err := s.Shop.CouponUses(c, one)
		if err != nil {
			return nil, err
		}
		row := templates.CouponRow{Code: one.Code, Off: one.Off.In(web.Language(c)), Used: int(used), Limit: int(one.Total),
			From: instant(one.Starts), Until: instant(one.Ends), Active: one.Active}
		row.Automatic, row.For = one.Automatic, s.couponFor(c, one)
		if one.Percent > 0 {
			row.Off = decimal(one.Percent) + " %"
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func (s *Console) createCoupon(c *gin.Context) error {
	coupon, err := readCoupon(c)
	if err == nil {
		err = s.audited(c, "coupon.created", "coupon:"+coupon.Code, func() error {
			_, err := s.Shop.AddCoupon(c, coupon)
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "coupons"), "coupons.done.made", nil)
	}
	page, shown := s.couponPage(c)
	if shown != nil {
		return shown
	}
	page.Code, page.Percent, page.Amount = field(c, "code"), field(c, "percent"), field(c, "amount")
	page.Limit, page.PerPerson, page.From, page.Until = field(c, "limit"), field(c, "per_person"), field(c, "from"), field(c, "until")
	page.Automatic, page.FirstOrder, page.Tag, page.Minimum = field(c, "automatic") != "", field(c, "first_order") != "", field(c, "tag"), field(c, "minimum")
	for i := range page.Products {
		page.Products[i].Chosen = page.Products[i].Value == field(c, "product")
	}
	if err := s.refused(c, &page.Base, err, map[string]string{"off": "amount", "ends": "until", "total": "limit"},
		"code", "percent", "amount", "limit", "per_person", "tag", "minimum", "from", "until"); err != nil {
		return err
	}
	return s.again(c, page)
}

// readCoupon reads the form of a coupon; its last day counts to the end.
func readCoupon(c *gin.Context) (shop.Coupon, error) {
	office := web.At(c).Account
	coupon := shop.Coupon{Account: office.ID, Code: field(c, "code"), Active: true}
	for name, into := range map[string]*int64{"percent": &coupon.Percent, "limit": &coupon.Total, "per_person": &coupon.PerPerson} {
		if typed := field(c, name); typed != "" {
			read, err := strconv.ParseInt(typed, 10, 32)
			if err != nil {
				return coupon, errNumber.In(name).Because(err)
			}
			*into = read
		}
	}
	if typed := field(c, "amount"); typed != "" {
		off, err := money.Parse(typed, office.Currency)
		if err != nil {
			return coupon, inField(err, "amount")
		}
		coupon.Off = off
	}
	coupon.Automatic, coupon.FirstOrder = field(c, "automatic") != "", field(c, "first_order") != ""
	coupon.Tag, coupon.Product = field(c, "tag"), field(c, "product")
	if typed := field(c, "minimum"); typed != "" {
		minimum, err := money.Parse(typed, office.Currency)
		if err != nil {
			return coupon, inField(err, "minimum")
		}
		coupon.Minimum = minimum.Minor
	}
	from, err := day(c, "from")
	if err != nil {
		return coupon, err
	}
	until, err := day(c, "until")
	if err != nil {
		return coupon, err
	}
	if !from.IsZero() {
		coupon.Starts = &from
	}
	if !until.IsZero() {
		until = until.AddDate(0, 0, 1)
		coupon.Ends = &until
	}
	return coupon, nil
}

func (s *Console) disableCoupon(c *gin.Context) error {
	code := c.Param("coupon")
	err := s.audited(c, "coupon.disabled", "coupon:"+code, func() error {
		return s.Shop.EnableCoupon(c, accountID(c), code, false)
	})
	return s.done(c, path(c, "coupons"), "coupons.done.disabled", err)
}

// couponFor says in words whom and what a coupon is for.
func (s *Console) couponFor(c *gin.Context, one shop.Coupon) string {
	var parts []string
	if one.Minimum > 0 {
		parts = append(parts, s.said(c, "coupon.from", money.Of(one.Minimum, web.At(c).Account.Currency)))
	}
	if one.FirstOrder {
		parts = append(parts, s.said(c, "coupon.first"))
	}
	if one.Tag != "" {
		parts = append(parts, s.said(c, "coupon.tag", one.Tag))
	}
	if one.Product != "" {
		if product, err := s.Shop.Product(c, accountID(c), one.Product); err == nil {
			parts = append(parts, product.Name(web.Language(c)))
		}
	}
	return strings.Join(parts, " · ")
}
