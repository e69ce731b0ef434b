package public

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/shop"
	"plaza/shop/guest"
	"plaza/templates"
)

// goodsPages adds the routes of links to what a paid order has given.
func (p *pages) goodsPages(get, post func(string, web.Handler)) {
	get("/goods/:pass", p.goods)
	post("/goods/:pass", p.takeGoods)
	get("/goods/:pass/files/:file", p.guestDownload)
}

// goodsCookie, with the beginning of a pass's id, holds what the browser has that
// took the goods.
const goodsCookie = "plaza_goods_"

func goodsCookieOf(pass guest.Pass) string { return goodsCookie + pass.ID[:16] }

// goodsFound is what a pass for goods is good for.
type goodsFound struct {
	account account.Account
	pass    guest.Pass
	order   shop.Order
	path    string
	held    bool // by this browser
}

func (p *pages) goodsOfPass(c *gin.Context) (found goodsFound, err error) {
	if found.pass, err = p.Guests.Find(c, guest.Goods, c.Param("pass")); err != nil {
		return found, err
	}
	if found.account, err = openOnly(p.Accounts.Accounts.FindByID(c, found.pass.Account)); err != nil {
		return found, err
	}
	found.path = "/goods/" + url.PathEscape(c.Param("pass"))
	holder, _ := c.Cookie(goodsCookieOf(found.pass)) // without the cookie nothing is held
	found.held = found.pass.IsHeldBy(holder)
	found.order, err = p.Shop.Order(c, found.pass.Account, found.pass.Subject)
	return found, err
}

// goods shows what was bought to the browser that has taken it, and to any other
// only that there is something. A browser that is known as the buyer's is led to
// their own page.
func (p *pages) goods(c *gin.Context) error {
	found, err := p.goodsOfPass(c)
	if err != nil {
		return err
	}
	if own, err := p.isBuyer(c, found.order); own || err != nil {
		if err != nil {
			return err
		}
		return web.Redirect(c, orderPath(found.account, found.order.ID))
	}
	given, err := p.given(c, found.order, found.path)
	if err != nil {
		return err
	}
	page := &templates.Goods{Base: p.base(c, found.account), Path: found.path, Number: found.order.Number}
	switch {
	case len(given) == 0:
		page.State = "over"
	case found.held:
		page.State, page.Given = "held", given
	case found.pass.IsTaken():
		page.State = "taken"
	default:
		page.State = "open"
	}
	return p.Draw(c, page)
}

func (p *pages) isBuyer(c *gin.Context, order shop.Order) (bool, error) {
	person, known, err := p.guest(c, order.Account)
	if err != nil || !known {
		return false, err
	}
	_, err = p.Shop.OrderOf(c, person, order.ID)
	if errors.Is(err, shop.ErrNoOrder) {
		return false, nil
	}
	return err == nil, err
}

// takeGoods is somebody's own doing: what only looks at a link, such as a
// messenger's preview, takes nothing.
func (p *pages) takeGoods(c *gin.Context) error {
	found, err := p.goodsOfPass(c)
	if err != nil {
		return err
	}
	if found.held {
		return web.Redirect(c, found.path)
	}
	holder, err := p.Guests.Take(c, c.Param("pass"))
	if err == nil {
		web.SetCookie(c, &http.Cookie{Name: goodsCookieOf(found.pass), Value: holder, MaxAge: int(guest.GoodsLife.Seconds())})
	}
	if errors.Is(err, guest.ErrTaken) && !web.WantsJSON(c) {
		err = nil // by another browser, or by this one's first tap: the page tells which
	}
	if err != nil {
		return err
	}
	return web.Redirect(c, found.path)
}

// guestDownload serves a file to the browser that has taken the goods.
func (p *pages) guestDownload(c *gin.Context) error {
	found, err := p.goodsOfPass(c)
	if err != nil {
		return err
	}
	if !found.held {
		return guest.ErrNoPass
	}
	return p.sendGiven(c, found.order, found.path)
}
