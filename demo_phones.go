package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"plaza/account"
	"plaza/bot"
	"plaza/demo"
	"plaza/message"
	"plaza/shop/pay"
)

// standIns are the demo's own messengers and payment providers: what they know
// the sample accounts by, and where their phones are shown. Releases have none
// (see standins.go and standins_left_out.go).
type standIns struct {
	page        string // address of the phones
	media       string // address before pictures that a platform fetches over https alone
	connections []standInConnection
	contracts   []standInContract
	// restore lets the person on a messenger's phone follow again, whom the
	// program knows from an earlier demo.
	restore func(channel string)
	know    func(slug, id string) // tells an account's id
	close   func()
}

type standInConnection struct {
	account, channel, person string // account by its slug
	credentials              map[string]any
}

type standInContract struct {
	account, provider string // account by its slug
	typed             map[string]string
}

func (s *standIns) mediaURL() string {
	if s == nil {
		return ""
	}
	return s.media
}

// end gives back what they hold. There may be none.
func (s *standIns) end() {
	if s != nil {
		s.close()
	}
}

// phonesLine is what the demo prints of them.
func (c demoCommand) phonesLine(s *standIns) string {
	switch {
	case s != nil:
		return fmt.Sprintf("  Phones with WeChat, KakaoTalk, LINE and Telegram (only on this computer)\n    %s\n\n", s.page)
	case c.Messengers:
		return "  This is a released program, which has no phones to play messengers with:\n  'go run . demo' in the source has them.\n\n"
	}
	return ""
}

// connectStandIns makes the sample accounts known to the stand-ins, as a member
// does on the console's pages. What is connected already stays as it is, but a
// stand-in that has begun anew is told again where to call and who follows.
func (p *program) connectStandIns(ctx context.Context, s *standIns) error {
	if s == nil {
		return nil
	}
	var connected []string
	for _, c := range s.connections {
		found, err := p.Accounts.Accounts.FindBySlug(ctx, c.account)
		if err != nil {
			return err
		}
		s.know(found.Slug, found.ID)
		if err := p.connectStandIn(ctx, s, found, c); err != nil {
			return fmt.Errorf("%s: %w", c.channel, err)
		}
		connected = append(connected, found.ID)
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(connected))) {
		if err := p.publishMenus(ctx, id); err != nil {
			return fmt.Errorf("menus: %w", err)
		}
	}
	for _, c := range s.contracts {
		found, err := p.Accounts.Accounts.FindBySlug(ctx, c.account)
		if err != nil {
			return err
		}
		if _, err := p.Payments.Contracts().Get(ctx, found.ID, c.provider); !errors.Is(err, pay.ErrNoContract) {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := p.Payments.Contracts().Sign(ctx, found.ID, c.provider, c.typed); err != nil {
			return fmt.Errorf("%s: %w", c.provider, err)
		}
		if _, err := p.Payments.Contracts().Check(ctx, found.ID, c.provider); err != nil {
			return fmt.Errorf("%s: %w", c.provider, err)
		}
	}
	return nil
}

func (p *program) connectStandIn(ctx context.Context, s *standIns, account account.Account, c standInConnection) error {
	connections := p.Bot.Connections()
	saved, err := connections.Get(ctx, account.ID, c.channel)
	switch {
	case errors.Is(err, bot.ErrNotConnected):
		credentials, err := json.Marshal(c.credentials)
		if err != nil {
			return err
		}
		if _, err := connections.Save(ctx, account.ID, c.channel, credentials); err != nil {
			return err
		}
	case err != nil:
		return err
	case !saved.Enabled: // somebody has switched it off
		return nil
	default:
		person, err := p.Bot.Subscribers().Get(ctx, account.ID, message.SubscriberID(account.ID, c.channel, c.person))
		if err == nil && person.Followed {
			s.restore(c.channel)
		} else if err != nil && !errors.Is(err, bot.ErrNoSubscriber) {
			return err
		}
		if err := connections.Enable(ctx, account.ID, c.channel, true); err != nil {
			return err
		}
	}
	_, err = connections.Check(ctx, account.ID, c.channel)
	return err
}

// seedCafe makes the sample account that takes won.
func (p *program) seedCafe(ctx context.Context, owner account.Member) error {
	opened, err := p.openSample(ctx, account.NewAccount{Slug: demo.CafeSlug, Currency: "KRW",
		Profile: account.Profile{Kind: account.Merchant, Names: demo.CafeNames, Descriptions: demo.CafeAbout,
			Language: "ko", TimeZone: "Asia/Seoul", Colour: "#7a4a2b"}}, "coffee.jpg", owner)
	if err != nil {
		return err
	}
	taught, err := p.Bot.Rules().List(ctx, opened.ID)
	if err != nil || len(taught) > 0 { // made last, so everything is there
		return err
	}
	if _, err := p.seedProducts(ctx, opened.ID, "KRW", demo.CafeProducts); err != nil {
		return err
	}
	return p.seedRules(ctx, opened.ID, demo.CafeRules())
}
