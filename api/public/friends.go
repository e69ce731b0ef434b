package public

import (
	"errors"
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/friends"
	"plaza/store"
	"plaza/templates"
)

// listedAsks is how much of what somebody has asked their page lists.
const listedAsks = 20

// amongFriends are the pages of what people ask of one another.
func (p *pages) amongFriends(get, post func(string, web.Handler)) {
	get("/wallet/:account/friends", p.recognisedAt(p.walletOwner, surely, p.friends))
	post("/wallet/:account/friends", p.askFriend)
	post("/wallet/:account/friends/meet", p.meetFriend)
	post("/wallet/:account/friends/cancel", p.callOffAsk)
	post("/wallet/:account/friends/unblock", p.unblockFriend)
	get("/wallet/:account/split", p.recognisedAt(p.walletOwner, surely, p.newSplit))
	post("/wallet/:account/split", p.makeSplit)
	get("/wallet/:account/split/:split", p.recognisedAt(p.walletOwner, surely, p.split))
	post("/wallet/:account/split/:split/cancel", p.cancelSplit)
	get("/asked/:ask", p.recognisedAt(p.askOwner, surely, p.askedByFriend))
	post("/asked/:ask/decline", p.declineAsk)
	post("/asked/:ask/block", p.blockAsker)
}

func friendsPath(of account.Account) string { return walletPath(of) + "/friends" }

func splitPath(of account.Account) string { return walletPath(of) + "/split" }

func (p *pages) friends(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	return p.drawFriends(c, front, &templates.Friends{Key: store.NewID()}, c.Query("friend"))
}

func (p *pages) drawFriends(c *gin.Context, front storefront, page *templates.Friends, chosen string) (err error) {
	following, err := p.liveOf(c, front)
	if err != nil {
		return err
	}
	page.Base, page.Path, page.WalletPath, page.SplitPath = p.base(c, front.account), friendsPath(front.account), walletPath(front.account), splitPath(front.account)
	page.Live = following
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if page.Friends, err = p.knownTo(c, front.person, chosen); err != nil {
		return err
	}
	splits, err := p.Friends.Splits(c, front.person, listedAsks)
	if err != nil {
		return err
	}
	for _, split := range splits {
		shares, err := p.Friends.Shares(c, split)
		if err != nil {
			return err
		}
		progress := friends.ProgressOf(split, shares)
		page.Splits = append(page.Splits, templates.SplitRow{URL: splitPath(front.account) + "/" + split.Number, Note: split.Note,
			Whole: split.Whole, Paid: progress.Paid, Of: progress.Of})
	}
	asked, err := p.Friends.Of(c, front.person, listedAsks)
	if err != nil {
		return err
	}
	for _, one := range asked {
		if one.Split == "" {
			page.Asked = append(page.Asked, p.askRow(c, one))
		}
	}
	blocked, err := p.Friends.Blocked(c, front.person)
	if err != nil {
		return err
	}
	for _, one := range blocked {
		page.Blocked = append(page.Blocked, templates.Option{Value: one.Number, Label: p.called(c, one.Name)})
	}
	return p.Draw(c, page)
}

// called is how somebody is called on a page.
func (p *pages) called(c *gin.Context, name string) string {
	if name == "" {
		return p.Text(c, "friends.somebody")
	}
	return name
}

// knownTo are whom somebody knows, as choices.
func (p *pages) knownTo(c *gin.Context, person message.Person, chosen ...string) ([]templates.Option, error) {
	known, err := p.Friends.Known(c, person)
	if err != nil {
		return nil, err
	}
	options := make([]templates.Option, len(known))
	for i, friend := range known {
		options[i] = templates.Option{Value: friend.Number, Label: p.called(c, friend.Name)}
		for _, one := range chosen {
			options[i].Chosen = options[i].Chosen || one == friend.Number
		}
	}
	return options, nil
}

func (p *pages) askRow(c *gin.Context, asked friends.Ask) templates.AskRow {
	row := templates.AskRow{Name: p.called(c, asked.To.Name), Note: asked.Note, Amount: asked.Amount, State: string(asked.State),
		Open: asked.State == friends.Open, Number: asked.Number}
	if asked.Payer != "" {
		row.Name = asked.Payer
	}
	if row.Open {
		row.Link = p.PublicURL + "/pay-to/" + asked.Code
	}
	return row
}

// askFriend sends a friend what they are asked.
func (p *pages) askFriend(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page := &templates.Friends{Key: c.PostForm("key"), Amount: c.PostForm("amount"), Note: c.PostForm("note")}
	err = p.checkouts.Check(c)
	if err == nil {
		err = p.askFor(c, front, page)
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) {
		page.Problem = p.sentence(c, refused)
		return p.drawFriends(c, front, page, c.PostForm("friend"))
	}
	if err != nil {
		return err
	}
	return web.RedirectSaying(c, friendsPath(front.account), templates.Flash{Kind: "good", Text: p.Text(c, "public.friends.asked")})
}

func (p *pages) askFor(c *gin.Context, front storefront, page *templates.Friends) error {
	amount, err := money.Parse(page.Amount, front.account.Currency)
	if err != nil {
		return err
	}
	_, err = p.Friends.Ask(c, friends.Request{From: front.person, Key: page.Key, Friend: c.PostForm("friend"), Amount: amount, Note: page.Note})
	return err
}

// changed does something to what somebody has among friends, and leads back.
func (p *pages) changed(c *gin.Context, back func(account.Account) string, change func(storefront) error) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	if err := change(front); err != nil {
		return p.orBack(c, err, back(front.account))
	}
	return web.Redirect(c, back(front.account))
}

// meetFriend takes the code that somebody has shown.
func (p *pages) meetFriend(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	friend, err := p.Friends.Meet(c, front.person, c.PostForm("code"))
	if err != nil {
		return p.orBack(c, err, friendsPath(front.account))
	}
	return web.Redirect(c, friendsPath(front.account)+"?"+url.Values{"friend": {friend.Number}}.Encode())
}

func (p *pages) callOffAsk(c *gin.Context) error {
	return p.changed(c, friendsPath, func(front storefront) error {
		_, err := p.Friends.Cancel(c, front.person, c.PostForm("ask"))
		return err
	})
}

func (p *pages) unblockFriend(c *gin.Context) error {
	return p.changed(c, friendsPath, func(front storefront) error {
		return p.Friends.Unblock(c, front.person, c.PostForm("person"))
	})
}

// addressed is what the address asks, and in whose account.
func (p *pages) addressed(c *gin.Context) (friends.Ask, account.Account, error) {
	asked, err := p.Friends.Find(c, c.Param("ask"))
	if err != nil {
		return asked, account.Account{}, err
	}
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, asked.Account))
	return asked, of, err
}

func (p *pages) askOwner(c *gin.Context) (account.Account, error) {
	_, of, err := p.addressed(c)
	return of, err
}

// looking is who looks at something asked. Errors: friends.ErrNoAsk for whom nobody
// knows.
func (p *pages) looking(c *gin.Context) (storefront, error) {
	of, err := p.askOwner(c)
	if err != nil {
		return storefront{}, err
	}
	front, err := p.enterShop(c, of)
	if err == nil && !front.known {
		err = friends.ErrNoAsk
	}
	return front, err
}

// askedOf is who looks at what they are asked; for anybody else it is not there.
func (p *pages) askedOf(c *gin.Context) (storefront, friends.Ask, error) {
	front, err := p.looking(c)
	if err != nil {
		return front, friends.Ask{}, err
	}
	asked, err := p.Friends.Asked(c, front.person, c.Param("ask"))
	return front, asked, err
}

func askedPath(asked friends.Ask) string { return "/asked/" + asked.Number }

// askedByFriend is where the second button of a friend's message leads.
func (p *pages) askedByFriend(c *gin.Context) error {
	page, err := p.askedPage(c)
	if errors.Is(err, friends.ErrNoAsk) {
		return p.whoIsAsked(c, err)
	}
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

func (p *pages) askedPage(c *gin.Context) (*templates.Asked, error) {
	front, err := p.looking(c)
	if err != nil {
		return nil, err
	}
	following, err := p.liveOf(c, front)
	if err != nil {
		return nil, err
	}
	asked, err := p.Friends.Asked(c, front.person, c.Param("ask"))
	if err != nil {
		return nil, err
	}
	page := &templates.Asked{Base: p.base(c, front.account), Path: askedPath(asked), Name: p.called(c, asked.From.Name),
		Amount: asked.Amount, Note: asked.Note, State: string(asked.State)}
	page.Live = following
	if asked.State == friends.Open {
		page.PayPath = "/pay-to/" + asked.Code
	}
	page.Nav, err = p.nav(c, front)
	return page, err
}

// whoIsAsked lets the one who is asked say who they are.
func (p *pages) whoIsAsked(c *gin.Context, refusal error) error {
	asked, of, err := p.addressed(c)
	if err != nil || asked.To.ID == "" {
		return refusal
	}
	return p.whoIsIt(c, of, asked.To.Channel, refusal)
}

func (p *pages) declineAsk(c *gin.Context) error {
	return p.answerAsk(c, "public.friends.declined", func(front storefront, number string) error {
		_, err := p.Friends.Decline(c, front.person, number)
		return err
	})
}

func (p *pages) blockAsker(c *gin.Context) error {
	return p.answerAsk(c, "public.friends.blocked", func(front storefront, number string) error {
		return p.Friends.Block(c, front.person, number)
	})
}

func (p *pages) answerAsk(c *gin.Context, said string, answer func(storefront, string) error) error {
	front, asked, err := p.askedOf(c)
	if err != nil {
		return err
	}
	if err := answer(front, asked.Number); err != nil {
		return p.orBack(c, err, askedPath(asked))
	}
	return web.RedirectSaying(c, askedPath(asked), templates.Flash{Kind: "good", Text: p.Text(c, said)})
}
