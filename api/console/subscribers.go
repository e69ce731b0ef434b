package console

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay/wallet"
	"plaza/store"
	"plaza/templates"
)

// wanted reads whom the member looks for.
func wanted(c *gin.Context) bot.People {
	return bot.People{Search: strings.TrimSpace(c.Query("q")), Tag: c.Query("tag"), Channel: c.Query("channel")}
}

func (s *Console) subscribers(c *gin.Context) error {
	base, err := s.base(c, "overview")
	if err != nil {
		return err
	}
	people := wanted(c)
	found, next, err := s.Bot.Subscribers().List(c, accountID(c), people, after(c), pageSize)
	if err != nil {
		return err
	}
	counts, err := s.Bot.Subscribers().Counts(c, accountID(c))
	if err != nil {
		return err
	}
	page := &templates.Subscribers{
		Base: base, Query: people.Search, Total: int(counts.All), Pager: pager(c, next),
		Tags: tagOptions(counts, people.Tag), Channels: s.channelOptions(c, counts, people.Channel),
		Filtered: people != bot.People{},
	}
	for _, one := range found {
		page.Rows = append(page.Rows, s.card(c, one))
	}
	return s.Surface.Draw(c, page)
}

// tagOptions are the tags in use, with how many have them.
func tagOptions(counts bot.Counts, chosen string) []templates.Option {
	var options []templates.Option
	for _, tag := range slices.Sorted(maps.Keys(counts.Tags)) {
		if counts.Tags[tag] > 0 || tag == chosen {
			options = append(options, templates.Option{Value: tag, Label: tag,
				Hint: strconv.FormatInt(counts.Tags[tag], 10), Chosen: tag == chosen})
		}
	}
	return options
}

func (s *Console) channelOptions(c *gin.Context, counts bot.Counts, chosen string) []templates.Option {
	return s.options(c, "channel", chosen, slices.Sorted(maps.Keys(counts.Channels))...)
}

// card is who a subscriber is, without what costs another query.
func (s *Console) card(c *gin.Context, one bot.Subscriber) templates.SubscriberCard {
	return templates.SubscriberCard{
		ID: one.ID, URL: path(c, "subscribers", one.ID), Name: s.personName(c, cmp.Or(one.Remark, one.Name), one.ID),
		Remark: one.Remark, Channel: one.Channel, Language: one.Language, Followed: one.Followed,
		FollowedAt: instant(one.FollowedAt), LastSeen: one.LastInboundAt, Scene: one.Scene, Tags: one.Tags,
	}
}

// personCard is a subscriber with their latest orders and how they came.
func (s *Console) personCard(c *gin.Context, id string) (templates.SubscriberCard, error) {
	one, err := s.Bot.Subscribers().Get(c, accountID(c), id)
	if err != nil {
		return templates.SubscriberCard{}, err
	}
	card := s.card(c, one)
	card.Name, card.Remark = s.personName(c, one.Name, one.ID), one.Remark
	if code, err := s.Codes.Find(c, accountID(c), one.Scene); err == nil {
		card.Scene = code.Label
	}
	if card.Linked, err = s.linked(c, id); err != nil {
		return card, err
	}
	if !web.At(c).Access.May(account.ReadShop) {
		return card, nil
	}
	latest, _, err := s.Shop.OrdersOf(c, one.Person(), 3, "")
	for _, order := range latest {
		card.Orders = append(card.Orders, s.orderLine(c, order))
	}
	return card, err
}

func (s *Console) subscriber(c *gin.Context) error {
	page, err := s.subscriberPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) subscriberPage(c *gin.Context) (*templates.Subscriber, error) {
	id := c.Param("subscriber")
	one, err := s.Bot.Subscribers().Get(c, accountID(c), id)
	if err != nil {
		return nil, err
	}
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.Subscriber{
		Base: base, Remark: one.Remark, Promotions: one.Consent.Promotions, Notices: one.Consent.Notices,
		Languages:       s.options(c, "language", one.Language, message.Languages[:]...),
		ConversationURL: path(c, "inbox", "c", id),
	}
	if page.Person, err = s.personCard(c, id); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(one.Attributes)) {
		page.Attributes = append(page.Attributes, [2]string{name, one.Attributes[name]})
	}
	if web.At(c).Account.Kind == account.Merchant {
		err = s.addBalance(c, page, one.Person())
	}
	return page, err
}

func (s *Console) addBalance(c *gin.Context, page *templates.Subscriber, person message.Person) error {
	balance, err := s.Wallet.Balance(c, person, web.At(c).Account.Currency)
	if err != nil {
		return err
	}
	page.Balance = balance.In(web.Language(c))
	page.GrantAllowed = s.Wallet.TestMoney() && web.At(c).Access.May(account.Refund)
	page.PIN, err = s.pinOf(c, person)
	return err
}

func (s *Console) changeSubscriber(c *gin.Context) error {
	id := c.Param("subscriber")
	remark, language := field(c, "remark"), message.LanguageOf(c.PostForm("language"))
	profile := bot.Profile{Remark: &remark, Language: &language,
		Consent: &bot.Consent{Notices: c.PostForm("notices") == "on", Promotions: c.PostForm("promotions") == "on"}}
	err := s.audited(c, "subscriber.changed", "subscriber:"+id, func() error {
		_, err := s.Bot.Subscribers().Change(c, accountID(c), id, profile)
		return err
	})
	if err == nil {
		return s.done(c, path(c, "subscribers", id), "done.saved", nil)
	}
	page, shown := s.subscriberPage(c)
	if shown != nil {
		return shown
	}
	if err := s.refused(c, &page.Base, err, map[string]string{"name": "remark", "": "remark"}, "remark"); err != nil {
		return err
	}
	page.Remark, page.Promotions, page.Notices = remark, profile.Consent.Promotions, profile.Consent.Notices
	page.Languages = s.options(c, "language", language, message.Languages[:]...)
	return s.again(c, page)
}

// tagSubscriber makes the tags those that were typed.
func (s *Console) tagSubscriber(c *gin.Context) error {
	id, next := c.Param("subscriber"), web.LocalPath(c.PostForm("next"))
	typed := words(c.PostForm("tags"))
	err := s.audited(c, "subscriber.tagged", "subscriber:"+id, func() error {
		one, err := s.Bot.Subscribers().Get(c, accountID(c), id)
		if err != nil {
			return err
		}
		_, err = s.Bot.Subscribers().Tag(c, accountID(c), id, without(typed, one.Tags), without(one.Tags, typed))
		return err
	})
	return s.done(c, next, "done.saved", err)
}

// words are what stands between commas, of any script.
func words(text string) []string {
	var found []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",，、\n", r) }) {
		if word = strings.TrimSpace(word); word != "" && !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return found
}

// without is all of some that are not among others.
func without(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(one string) bool { return slices.Contains(others, one) })
}

func (s *Console) grantTestMoney(c *gin.Context) error {
	id := c.Param("subscriber")
	if !s.Wallet.TestMoney() {
		return wallet.ErrNoTestMoney
	}
	err := s.audited(c, "test_money.granted", "subscriber:"+id, func() error {
		one, err := s.Bot.Subscribers().Get(c, accountID(c), id)
		if err != nil {
			return err
		}
		amount, err := money.Parse(field(c, "amount"), web.At(c).Account.Currency)
		if err != nil {
			return err
		}
		return s.Wallet.Grant(c, one.Person(), store.NewID(), amount)
	})
	return s.done(c, path(c, "subscribers", id), "done.granted", err)
}

// exportSubscribers streams the list as CSV, page by page.
func (s *Console) exportSubscribers(c *gin.Context) error {
	if err := s.audited(c, "subscribers.exported", "", func() error { return nil }); err != nil {
		return err
	}
	out, err := download(c, "subscribers", "id", "name", "remark", "channel", "language", "tags", "follows", "since", "last_seen")
	if err != nil {
		return err
	}
	for next, more := store.Cursor(""), true; more; more = next != "" {
		found, following, err := s.Bot.Subscribers().List(c, accountID(c), wanted(c), next, store.DefaultPage)
		if err != nil {
			return err
		}
		for _, one := range found {
			if err := out.Write(record(one)); err != nil {
				return err
			}
		}
		next = following
	}
	out.Flush()
	return out.Error()
}

// record is a subscriber as a line of CSV.
func record(one bot.Subscriber) []string {
	return []string{one.ID, inert(one.Name), inert(one.Remark), one.Channel, one.Language, inert(strings.Join(one.Tags, ", ")),
		strconv.FormatBool(one.Followed), stamp(instant(one.FollowedAt)), stamp(one.LastInboundAt)}
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
