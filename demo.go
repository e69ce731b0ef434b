package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"plaza/account"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/broadcast/qr"
	"plaza/demo"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/store"
)

type demoCommand struct {
	Fresh      bool `help:"Forget what was done in earlier demos."`
	Play       bool `help:"Let a subscriber play by itself: follow, ask, buy, pay."`
	Month      bool `default:"true" negatable:"" help:"Let the sample store have five weeks behind it: people, orders, books. --no-month begins on its first day."`
	Messengers bool `default:"true" negatable:"" help:"Run stand-ins of the messengers and payment providers on this machine, with a phone for each to play with. --no-messengers leaves them out."`
}

// Run starts a server with sample accounts. It has a folder of its own inside
// the data folder, so that looking around never touches real data.
func (c demoCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	own := *s
	own.Data = demoFolder(s)
	own.PrivateCallbacks = true // a developer tries a bot on the same machine
	if c.Fresh {
		if err := os.RemoveAll(own.Data); err != nil {
			return err
		}
	}
	listener, err := own.listen()
	if err != nil {
		return err
	}
	return errors.Join(c.run(ctx, &own, listener, out), shut(listener))
}

// run is a demo on a folder, a database and a port of its own.
func (c demoCommand) run(ctx context.Context, own *Settings, listener net.Listener, out io.Writer) error {
	sample := differences{testMoney: true}
	var phones *standIns
	if c.Messengers {
		var err error
		if phones, err = openStandIns(own, listener.Addr()); err != nil {
			return err
		}
		defer phones.end()
		sample.mediaURL = phones.mediaURL()
	}
	p, owner, err := c.openFilled(ctx, own, sample)
	if err != nil {
		return err
	}
	link, err := p.signInLink(ctx, owner)
	if err != nil {
		return errors.Join(err, p.close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return p.serve(ctx, listener, func(string) error {
		if err := p.connectStandIns(ctx, phones); err != nil {
			return fmt.Errorf("connect the phones: %w", err)
		}
		if err := greet(out, own, link, c.phonesLine(phones)); err != nil {
			return err
		}
		if c.Play {
			go p.play(ctx)
		}
		return nil
	})
}

// demoFolder is where the demo keeps everything, inside the data folder.
func demoFolder(s *Settings) string { return filepath.Join(s.Data, "demo") }

// shut closes a listener that a server may have closed already.
func shut(listener net.Listener) error {
	if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// greet prints what to open, with the store's code to scan off the screen.
func greet(out io.Writer, own *Settings, link, phones string) error {
	publicURL, port := own.publicURL(), own.port()
	chat := publicURL + "/chat/" + demo.StoreSlug
	code, err := qrcode.New(chat, qrcode.Medium)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, `
Plaza is running, with a sample store and a sample city office.

  Console (as the owner; this link works once)
    %s

  Web chat (as a subscriber; or scan the code)
    %s
%s
%s  City office:  %s/chat/%s
  Café:         %s/chat/%s
  Scanning with a phone needs an address it can reach: start with
    --public-url http://<this computer's address>%s
  Ctrl-C ends it. Everything is kept for next time; --fresh forgets it.

`, link, chat, code.ToSmallString(false), phones, publicURL, demo.CitySlug, publicURL, demo.CafeSlug, port)
	return err
}

// openFilled opens the demo's program. The sample accounts are made first unless
// they are there, with the weeks that they have been open.
func (c demoCommand) openFilled(ctx context.Context, own *Settings, sample differences) (*program, account.Member, error) {
	p, err := open(ctx, own, sample)
	if err != nil {
		return nil, account.Member{}, err
	}
	_, err = p.Accounts.Accounts.FindBySlug(ctx, demo.CitySlug) // made last, so everything is there
	if errors.Is(err, account.ErrNoAccount) {
		if err := errors.Join(p.close(), c.fillIn(ctx, own, sample)); err != nil {
			return nil, account.Member{}, fmt.Errorf("fill in the samples: %w", err)
		}
		if p, err = open(ctx, own, sample); err != nil {
			return nil, account.Member{}, err
		}
	}
	var owner account.Member
	if err == nil {
		owner, err = p.person(ctx, demo.Owner, "Mina")
	}
	if err != nil {
		return nil, owner, errors.Join(err, p.close())
	}
	return p, owner, nil
}

// fillIn makes the sample accounts: by a clock of the past, unless the store is
// to begin today.
func (c demoCommand) fillIn(ctx context.Context, own *Settings, sample differences) error {
	var clock *walk
	if c.Month {
		var err error
		if clock, err = newWalk(); err != nil {
			return err
		}
		sample.past = clock.now
	}
	p, err := open(ctx, own, sample)
	if err != nil {
		return err
	}
	return errors.Join(p.seed(ctx, clock), p.close())
}

// seed makes the sample accounts. It goes on where an earlier start was
// interrupted.
func (p *program) seed(ctx context.Context, clock *walk) error {
	owner, err := p.person(ctx, demo.Owner, "Mina")
	if err != nil {
		return err
	}
	approver, err := p.person(ctx, demo.Approver, "Jun")
	if err != nil {
		return err
	}
	if err := p.seedCafe(ctx, owner); err != nil {
		return err
	}
	if err := p.seedStore(ctx, owner); err != nil {
		return err
	}
	if clock != nil {
		if err := p.liveMonth(ctx, clock, owner); err != nil {
			return err
		}
		clock.set(time.Now())
	}
	return p.seedCity(ctx, owner, approver)
}

func (p *program) person(ctx context.Context, email, name string) (account.Member, error) {
	found, err := p.Accounts.Members.FindByEmail(ctx, email)
	if errors.Is(err, account.ErrNoMember) {
		return p.Accounts.Members.Create(ctx, account.NewMember{Email: email, Name: name, Language: "en"})
	}
	return found, err
}

var demoActor = account.System("plaza demo")

// openSample makes an account, or finds the one that an interrupted start left.
func (p *program) openSample(ctx context.Context, wanted account.NewAccount, logo string, owner account.Member) (account.Account, error) {
	opened, err := p.Accounts.Accounts.Create(ctx, wanted, owner.ID, demoActor)
	if errors.Is(err, account.ErrSlugTaken) {
		return p.Accounts.Accounts.FindBySlug(ctx, wanted.Slug)
	}
	if err != nil {
		return opened, err
	}
	profile := wanted.Profile
	if profile.Logo, err = p.samplePicture(ctx, opened.ID, logo); err != nil {
		return opened, err
	}
	return p.Accounts.Accounts.Update(ctx, opened.ID, profile, demoActor)
}

func (p *program) samplePicture(ctx context.Context, account, name string) (string, error) {
	file, err := demo.Pictures.ReadFile("pictures/" + name)
	if err != nil {
		return "", err
	}
	added, err := p.Pictures.Add(ctx, account, bytes.NewReader(file))
	return added.ID, err
}

func (p *program) seedStore(ctx context.Context, owner account.Member) error {
	opened, err := p.openSample(ctx, account.NewAccount{Slug: demo.StoreSlug, Currency: "CNY",
		Profile: account.Profile{Kind: account.Merchant, Names: demo.StoreNames, Descriptions: demo.StoreAbout,
			Language: "en", TimeZone: demo.StoreZone, Colour: "#0f7a54"}}, "store-logo.png", owner)
	if err != nil {
		return err
	}
	products, err := p.seedProducts(ctx, opened.ID, "CNY", demo.Products)
	if err != nil {
		return err
	}
	if err := p.seedRules(ctx, opened.ID, demo.StoreRules(products[:3])); err != nil {
		return err
	}
	if err := p.seedMenus(ctx, opened.ID, demo.StoreMenus()); err != nil {
		return err
	}
	_, err = p.Shop.AddCoupon(ctx, shop.Coupon{Account: opened.ID, Code: demo.Coupon, Percent: 10, PerPerson: 1, Active: true})
	if err != nil && !errors.Is(err, shop.ErrCouponExists) {
		return err
	}
	if _, err := p.Codes.Create(ctx, opened.ID, owner.ID, qr.Spec{Kind: qr.Follow, Label: "At the counter", Target: "/chat/" + opened.Slug}); err != nil {
		return err
	}
	code, err := p.Codes.Create(ctx, opened.ID, owner.ID, qr.Spec{Kind: qr.Coupon, Label: "Ten percent off", Coupon: demo.Coupon})
	if err != nil {
		return err
	}
	promo, err := p.samplePicture(ctx, opened.ID, "promo.jpg")
	if err != nil {
		return err
	}
	_, err = p.Broadcast.Create(ctx, opened.ID, owner.ID, demo.Campaign("/pictures/"+promo, code.ID))
	return err
}

func (p *program) seedProducts(ctx context.Context, account, currency string, samples []demo.Product) ([]string, error) {
	existing, _, err := p.Shop.Products(ctx, account, shop.Active, "", 1, "")
	if err != nil {
		return nil, err
	}
	if len(existing) > 0 { // an interrupted start: begin again
		if err := p.archiveAll(ctx, account); err != nil {
			return nil, err
		}
	}
	var ids []string
	for position, sample := range samples {
		picture, err := p.samplePicture(ctx, account, sample.Picture)
		if err != nil {
			return nil, err
		}
		product := shop.Product{Account: account, Names: sample.Names, Descriptions: sample.About,
			Pictures: []string{picture}, State: shop.Active, Category: sample.Category, Position: int64(position)}
		quantities := map[int]int64{}
		for i, variant := range sample.Variants {
			product.Variants = append(product.Variants, shop.Variant{Labels: variant.Labels, Price: money.Of(variant.Price, currency)})
			quantities[i] = variant.Stock
		}
		saved, err := p.Shop.SaveProduct(ctx, product, quantities)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sample.Names["en"], err)
		}
		ids = append(ids, saved.ID)
	}
	return ids, nil
}

func (p *program) archiveAll(ctx context.Context, account string) error {
	for {
		page, _, err := p.Shop.Products(ctx, account, shop.Active, "", store.DefaultPage, "")
		if err != nil || len(page) == 0 {
			return err
		}
		for _, product := range page {
			if err := p.Shop.ArchiveProduct(ctx, account, product.ID); err != nil {
				return err
			}
		}
	}
}

func (p *program) seedRules(ctx context.Context, account string, rules []bot.Rule) error {
	existing, err := p.Bot.Rules().List(ctx, account)
	if err != nil || len(existing) > 0 {
		return err
	}
	for _, rule := range rules {
		if _, err := p.Bot.Rules().Save(ctx, account, rule); err != nil {
			return fmt.Errorf("rule %q: %w", rule.Name, err)
		}
	}
	return nil
}

func (p *program) seedCity(ctx context.Context, owner, approver account.Member) error {
	opened, err := p.openSample(ctx, account.NewAccount{Slug: demo.CitySlug, Currency: "CNY",
		Profile: account.Profile{Kind: account.Agency, Names: demo.CityNames, Descriptions: demo.CityAbout,
			Language: "en", TimeZone: "Asia/Shanghai", Colour: "#2456b8"}}, "city-logo.png", owner)
	if err != nil {
		return err
	}
	if err := p.Accounts.Members.Add(ctx, opened.ID, approver.ID, account.Approver, demoActor); err != nil {
		return err
	}
	if err := p.seedRules(ctx, opened.ID, demo.CityRules()); err != nil {
		return err
	}
	notice, err := p.Broadcast.DraftNotice(ctx, opened.ID, owner.ID, demo.Notice)
	if err != nil {
		return err
	}
	if notice, err = p.Broadcast.ApproveNotice(ctx, opened.ID, approver.ID, notice.ID, notice.Revision); err != nil {
		return err
	}
	_, err = p.Broadcast.PublishNotice(ctx, opened.ID, owner.ID, notice.ID, notice.Revision, true)
	return err
}

// play is a subscriber who tries everything once, through the same doors as a
// person: for watching the console come alive.
func (p *program) play(ctx context.Context) {
	if err := p.playOnce(ctx); err != nil && ctx.Err() == nil {
		p.Logger.Error("the self-playing subscriber stumbled", "error", err)
	}
}

func (p *program) playOnce(ctx context.Context) error {
	opened, err := p.Accounts.Accounts.FindBySlug(ctx, demo.StoreSlug)
	if err != nil {
		return err
	}
	_, visitor, err := p.Webchat.Welcome(ctx, opened.ID, "en")
	if err != nil {
		return err
	}
	if _, err := p.Webchat.Follow(ctx, visitor, ""); err != nil {
		return err
	}
	name := "Ada"
	if visitor, err = p.Webchat.Profile(ctx, visitor, &name, nil); err != nil {
		return err
	}
	if err := p.Wallet.Grant(ctx, visitor.Person(), store.NewID(), money.Of(20000, "CNY")); err != nil {
		return err
	}
	answer, err := p.Webchat.Say(ctx, visitor, webchat.Said{Key: store.NewID(), Text: "What are your opening hours?"})
	if err != nil {
		return err
	}
	for _, payload := range []string{"shop:list", "shop:buy:", "shop:checkout", "shop:pay:", "shop:confirm:"} {
		if answer, err = p.press(ctx, visitor, answer, payload); err != nil {
			return err
		}
		if howDelivered := "shop:checkout:"; payload == "shop:checkout" && findButton(answer.Out, howDelivered) != "" {
			if answer, err = p.press(ctx, visitor, answer, howDelivered); err != nil {
				return err
			}
		}
	}
	return nil
}

// press says a payload, or where it ends with a colon presses the button on
// offer that begins so.
func (p *program) press(ctx context.Context, visitor webchat.Visitor, offered bot.Answer, payload string) (bot.Answer, error) {
	pressed := payload
	if strings.HasSuffix(payload, ":") {
		if pressed = findButton(offered.Out, payload); pressed == "" {
			return offered, fmt.Errorf("no button %s... was offered", payload)
		}
	}
	return p.Webchat.Say(ctx, visitor, webchat.Said{Key: store.NewID(), Payload: pressed})
}

// findButton finds the first button on offer whose payload begins so.
func findButton(answer []message.Outbound, prefix string) string {
	for _, out := range answer {
		buttons := out.Buttons
		for _, card := range out.Cards {
			buttons = append(buttons, card.Buttons...)
		}
		for _, button := range buttons {
			if strings.HasPrefix(button.Payload, prefix) {
				return button.Payload
			}
		}
	}
	return ""
}
