package public

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/message"
	"plaza/templates"
)

// front leads members to their console; there is nothing for others to list:
// accounts are found by their codes.
func (p *pages) front(c *gin.Context) error { return web.Redirect(c, "/console") }

// language remembers the language that a person chose.
func (p *pages) language(c *gin.Context) error {
	rememberLanguage(c, message.LanguageOf(c.PostForm("language")))
	return web.Redirect(c, web.LocalPath(c.PostForm("next")))
}

func rememberLanguage(c *gin.Context, language string) {
	web.SetCookie(c, &http.Cookie{Name: web.LanguageCookie, Value: language, MaxAge: 365 * 24 * 3600})
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
	of, err := p.Accounts.Accounts.FindByID(c, notice.Account)
	if err != nil {
		return err
	}
	base := p.base(c, of)
	words := notice.In(base.Language)
	page := &templates.NoticePage{Base: base, NoticeTitle: words.Title, Body: words.Body,
		At: notice.PublishedAt, Urgent: notice.Urgent, ChatPath: chatPath(of), MorePath: "/a/" + of.Slug}
	return p.Draw(c, page)
}

// The elements of an Atom feed (RFC 4287) that readers use.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Relation string `xml:"rel,attr,omitempty"`
		Address  string `xml:"href,attr"`
	}
	atomEntry struct {
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Link    atomLink `xml:"link"`
		Content string   `xml:"content"`
	}
)

const feedNotices = 50

// feed is the account's notices for every feed reader.
func (p *pages) feed(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	notices, _, err := p.Broadcast.PublicNotices(c, of.ID, "", feedNotices)
	if err != nil {
		return err
	}
	language := web.Language(c)
	self := p.PublicURL + "/a/" + of.Slug + "/feed"
	feed := atomFeed{Lang: language, ID: self, Title: of.Name(language), Author: of.Name(language),
		Updated: of.UpdatedAt.Format(time.RFC3339),
		Links:   []atomLink{{"self", self}, {"alternate", p.PublicURL + "/a/" + of.Slug}}}
	for _, notice := range notices {
		words, address := notice.In(language), p.PublicURL+"/n/"+notice.ID
		feed.Entries = append(feed.Entries, atomEntry{ID: address, Title: words.Title,
			Updated: notice.PublishedAt.Format(time.RFC3339), Link: atomLink{"alternate", address}, Content: words.Body})
	}
	if len(notices) > 0 {
		feed.Updated = notices[0].PublishedAt.Format(time.RFC3339)
	}
	encoded, err := xml.MarshalIndent(feed, "", "  ")
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "public, max-age=60")
	c.Data(http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), encoded...))
	return nil
}

// accountPNG and accountSVG are the code that leads to the account's chat.
func (p *pages) accountPNG(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	return sendPNG(c, p.PublicURL+chatPath(of))
}

func (p *pages) accountSVG(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	drawn, err := qr.SVG(p.PublicURL+chatPath(of), qr.Medium)
	if err != nil {
		return err
	}
	return sendDrawn(c, "image/svg+xml", drawn)
}

const codeSize = 480 // pixels

func sendPNG(c *gin.Context, text string) error {
	size := codeSize
	if wanted := c.Query("size"); wanted != "" {
		size, _ = strconv.Atoi(wanted) // 0 is refused below, as what it is
	}
	drawn, err := qr.PNG(text, qr.Medium, size)
	if err != nil {
		return err
	}
	return sendDrawn(c, "image/png", drawn)
}

func sendDrawn(c *gin.Context, contentType string, drawn []byte) error {
	c.Header("Cache-Control", "public, max-age=86400")
	c.Data(http.StatusOK, contentType, drawn)
	return nil
}

// drawCode draws the code of an address of ours, for messengers that show
// pictures. Others' addresses are not drawn: it would lend them our name.
func (p *pages) drawCode(c *gin.Context) error {
	text := c.Query("text")
	if !strings.HasPrefix(text, p.PublicURL+"/") {
		return web.ErrNotFound
	}
	return sendPNG(c, text)
}

// scan is where every printed code leads.
func (p *pages) scan(c *gin.Context) error {
	visitor := c.ClientIP() + " " + c.Request.UserAgent()
	target, err := p.Codes.Resolve(c, c.Param("code"), c.Request.UserAgent(), visitor)
	if err != nil {
		return err
	}
	if key, ok := qr.ParseKey(c.Param("code")); ok && strings.HasPrefix(target, "/chat/") {
		target += "?scene=" + key
	}
	c.Header("Cache-Control", "no-store") // each scan is counted
	c.Redirect(http.StatusFound, target)
	return nil
}

// picture serves an uploaded picture. It never changes, so it may be kept.
func (p *pages) picture(c *gin.Context) error {
	width, _ := strconv.Atoi(c.Query("width")) // 0: the large one
	found, err := p.Pictures.Find(c, c.Param("picture"), width)
	if err != nil {
		return err
	}
	etag := `"` + found.ID + `"`
	c.Header("ETag", etag)
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	if c.GetHeader("If-None-Match") == etag {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.Data(http.StatusOK, found.Type, found.Body)
	return nil
}
