package console

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/shop"
	"plaza/templates"
)

// figures bound what the overview reads: it is never slower for a busy account.
// Beyond, it says "200+".
const figures = 200

func (s *Console) overview(c *gin.Context) error {
	base, err := s.base(c, "overview", "inbox", "orders", "campaigns")
	if err != nil {
		return err
	}
	page := &templates.Overview{Base: base, ChatURL: "/chat/" + base.Account.Slug}
	if page.Tiles, err = s.tiles(c); err != nil {
		return err
	}
	if page.Feed, err = s.feed(c, base.Live.Since); err != nil {
		return err
	}
	if page.Steps, err = s.steps(c); err != nil {
		return err
	}
	if page.FollowURL, err = s.followURL(c); err != nil {
		return err
	}
	if page.Outages, err = s.outagesNow(c, &base); err != nil {
		return err
	}
	restored, err := s.Broadcast.Restoration.Restored(c)
	if restored {
		page.Sending = s.said(c, "overview.restored")
	}
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// followURL is what the account's own code leads to: a tracked code, so that
// scans of it are counted, or the chat itself if there is none.
func (s *Console) followURL(c *gin.Context) (string, error) {
	codes, _, err := s.Codes.List(c, accountID(c), "", figures)
	for _, code := range codes {
		if code.Kind == qr.Follow && !code.Disabled {
			return s.Codes.URL(code.ID), nil
		}
	}
	return s.Surface.PublicURL + "/chat/" + web.At(c).Account.Slug, err
}

func (s *Console) tiles(c *gin.Context) ([]templates.Tile, error) {
	access := web.At(c).Access
	var tiles []templates.Tile
	if access.May(account.ReadSubscribers) {
		counts, err := s.Bot.Subscribers().Counts(c, accountID(c))
		if err != nil {
			return nil, err
		}
		tiles = append(tiles, templates.Tile{Key: "subscribers", Value: strconv.FormatInt(counts.All, 10), URL: path(c, "subscribers")})
	}
	if access.May(account.ReadInbox) {
		open, err := s.Bot.Inbox().CountOpen(c, accountID(c), figures)
		if err != nil {
			return nil, err
		}
		tiles = append(tiles, templates.Tile{Key: "conversations", Value: atMost(open), URL: path(c, "inbox")})
	}
	undelivered, err := s.sendingTiles(c)
	if err != nil {
		return nil, err
	}
	tiles = append(tiles, undelivered...)
	if access.May(account.ReadShop) && web.At(c).Account.Kind == account.Merchant {
		sales, err := s.salesTiles(c)
		if err != nil {
			return nil, err
		}
		tiles = append(tiles, sales...)
	}
	return tiles, nil
}

// atMost writes a count that was not counted any further than figures.
func atMost(count int) string {
	if count >= figures {
		return strconv.Itoa(figures) + "+"
	}
	return strconv.Itoa(count)
}

// salesTiles tell of the orders since midnight, on the account's clock.
func (s *Console) salesTiles(c *gin.Context) ([]templates.Tile, error) {
	today, err := s.Shop.Today(c, accountID(c))
	if err != nil {
		return nil, err
	}
	count, taken := strconv.Itoa(today.Orders), today.Revenue.In(web.Language(c))
	if today.AtLeast {
		count, taken = count+"+", taken+"+"
	}
	toShip := ""
	if today.ToShip > 0 {
		toShip = s.said(c, "tile.to-ship", today.ToShip)
	}
	return []templates.Tile{
		{Key: "orders", Value: count, Note: toShip, URL: path(c, "orders")},
		{Key: "revenue", Value: taken, URL: path(c, "orders")},
	}, nil
}

// resumeSending is an owner's word that what a backup brought back may send
// again. The whole store was restored, so it counts for all accounts; whatever
// fell due meanwhile is held, in each, for its own members to decide.
func (s *Console) resumeSending(c *gin.Context) error {
	err := s.audited(c, "sending.resumed", "", func() error { return s.Broadcast.Go(c) })
	return s.done(c, path(c), "overview.resumed", err)
}

const stepsCookie = "plaza_steps_hidden"

// hideSteps is remembered by the browser: what is still to be done is no
// property of the account.
func (s *Console) hideSteps(c *gin.Context) error {
	web.SetCookie(c, &http.Cookie{Name: stepsCookie, Value: accountID(c), MaxAge: 365 * 24 * 3600})
	return web.Redirect(c, path(c))
}

// steps are how to get started, as far as they are not all done. Each is read
// from what really is there.
func (s *Console) steps(c *gin.Context) ([]templates.Step, error) {
	if hidden, err := c.Cookie(stepsCookie); err == nil && hidden == accountID(c) {
		return nil, nil
	}
	office := web.At(c)
	checks := []struct {
		key  string
		url  string
		may  account.Permission
		done func(*gin.Context) (bool, error)
	}{
		{"profile", path(c, "settings"), account.Settings, s.hasProfile},
		{"scan", path(c, "codes", "sheet"), account.ReadCampaigns, s.hasSubscriber},
		{"rule", path(c, "rules", "new"), account.WriteRules, s.hasRule},
		{"product", path(c, "products", "new"), account.WriteShop, s.hasProduct},
		{"campaign", path(c, "campaigns", "new"), account.WriteCampaigns, s.hasCampaign},
		{"channel", path(c, "settings", "channels"), account.Settings, s.hasChannel},
	}
	var steps []templates.Step
	left := false
	for _, check := range checks {
		if !office.Access.May(check.may) || check.key == "product" && office.Account.Kind != account.Merchant {
			continue
		}
		done, err := check.done(c)
		if err != nil {
			return nil, err
		}
		left = left || !done
		steps = append(steps, templates.Step{Key: check.key, Done: done, URL: check.url})
	}
	if !left {
		return nil, nil
	}
	return steps, nil
}

func (s *Console) hasProfile(c *gin.Context) (bool, error) {
	office := web.At(c).Account
	return office.Logo != "" || len(office.Descriptions) > 0, nil
}

func (s *Console) hasSubscriber(c *gin.Context) (bool, error) {
	found, _, err := s.Bot.Subscribers().List(c, accountID(c), bot.People{}, "", 1)
	return len(found) > 0, err
}

func (s *Console) hasRule(c *gin.Context) (bool, error) {
	found, err := s.Bot.Rules().List(c, accountID(c))
	return len(found) > 0, err
}

func (s *Console) hasProduct(c *gin.Context) (bool, error) {
	found, _, err := s.Shop.Products(c, accountID(c), shop.Active, "", 1, "")
	return len(found) > 0, err
}

func (s *Console) hasCampaign(c *gin.Context) (bool, error) {
	found, _, err := s.Broadcast.List(c, accountID(c), "", "", pageSize)
	for _, one := range found {
		if one.State != broadcast.Draft {
			return true, err
		}
	}
	return false, err
}

func (s *Console) hasChannel(c *gin.Context) (bool, error) {
	found, err := s.Bot.Connections().List(c, accountID(c))
	return len(found) > 0, err
}
