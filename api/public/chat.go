package public

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/message"
	"plaza/store"
	"plaza/templates"
)

const (
	historyPage = 40
	// sceneCookie and the account's id keep the code somebody came by until
	// they follow.
	sceneCookie  = "plaza_scene_"
	sceneMinutes = 30
	maxScene     = 64 // bytes, as in package webchat
)

func chatPath(of account.Account) string { return "/chat/" + of.Slug }

// chat shows the web chat. Who came by a code is remembered to have come by it.
func (p *pages) chat(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	if justLooks(c) || web.Framed(c) && len(of.Origins) == 0 {
		return p.Draw(c, p.newChat(c, of, nil))
	}
	visitor, err := p.welcome(c, of.ID)
	if err != nil {
		return err
	}
	followed, name, err := p.following(c, visitor)
	if err != nil {
		return err
	}
	if scene := c.Query("scene"); scene != "" {
		return p.arrive(c, of, visitor, followed, scene)
	}
	since, err := p.Log.Head(c, of.ID) // before the history: what comes after it is heard
	if err != nil {
		return err
	}
	history, next, err := p.Chat.History(c, visitor, store.Cursor(c.Query("before")), historyPage)
	if err != nil {
		return err
	}
	menu, err := p.Chat.MenuFor(c, visitor.Person(), system(c))
	if err != nil {
		return err
	}
	page := p.newChat(c, of, menu)
	page.Messages, page.Followed, page.Name = chatMessages(history), followed, name
	seen, err := p.Chat.SeenAt(c, visitor)
	if err != nil {
		return err
	}
	markSeen(page.Messages, seen)
	if page.App, err = p.app(c, of, visitor); err != nil {
		return err
	}
	page.Unseen = unseen(history)
	page.Live = templates.Live{URL: livePath(of), Topics: []string{bot.ChatTopic(visitor.Person().ID)}, Since: since}
	if next != "" {
		page.Earlier = chatPath(of) + "?" + url.Values{"before": {string(next)}}.Encode()
	}
	return p.Draw(c, page)
}

// newChat is the chat as somebody sees it who was never here.
func (p *pages) newChat(c *gin.Context, of account.Account, menu []webchat.Entry) *templates.Chat {
	page := &templates.Chat{Base: p.base(c, of), Origins: of.Origins, Path: chatPath(of), ShopPath: shopPath(of),
		SayID: store.NewID(), Menu: menuEntries(menu)}
	if len(menu) == 0 {
		page.Quick = p.quick(c, of)
	}
	return page
}

// following says whether the visitor follows, and under what name.
func (p *pages) following(c *gin.Context, visitor webchat.Visitor) (followed bool, name string, err error) {
	subscriber, err := p.Bot.Subscribers().Get(c, visitor.Account, visitor.Person().ID)
	if errors.Is(err, bot.ErrNoSubscriber) {
		return false, "", nil
	}
	return subscriber.Followed, subscriber.Name, err
}

// arrive takes in that somebody came by a code: a follower's scan goes to the
// bot; for somebody new it is kept until they follow. What is no code, since
// anybody may write an address, is left out.
func (p *pages) arrive(c *gin.Context, of account.Account, visitor webchat.Visitor, followed bool, scene string) error {
	if !followed {
		web.SetCookie(c, &http.Cookie{Name: sceneCookie + of.ID, Value: url.QueryEscape(cut(scene, maxScene)), MaxAge: sceneMinutes * 60})
		return web.Redirect(c, chatPath(of))
	}
	if err := p.arrivals.Check(c); err != nil {
		return err
	}
	_, err := p.Chat.Scan(c, visitor, store.NewID(), scene)
	if err != nil && !errors.Is(err, webchat.ErrClientKey) {
		return err
	}
	return web.Redirect(c, chatPath(of))
}

func cut(text string, bytes int) string { return text[:min(len(text), bytes)] }

// quick is the menu above the composer.
func (p *pages) quick(c *gin.Context, of account.Account) []message.Button {
	if of.Kind != account.Merchant {
		return nil
	}
	button := func(key, payload string) message.Button {
		return message.Button{Label: p.Text(c, key), Payload: payload}
	}
	return []message.Button{
		button("shop.button.shop", "shop:list"), button("shop.button.cart", "shop:cart"), button("shop.button.orders", "shop:orders"),
	}
}

// chatMessages turns history, the newest first, into what a page shows.
func chatMessages(history []bot.Message) []templates.ChatMessage {
	shown := make([]templates.ChatMessage, len(history))
	for i, entry := range history {
		shown[i] = templates.ChatMessage{ID: entry.ID, At: entry.At, In: entry.In, Out: entry.Out, State: string(entry.State)}
	}
	slices.Reverse(shown)
	return shown
}

// markSeen marks the last message of the person that a member has seen.
func markSeen(shown []templates.ChatMessage, seen time.Time) {
	for i := range slices.Backward(shown) {
		if shown[i].In != nil && !shown[i].At.After(seen) {
			shown[i].Seen = true
			return
		}
	}
}

// unseen counts the account's messages that the person has not read.
func unseen(history []bot.Message) (count int) {
	for _, entry := range history {
		if entry.Out != nil && (entry.State == bot.Sent || entry.State == bot.Delivered) {
			count++
		}
	}
	return count
}

// acted finds account and visitor behind a form that only somebody known has.
func (p *pages) acted(c *gin.Context) (of account.Account, visitor webchat.Visitor, known bool, err error) {
	if of, err = p.open(c); err == nil {
		visitor, known, err = p.visitor(c, of.ID)
	}
	return of, visitor, known, err
}

// acting finds account and visitor behind a form of the chat.
func (p *pages) acting(c *gin.Context) (account.Account, webchat.Visitor, error) {
	of, err := p.open(c)
	if err != nil {
		return of, webchat.Visitor{}, err
	}
	visitor, err := p.welcome(c, of.ID)
	return of, visitor, err
}

// done answers a form: the page again or, for a script, what it asked for.
func done(c *gin.Context, path string, answer any) error {
	if web.WantsJSON(c) {
		c.JSON(http.StatusOK, answer)
		return nil
	}
	return web.Redirect(c, path)
}

func (p *pages) say(c *gin.Context) error {
	of, visitor, err := p.acting(c)
	if err != nil {
		return err
	}
	key := c.PostForm("id")
	if key == "" {
		key = store.NewID() // a button in a page without script
	}
	if entry := c.PostForm("entry"); entry != "" {
		_, err = p.Chat.Choose(c, visitor, key, entry, system(c))
	} else {
		_, err = p.Chat.Say(c, visitor, webchat.Said{Key: key, Text: c.PostForm("text"), Payload: c.PostForm("payload")})
	}
	if err != nil {
		return p.orBack(c, err, chatPath(of))
	}
	return done(c, chatPath(of), gin.H{"id": key})
}

func (p *pages) follow(c *gin.Context) error {
	of, visitor, err := p.acting(c)
	if err != nil {
		return err
	}
	scene := ""
	if kept, err := c.Cookie(sceneCookie + of.ID); err == nil {
		scene = kept // gin has unescaped it
		web.SetCookie(c, &http.Cookie{Name: sceneCookie + of.ID, MaxAge: -1})
	}
	if _, err := p.Chat.Follow(c, visitor, scene); err != nil {
		return err
	}
	return done(c, chatPath(of), gin.H{"followed": true})
}

func (p *pages) unfollow(c *gin.Context) error {
	of, visitor, known, err := p.acted(c)
	if err != nil {
		return err
	}
	if known { // somebody new has nothing to end
		if _, err := p.Chat.Unfollow(c, visitor); err != nil {
			return err
		}
	}
	return done(c, chatPath(of), gin.H{"followed": false})
}

// read marks everything up to one message: as read or, by a page that nobody
// looks at, as delivered.
func (p *pages) read(c *gin.Context) error {
	_, visitor, known, err := p.acted(c)
	if err != nil {
		return err
	}
	if !known {
		return webchat.ErrVisitor
	}
	state := bot.Read
	if c.PostForm("state") == string(bot.Delivered) {
		state = bot.Delivered
	}
	if err := p.Chat.Mark(c, visitor, state, c.PostForm("up_to")); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// profile changes what the form has: a missing field leaves as it is.
func (p *pages) profile(c *gin.Context) error {
	of, visitor, err := p.acting(c)
	if err != nil {
		return err
	}
	answer := gin.H{}
	sent := func(field string) *string {
		value, ok := c.GetPostForm(field)
		if !ok {
			return nil
		}
		answer[field] = value
		return &value
	}
	name, language := sent("name"), sent("language")
	if _, err := p.Chat.Profile(c, visitor, name, language); err != nil {
		return p.orBack(c, err, chatPath(of))
	}
	if language != nil {
		answer["language"] = message.LanguageOf(*language)
		web.RememberLanguage(c, *language)
	}
	return done(c, chatPath(of), answer)
}
