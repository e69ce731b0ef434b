package public

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/shop"
	"plaza/shop/address"
	"plaza/shop/guest"
	"plaza/templates"
)

// guestCart is a cart that somebody orders by a link.
type guestCart struct {
	account account.Account
	pass    guest.Pass
	secret  string
	asked   shop.GuestOrder
}

func (g guestCart) path() string { return "/deliver/" + url.PathEscape(g.secret) }

// cartOfPass finds the cart that a pass is good for.
func (p *pages) cartOfPass(c *gin.Context) (guestCart, error) {
	found := guestCart{secret: c.Param("pass")}
	var err error
	if found.pass, err = p.Guests.Find(c, guest.Delivery, found.secret); err != nil {
		return found, err
	}
	found.account, err = openOnly(p.Accounts.Accounts.FindByID(c, found.pass.Account))
	found.pass.Person.Language = cmp.Or(found.pass.Person.Language, web.Language(c))
	found.asked.Cart = found.pass.Cart()
	return found, err
}

// deliver asks where a cart is to be delivered. Nobody knows who has the page
// open, so that it shows no address but the one that is typed here.
func (p *pages) deliver(c *gin.Context) error {
	found, err := p.cartOfPass(c)
	if err != nil {
		return err
	}
	made, err := p.Shop.GuestMade(c, found.pass.Person, found.asked.Cart)
	if err == nil {
		return p.toGuestBill(c, found.account, made)
	}
	if !errors.Is(err, shop.ErrNoOrder) {
		return err
	}
	page, err := p.deliveryPage(c, found, address.Address{Country: c.Query("country")})
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

// deliveryPage shows what is ordered, and asks where to it goes and how.
func (p *pages) deliveryPage(c *gin.Context, found guestCart, typed address.Address) (*templates.Deliver, error) {
	settings, err := p.Shop.Settings(c, found.account.ID)
	if err != nil {
		return nil, err
	}
	if !address.Known(typed.Country) {
		typed.Country = settings.HomeCountry(found.account.Currency)
	}
	cart, err := p.Shop.GuestCart(c, found.pass.Person, found.asked)
	if err != nil {
		return nil, err
	}
	page := &templates.Deliver{Base: p.base(c, found.account), Path: found.path(), Goods: cart.Subtotal, Discount: cart.Discount,
		Shipping: cart.Shipping, Total: cart.Total, Taxes: web.TaxLines(cart.Taxes)}
	page.Countries, page.Fields = p.addressFields(c, page.Language, typed)
	page.Country = typed.Country
	for _, line := range cart.Lines {
		page.Lines = append(page.Lines, p.cartLine(c, found.account, line))
	}
	for _, way := range cart.Ways {
		page.Ways = append(page.Ways, templates.WayChoice{ID: way.ID, Name: way.Name(page.Language), Note: way.Note(page.Language), Cost: way.Cost, Chosen: way.Chosen})
	}
	return page, nil
}

// orderDelivered makes the order, once it is said where to and how it goes.
func (p *pages) orderDelivered(c *gin.Context) error {
	found, err := p.cartOfPass(c)
	if err != nil {
		return err
	}
	if err := p.checkouts.Check(c); err != nil {
		return p.orBack(c, err, found.path())
	}
	typed := typedAddress(c)
	found.asked.Shipping = c.PostForm("method")
	err = typed.Check()
	if err == nil {
		found.asked.To = &typed
		var made shop.Order
		if made, err = p.orderOnceChosen(c, found); err == nil {
			return p.toGuestBill(c, found.account, made)
		}
	}
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok || web.WantsJSON(c) || errors.Is(err, shop.ErrCartChanged) || errors.Is(err, shop.ErrCartEmpty) {
		return err
	}
	page, drawn := p.deliveryPage(c, found, typed)
	if drawn != nil {
		return drawn
	}
	page.Asked = found.asked.To != nil
	if errors.Is(err, errChooseWay) {
		return p.Draw(c, page)
	}
	if page.Errors, ok = p.FieldErrors(c, err); !ok || page.Errors[refused.Field] == "" || !page.Has(refused.Field) {
		page.Flash = &templates.Flash{Kind: "bad", Text: p.sentence(c, refused)}
	}
	return p.DrawStatus(c, http.StatusUnprocessableEntity, page)
}

// errChooseWay: there is a choice between ways of delivery, with prices that
// follow from the address.
var errChooseWay = fault.New(fault.Invalid, "delivery_way_not_chosen", "Please choose how it is delivered.").In("method")

func (p *pages) orderOnceChosen(c *gin.Context, found guestCart) (shop.Order, error) {
	made, err := p.Shop.GuestMade(c, found.pass.Person, found.asked.Cart)
	if !errors.Is(err, shop.ErrNoOrder) {
		return made, err
	}
	cart, err := p.Shop.GuestCart(c, found.pass.Person, found.asked)
	if err != nil {
		return made, err
	}
	if found.asked.Shipping == "" && len(cart.Ways) > 1 {
		return made, errChooseWay
	}
	return p.Shop.GuestCheckout(c, found.pass.Person, found.asked)
}

// toGuestBill leads to the page where an order is paid by whoever is here.
func (p *pages) toGuestBill(c *gin.Context, of account.Account, order shop.Order) error {
	bill, err := p.Shop.BillOf(c, order.Person, order)
	if err != nil {
		return err
	}
	if bill == "" { // pages know the buyer meanwhile
		return web.Redirect(c, orderPath(of, order.ID))
	}
	return web.Redirect(c, bill[len(p.PublicURL):])
}
