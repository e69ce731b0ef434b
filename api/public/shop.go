package public

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/webchat"
	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/store"
	"plaza/templates"
)

const shopPage = 24

// storefront is what all pages of a shop begin with.
type storefront struct {
	account account.Account
	person  message.Person // in the language of this page
	known   bool           // there may be a cart
}

// enter finds the shop, and who is there if they are known.
func (p *pages) enter(c *gin.Context) (storefront, error) {
	of, err := p.open(c)
	if err != nil {
		return storefront{}, err
	}
	return p.enterShop(c, of)
}

// enterShop is enter for an account that was found otherwise.
func (p *pages) enterShop(c *gin.Context, of account.Account) (storefront, error) {
	if of.Kind != account.Merchant {
		return storefront{}, web.ErrNotFound
	}
	who, known, err := p.guest(c, of.ID)
	return storefront{of, who, known}, err
}

// enterKnown makes the visitor known: they are about to want something.
func (p *pages) enterKnown(c *gin.Context) (storefront, error) {
	front, err := p.enter(c)
	if err != nil {
		return front, err
	}
	return p.greet(c, front)
}

// greet makes somebody new known.
func (p *pages) greet(c *gin.Context, front storefront) (storefront, error) {
	if front.known {
		return front, nil
	}
	visitor, err := p.welcome(c, front.account.ID)
	front.person, front.known = person(c, visitor), true
	return front, err
}

func (p *pages) shop(c *gin.Context) error {
	if code := c.Query("coupon"); code != "" && !justLooks(c) {
		return p.arriveWithCoupon(c, code)
	}
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	category := c.Query("category")
	offers, next, err := p.Shop.Offers(c, front.account.ID, category, shopPage, store.Cursor(c.Query("cursor")))
	if err != nil {
		return err
	}
	page := &templates.Shop{Base: p.base(c, front.account), Products: productCards(front.account, offers, web.Language(c))}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if page.PlansPath, err = p.plansLink(c, front.account); err != nil {
		return err
	}
	if page.Categories, err = p.categories(c, front, category); err != nil {
		return err
	}
	if next != "" {
		page.Pager.Next = shopPath(front.account) + "?" + url.Values{"category": {category}, "cursor": {string(next)}}.Encode()
	}
	return p.Draw(c, page)
}

// arriveWithCoupon puts the coupon that a code carries into the cart.
func (p *pages) arriveWithCoupon(c *gin.Context, code string) error {
	front, err := p.enterKnown(c)
	if err != nil {
		return err
	}
	return p.useCoupon(c, front, code, shopPath(front.account))
}

// useCoupon answers with a page that says whether the coupon was taken.
func (p *pages) useCoupon(c *gin.Context, front storefront, code, path string) error {
	err := p.Shop.UseCoupon(c, front.person, code)
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		return web.RedirectSaying(c, path, templates.Flash{Kind: "bad", Text: p.sentence(c, refused)})
	}
	if err != nil {
		return err
	}
	return web.RedirectSaying(c, path, templates.Flash{Kind: "good", Text: p.Text(c, "public.coupon.taken", code)})
}

func (p *pages) sentence(c *gin.Context, refused *fault.Error) string {
	return web.Sentence(p.Renderer.Texts, web.Language(c), refused)
}

func (p *pages) categories(c *gin.Context, front storefront, here string) ([]templates.Tab, error) {
	found, err := p.Shop.Categories(c, front.account.ID)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	path := shopPath(front.account)
	tabs := []templates.Tab{{Label: p.Text(c, "public.all"), URL: path, Count: -1, Here: here == ""}}
	for _, category := range found {
		tabs = append(tabs, templates.Tab{Label: category, Count: -1, Here: here == category,
			URL: path + "?" + url.Values{"category": {category}}.Encode()})
	}
	return tabs, nil
}

func (p *pages) nav(c *gin.Context, front storefront) (templates.ShopNav, error) {
	path := shopPath(front.account)
	nav := templates.ShopNav{ChatPath: chatPath(front.account), ShopPath: path, CartPath: path + "/cart", OrdersPath: path + "/orders", WalletPath: walletPath(front.account)}
	if !front.known {
		return nav, nil
	}
	if front.person.Channel != webchat.Name { // their chat is in their messenger
		nav.ChatPath = ""
	}
	cart, err := p.Shop.Cart(c, front.person)
	if err != nil {
		return nav, err
	}
	for _, line := range cart.Lines {
		nav.InCart += line.Quantity
	}
	nav.Coupon = cart.Coupon
	return nav, nil
}

func productCards(of account.Account, offers []shop.Offer, language string) []templates.ProductCard {
	cards := make([]templates.ProductCard, len(offers))
	for i, offer := range offers {
		cards[i] = templates.ProductCard{
			URL:  shopPath(of) + "/p/" + offer.ID,
			Name: offer.Name(language), Text: offer.Description(language), Price: offer.Price, SoldOut: offer.SoldOut(),
		}
		if len(offer.Pictures) > 0 {
			cards[i].Picture = web.PicturePath(offer.Pictures[0]) + "?width=320"
		}
		for _, variant := range offer.Variants {
			cards[i].From = cards[i].From || variant.Price.Minor > offer.Price.Minor
		}
	}
	return cards
}

func (p *pages) product(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	offer, err := p.Shop.Offer(c, front.account.ID, c.Param("product"))
	if err != nil {
		return err
	}
	base := p.base(c, front.account)
	page := &templates.Product{Base: base, Name: offer.Name(base.Language), Text: offer.Description(base.Language),
		SoldOut: offer.SoldOut()}
	for _, id := range offer.Pictures {
		page.Pictures = append(page.Pictures, templates.Picture{ID: id, URL: web.PicturePath(id), Alt: page.Name})
	}
	for _, variant := range offer.Variants {
		left := int(offer.Available[variant.ID])
		page.Variants = append(page.Variants, templates.VariantChoice{ID: variant.ID, Label: variant.Label(base.Language),
			Price: variant.Price, Left: left})
	}
	chooseFirst(page.Variants)
	page.Endless = !offer.Is(shop.Goods)
	if offer.Calendar != nil {
		if page.Times, err = p.times(c, front, offer); err != nil {
			return err
		}
	}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	return p.Draw(c, page)
}

// chooseFirst chooses the first variant that can be bought.
func chooseFirst(variants []templates.VariantChoice) {
	for i := range variants {
		if variants[i].Left > 0 {
			variants[i].Chosen = true
			return
		}
	}
}

func (p *pages) addToCart(c *gin.Context) error {
	front, err := p.enterKnown(c)
	if err != nil {
		return err
	}
	quantity, err := strconv.Atoi(c.DefaultPostForm("quantity", "1"))
	switch {
	case err != nil:
		err = shop.ErrQuantity
	case c.PostForm("slot") != "":
		err = p.book(c, front, quantity)
	default:
		_, err = p.Shop.AddToCart(c, front.person, c.PostForm("variant"), quantity)
	}
	if err != nil {
		return p.orBack(c, err, cmp.Or(web.Referer(c), shopPath(front.account)))
	}
	if c.PostForm("then") == "cart" {
		return web.Redirect(c, shopPath(front.account)+"/cart")
	}
	return web.RedirectSaying(c, shopPath(front.account), templates.Flash{Kind: "good", Text: p.Text(c, "public.cart.added")})
}

// orBack leads back to the page a form was on and says there what is wrong.
// What nobody at that page can mend is not for it.
func (p *pages) orBack(c *gin.Context, err error, path string) error {
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok || web.WantsJSON(c) || refused.Kind == fault.Internal || refused.Kind == fault.Unauthenticated {
		return err
	}
	return web.RedirectSaying(c, path, templates.Flash{Kind: "bad", Text: p.sentence(c, refused)})
}

func (p *pages) cart(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	page := &templates.Cart{Base: p.base(c, front.account), Key: store.NewID()}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	zero := money.Of(0, front.account.Currency)
	page.Goods, page.Discount, page.Shipping, page.Total = zero, zero, zero, zero
	if !front.known {
		return p.Draw(c, page)
	}
	cart, err := p.Shop.Cart(c, front.person)
	if err != nil {
		return err
	}
	page.Goods, page.Discount, page.Total, page.Coupon = cart.Subtotal, cart.Discount, cart.Total, cart.Coupon
	if cart.Automatic { // the field is for what is typed
		page.Coupon, page.Automatic = "", cart.Coupon
	}
	for _, line := range cart.Lines {
		page.Lines = append(page.Lines, p.cartLine(c, front.account, line))
	}
	if err := p.cartDelivery(c, front, page, cart); err != nil {
		return err
	}
	if cart.CouponFault != nil {
		page.Errors = map[string]string{"coupon": p.sentence(c, cart.CouponFault)}
	}
	return p.Draw(c, page)
}

func (p *pages) cartLine(c *gin.Context, of account.Account, line shop.LineView) templates.ItemLine {
	item := templates.ItemLine{VariantID: line.Key(), Name: line.Name, Variant: line.Label,
		Picture: web.SmallPicturePath(line.Picture), URL: shopPath(of) + "/p/" + line.Product,
		Quantity: line.Quantity, Limit: int(line.Available), Price: line.Price, Amount: line.Amount}
	if int64(line.Quantity) > line.Available {
		item.Problem = p.Text(c, "public.cart.left", line.Available)
	}
	return item
}

func (p *pages) changeCart(c *gin.Context) error {
	front, err := p.enterKnown(c)
	if err != nil {
		return err
	}
	path := shopPath(front.account) + "/cart"
	quantity, err := strconv.Atoi(c.PostForm("quantity"))
	if err != nil {
		return p.orBack(c, shop.ErrQuantity, path)
	}
	if _, err := p.Shop.SetInCart(c, front.person, c.Param("variant"), quantity); err != nil {
		return p.orBack(c, err, path)
	}
	return web.Redirect(c, path)
}

func (p *pages) coupon(c *gin.Context) error {
	front, err := p.enterKnown(c)
	if err != nil {
		return err
	}
	path := shopPath(front.account) + "/cart"
	if code := c.PostForm("coupon"); code != "" {
		return p.useCoupon(c, front, code, path)
	}
	if err := p.Shop.UseCoupon(c, front.person, ""); err != nil {
		return err
	}
	return web.Redirect(c, path)
}

// checkout orders what is in the cart and leads on to paying.
func (p *pages) checkout(c *gin.Context) error {
	front, err := p.enterKnown(c)
	if err != nil {
		return err
	}
	if err := p.checkouts.Check(c); err != nil {
		return p.orBack(c, err, shopPath(front.account)+"/cart")
	}
	buyer := p.named(c, front.person)
	order, err := p.Shop.Checkout(c, buyer, shop.CheckoutRequest{Key: c.PostForm("key"), Delivery: shop.Delivery{
		Name: c.PostForm("name"), Phone: c.PostForm("phone"), Address: c.PostForm("address"), Note: c.PostForm("note")}})
	if err != nil {
		return p.orBack(c, err, shopPath(front.account)+"/cart")
	}
	return p.toPayment(c, front, order.ID)
}

// toPayment asks for the money of an order and leads to the page for it.
func (p *pages) toPayment(c *gin.Context, front storefront, order string) error {
	payment, err := p.Shop.Pay(c, front.person, order, p.way(c, ""))
	if err != nil {
		return p.orBack(c, err, orderPath(front.account, order))
	}
	c.Redirect(http.StatusSeeOther, "/pay/"+payment.TradeNo)
	return nil
}
