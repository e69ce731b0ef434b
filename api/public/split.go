package public

import (
	"errors"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/friends"
	"plaza/shop/pay"
	"plaza/shop/pay/receipt"
	"plaza/store"
	"plaza/templates"
)

// newSplit asks what is split among whom. Of an order and a receipt it knows how
// much.
func (p *pages) newSplit(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page := &templates.NewSplit{Key: store.NewID(), Others: "1", Own: true}
	if err := p.beginSplit(c, front, page); err != nil {
		return err
	}
	return p.drawNewSplit(c, front, page, nil)
}

// splittable are the receipts of what somebody has paid.
var splittable = []receipt.Kind{receipt.Payment, receipt.Sale, receipt.Sent}

// beginSplit fills in what somebody has paid: the order or the receipt that the
// address names, which have to be theirs.
func (p *pages) beginSplit(c *gin.Context, front storefront, page *templates.NewSplit) error {
	if id := c.Query("order"); id != "" {
		order, err := p.Shop.OrderOf(c, front.person, id)
		if err == nil && orderSplittableBy(front.account, order) != "" {
			page.Amount = keptOf(order).Decimal()
			page.Note = asNote(web.ViewAccount(front.account, p.Base(c).Language).Name + " " + order.Number)
		}
		return err
	}
	if number := c.Query("receipt"); number != "" {
		found, err := p.Receipts.Find(c, front.person, number)
		if err != nil {
			return err
		}
		payment, err := p.receiptPayment(c, front, found)
		if err == nil && splittableBy(front.account, found, payment) != "" {
			page.Amount, page.Note = leftOf(found, payment).Decimal(), asNote(found.About)
		}
		return err
	}
	return nil
}

// asNote is what something was for, as short as a note is.
func asNote(text string) string {
	note := []rune(text)
	return string(note[:min(len(note), friends.MaxNote)])
}

func (p *pages) drawNewSplit(c *gin.Context, front storefront, page *templates.NewSplit, chosen []string) (err error) {
	page.Base, page.Path, page.BackPath = p.base(c, front.account), splitPath(front.account), friendsPath(front.account)
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if page.Friends, err = p.knownTo(c, front.person, chosen...); err != nil {
		return err
	}
	for i := range page.Shares { // friends come first, as they were posted
		page.Shares[i].Name = p.Text(c, "public.split.other", i-len(chosen)+1)
		if i < len(chosen) {
			page.Shares[i].Name = p.labelled(c, page.Friends, chosen[i])
		}
	}
	return p.Draw(c, page)
}

func (p *pages) labelled(c *gin.Context, options []templates.Option, value string) string {
	for _, one := range options {
		if one.Value == value {
			return one.Label
		}
	}
	return p.called(c, "")
}

// makeSplit splits evenly, asks for the shares in a second step, or takes those.
func (p *pages) makeSplit(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page := &templates.NewSplit{Key: c.PostForm("key"), Amount: c.PostForm("amount"), Note: c.PostForm("note"), Others: c.PostForm("others"), Own: c.PostForm("own") != ""}
	chosen := c.PostFormArray("friend")
	for _, typed := range c.PostFormArray("share") {
		page.Shares = append(page.Shares, templates.ShareField{Value: typed})
	}
	split, err := p.splitOf(c, front, page, chosen)
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) {
		page.Problem = p.sentence(c, refused)
		return p.drawNewSplit(c, front, page, chosen)
	}
	if err != nil {
		return err
	}
	if split.Number == "" {
		return p.drawNewSplit(c, front, page, chosen)
	}
	return web.Redirect(c, splitPath(front.account)+"/"+split.Number)
}

// splitOf does what the form says. Without a split the shares are to be typed.
func (p *pages) splitOf(c *gin.Context, front storefront, page *templates.NewSplit, chosen []string) (friends.Split, error) {
	if err := p.checkouts.Check(c); err != nil {
		return friends.Split{}, err
	}
	whole, err := money.Parse(page.Amount, front.account.Currency)
	if err != nil {
		return friends.Split{}, err
	}
	others, err := strconv.Atoi(page.Others)
	if err != nil || others < 0 || len(chosen)+others == 0 || others > friends.MaxPeople || len(chosen) > friends.MaxPeople {
		return friends.Split{}, friends.ErrPeople.In("others")
	}
	page.Whole = whole
	request := friends.SplitRequest{By: front.person, Key: page.Key, Whole: whole, Note: page.Note, Shares: make([]friends.Share, len(chosen)+others)}
	for i, friend := range chosen {
		request.Shares[i].Friend = friend
	}
	if c.PostForm("how") == "shares" {
		err = typedShares(request.Shares, page, whole.Currency)
	} else {
		err = evenShares(request, page, c.PostForm("how") == "typed")
	}
	if err != nil || c.PostForm("how") == "typed" {
		return friends.Split{}, err
	}
	return p.Friends.Split(c, request)
}

// evenShares divides the whole; where the shares are to be typed they are where
// typing begins.
func evenShares(request friends.SplitRequest, page *templates.NewSplit, typing bool) error {
	own := 0
	if page.Own {
		own = 1
	}
	parts, err := friends.Even(request.Whole, len(request.Shares)+own)
	page.Shares = nil
	if err != nil {
		return err
	}
	for i, part := range parts[own:] {
		request.Shares[i].Minor = part
		if typing {
			page.Shares = append(page.Shares, templates.ShareField{Value: money.Of(part, request.Whole.Currency).Decimal()})
		}
	}
	return nil
}

func typedShares(shares []friends.Share, page *templates.NewSplit, currency string) error {
	if len(page.Shares) != len(shares) {
		page.Shares = nil
		return friends.ErrPeople.In("share")
	}
	for i, typed := range page.Shares {
		amount, err := money.Parse(typed.Value, currency)
		if err != nil {
			return err
		}
		shares[i].Minor = amount.Minor
	}
	return nil
}

// split shows how one stands.
func (p *pages) split(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	following, err := p.liveOf(c, front)
	if err != nil {
		return err
	}
	split, err := p.Friends.SplitOf(c, front.person, c.Param("split"))
	if err != nil {
		return err
	}
	shares, err := p.Friends.Shares(c, split)
	if err != nil {
		return err
	}
	progress := friends.ProgressOf(split, shares)
	page := &templates.Split{Base: p.base(c, front.account), Path: splitPath(front.account) + "/" + split.Number, BackPath: friendsPath(front.account),
		Note: split.Note, Whole: split.Whole, Own: split.Own, Paid: progress.Paid, All: progress.Of, Got: progress.Got, Of: progress.Asked}
	page.Live = following
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	for i, share := range shares {
		row := p.askRow(c, share)
		if share.To.ID == "" && share.Payer == "" {
			row.Name = p.Text(c, "public.split.share", i+1)
		}
		page.Open = page.Open || row.Open
		page.Rows = append(page.Rows, row)
	}
	return p.Draw(c, page)
}

func (p *pages) cancelSplit(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	path := splitPath(front.account) + "/" + c.Param("split")
	if err := p.Friends.CancelSplit(c, front.person, c.Param("split")); err != nil {
		return p.orBack(c, err, path)
	}
	return web.Redirect(c, path)
}

// splittableBy is where what a receipt is of can be split; empty: nowhere. Friends
// pay from their balances, which hold the account's own currency; in that, what
// was paid is what was asked for, of which some may have gone back.
func splittableBy(of account.Account, found receipt.Receipt, payment pay.Payment) string {
	if !slices.Contains(splittable, found.Kind) || found.Amount.Currency != of.Currency || leftOf(found, payment).Minor <= 0 {
		return ""
	}
	return splitPath(of) + "?" + url.Values{"receipt": {found.Number}}.Encode()
}

// leftOf is what a receipt's owner has paid in the end: without what went back of
// its payment, or is on its way.
func leftOf(found receipt.Receipt, payment pay.Payment) money.Amount {
	back := payment.AskedFor().Minor - payment.Left()
	return money.Of(found.Amount.Minor-back, found.Amount.Currency)
}

// orderSplittableBy is where an order can be split that is paid; empty: nowhere.
func orderSplittableBy(of account.Account, order shop.Order) string {
	kept := keptOf(order)
	if !slices.Contains(settled, order.State) || kept.Minor <= 0 || kept.Currency != of.Currency {
		return ""
	}
	return splitPath(of) + "?" + url.Values{"order": {order.ID}}.Encode()
}

// settled are the states of orders that are paid and stay so.
var settled = []shop.OrderState{shop.Paid, shop.Shipped, shop.Completed}

// keptOf is what an order costs its buyer in the end.
func keptOf(order shop.Order) money.Amount {
	return money.Of(order.Total.Minor-order.Refunded, order.Total.Currency)
}
