package public

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/broadcast"
	"plaza/templates"
)

// front leads members to their console; there is nothing for others to list:
// accounts are found by their codes.
func (p *pages) front(c *gin.Context) error { return web.Redirect(c, "/console") }

// language remembers the language that a person chose.
func (p *pages) language(c *gin.Context) error {
	web.RememberLanguage(c, c.PostForm("language"))
	return web.Redirect(c, web.WithoutLanguage(web.LocalPath(c.PostForm("next"))))
}

// robots keeps crawlers out of what is somebody's own, and from being counted
// as people who scanned a code.
func robots(c *gin.Context) error {
	c.String(http.StatusOK, "User-agent: *\nDisallow: /chat/\nDisallow: /pay/\nDisallow: /q/\nDisallow: /console\nDisallow: /shop/*/cart\nDisallow: /shop/*/orders\n")
	return nil
}

// icon is where browsers look for one unasked, such as beside a feed.
func (p *pages) icon(c *gin.Context) error {
	c.Redirect(http.StatusFound, p.Renderer.Assets.URL("icon.svg"))
	return nil
}

const (
	teaserProducts = 4
	teaserNotices  = 5
)

func (p *pages) account(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	page := &templates.AccountPage{
		Base: p.base(c, of), ChatURL: p.PublicURL + chatPath(of), ChatPath: chatPath(of), ShopPath: shopPath(of),
		Channels: []templates.ChannelRow{{Name: webchat.Name, URL: chatPath(of), State: "connected"}},
	}
	counts, err := p.Bot.Subscribers().Counts(c, of.ID)
	if err != nil {
		return err
	}
	page.Followers = int(counts.All)
	if page.Products, err = p.teaser(c, of); err != nil {
		return err
	}
	notices, _, err := p.Broadcast.PublicNotices(c, of.ID, "", teaserNotices)
	if err != nil {
		return err
	}
	for _, notice := range notices {
		page.Notices = append(page.Notices, noticeCard(notice, page.Language))
	}
	if of.Kind == account.Agency {
		page.FeedPath = "/a/" + of.Slug + "/feed"
	}
	connections, err := p.Bot.Connections().List(c, of.ID)
	if err != nil {
		return err
	}
	for _, connection := range connections {
		if connection.Channel != webchat.Name && connection.State == bot.Working {
			page.Channels = append(page.Channels, templates.ChannelRow{Name: connection.Channel, State: "connected"})
		}
	}
	return p.Draw(c, page)
}

func (p *pages) teaser(c *gin.Context, of account.Account) ([]templates.ProductCard, error) {
	if of.Kind != account.Merchant {
		return nil, nil
	}
	offers, _, err := p.Shop.Offers(c, of.ID, "", teaserProducts, "")
	return productCards(of, offers, web.Language(c)), err
}

// noticeExcerpt is how much of a notice a list shows, in characters.
const noticeExcerpt = 140

func noticeCard(notice broadcast.Notice, language string) templates.NoticeCard {
	words := notice.In(language)
	text := []rune(strings.Join(strings.Fields(words.Body), " "))
	if len(text) > noticeExcerpt {
		text = append(text[:noticeExcerpt], '…')
	}
	return templates.NoticeCard{URL: "/n/" + notice.ID, Title: words.Title, Text: string(text),
		At: notice.PublishedAt, Urgent: notice.Urgent}
}

func (p *pages) notice(c *gin.Context) error {
	notice, err := p.Broadcast.PublicNotice(c, c.Param("notice"))
	if err != nil {
		return err
	}
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, notice.Account))
	if err != nil {
		return err
	}
	base := p.base(c, of)
	words := notice.In(base.Language)
	page := &templates.NoticePage{Base: base, NoticeTitle: words.Title, Body: words.Body,
		At: notice.PublishedAt, Urgent: notice.Urgent, ChatPath: chatPath(of), MorePath: "/a/" + of.Slug}
	return p.Draw(c, page)
}
