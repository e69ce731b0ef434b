package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"plaza/account"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/demo"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// walk is a clock that is set to moments of the past and runs on from there.
type walk struct {
	began time.Time // the first day, at midnight where the store is

	mu       sync.Mutex
	at, from time.Time
}

func newWalk() (*walk, error) {
	zone, err := time.LoadLocation(demo.StoreZone)
	if err != nil {
		return nil, err
	}
	year, month, day := time.Now().In(zone).Date()
	made := &walk{began: time.Date(year, month, day-demo.Days, 0, 0, 0, 0, zone)}
	made.set(made.began)
	return made, nil
}

func (w *walk) set(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.from = time.Now()
	if w.at = at; at.After(w.from) {
		w.at = w.from // nothing happens in the future
	}
}

func (w *walk) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at.Add(time.Since(w.from))
}

// month is the sample store's past: the program on an earlier clock, and the
// people who came. Everything goes through the doors that people use, so that
// the books, the figures and the conversations agree with one another.
type month struct {
	*program
	clock    *walk
	store    account.Account
	owner    account.Member
	goods    []shop.Product
	variants map[string]string // of services, by what they are
	people   []message.Person
	bought   []shop.Order
	plans    []mandate.Plan
}

// liveMonth lets the sample store's first weeks pass.
func (p *program) liveMonth(ctx context.Context, clock *walk, owner account.Member) error {
	opened, err := p.Accounts.Accounts.FindBySlug(ctx, demo.StoreSlug)
	if err != nil {
		return err
	}
	come, _, err := p.Bot.Subscribers().List(ctx, opened.ID, bot.People{}, "", 1)
	if err != nil || len(come) > 0 {
		return err // an interrupted start: they have come as far as they did
	}
	goods, _, err := p.Shop.Products(ctx, opened.ID, shop.Active, "", store.DefaultPage, "")
	if err != nil {
		return err
	}
	m := &month{program: p, clock: clock, store: opened, owner: owner, goods: goods, variants: map[string]string{}}
	if err := m.furnish(ctx); err != nil {
		return err
	}
	for day := range demo.Days {
		if err := m.day(ctx, day); err != nil {
			return fmt.Errorf("day %d: %w", day, err)
		}
	}
	return m.lately(ctx)
}

// at sets the clock to an hour of a day.
func (m *month) at(day, hour int) {
	m.clock.set(m.clock.began.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour))
}

// furnish adds what the shop has beside goods.
func (m *month) furnish(ctx context.Context) error {
	settings, err := m.Shop.Settings(ctx, m.store.ID)
	if err != nil {
		return err
	}
	settings.Methods = demo.Deliveries()
	if _, err := m.Shop.SaveSettings(ctx, settings); err != nil {
		return err
	}
	if err := m.sellServices(ctx); err != nil {
		return err
	}
	last := m.goods[len(m.goods)-1]
	last.LowStock = 6
	if _, err := m.Shop.SaveProduct(ctx, last, nil); err != nil {
		return err
	}
	if m.plans, err = m.Mandates.OfferedPlans(ctx, m.store.ID); err != nil {
		return err
	}
	for _, sample := range demo.Plans[len(m.plans):] {
		plan, err := m.Mandates.SavePlan(ctx, m.store.ID, "", sample.Terms, sample.Text)
		if err != nil {
			return err
		}
		m.plans = append(m.plans, plan)
	}
	_, err = m.Counter.MakeCode(ctx, m.store.ID, "At the till", money.Of(0, m.store.Currency), m.owner.Name)
	return err
}

// sellServices puts on sale what is downloaded, given by a key, or booked.
func (m *month) sellServices(ctx context.Context) error {
	book, err := m.Shop.Digital.KeepFile(ctx, m.store.ID, "recipes.txt", strings.NewReader(demo.RecipeBook))
	if err != nil {
		return err
	}
	for i, service := range []struct {
		sample demo.Product
		kind   func(*shop.Product)
	}{
		{demo.Recipes, func(p *shop.Product) {
			p.Kind, p.Downloads, p.Variants[0].Files = shop.Digital, 5, []string{book.ID}
		}},
		{demo.Credit, func(p *shop.Product) { p.Kind, p.Variants[0].Keys = shop.Digital, true }},
		{demo.Photos, func(p *shop.Product) { p.Kind, p.Calendar = shop.Booking, demo.PhotoHours() }},
	} {
		picture, err := m.samplePicture(ctx, m.store.ID, service.sample.Picture)
		if err != nil {
			return err
		}
		product := shop.Product{Account: m.store.ID, Names: service.sample.Names, Descriptions: service.sample.About, Pictures: []string{picture},
			State: shop.Active, Category: service.sample.Category, Position: int64(len(m.goods) + i),
			Variants: []shop.Variant{{Price: money.Of(service.sample.Variants[0].Price, m.store.Currency)}}}
		service.kind(&product)
		saved, err := m.Shop.SaveProduct(ctx, product, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", service.sample.Names["en"], err)
		}
		m.variants[service.sample.Names["en"]] = saved.Variants[0].ID
	}
	_, err = m.Shop.AddKeys(ctx, m.store.ID, m.variants[demo.Credit.Names["en"]], demo.CreditKeys)
	return err
}

// day is what happens on one day: somebody comes, somebody buys, and in the
// night the books are compared.
func (m *month) day(ctx context.Context, day int) error {
	m.at(day, 0)
	if day == 1 {
		if err := m.Books.Enrol(ctx); err != nil {
			return err
		}
	}
	m.clock.set(m.clock.now().Add(30 * time.Minute))
	if err := m.Books.Work(ctx); err != nil {
		return err
	}
	if _, err := m.Mandates.Recover(ctx); err != nil {
		return err
	}
	m.at(day, 10)
	for i, regular := range demo.Regulars {
		if regular.Day == day {
			if err := m.arrive(ctx, i); err != nil {
				return fmt.Errorf("%s: %w", regular.Name, err)
			}
		}
	}
	if len(m.people) == 0 || day == demo.Days-1 {
		return nil
	}
	m.at(day, 12)
	variant, quantity := m.goods[day*5%(len(m.goods)-1)].Variants[0].ID, 1+day%2
	if err := m.Shop.AddStock(ctx, m.store.ID, variant, int64(quantity)); err != nil { // delivered overnight
		return err
	}
	return m.buy(ctx, m.people[day*3%len(m.people)], variant, quantity)
}

// arrive lets a regular follow and speak; the first take out the plans.
func (m *month) arrive(ctx context.Context, i int) error {
	regular := demo.Regulars[i]
	_, visitor, err := m.Webchat.Welcome(ctx, m.store.ID, regular.Language)
	if err != nil {
		return err
	}
	if _, err := m.Webchat.Follow(ctx, visitor, ""); err != nil {
		return err
	}
	if visitor, err = m.Webchat.Profile(ctx, visitor, &regular.Name, &regular.Language); err != nil {
		return err
	}
	if len(regular.Tags) > 0 {
		if _, err := m.Bot.Subscribers().Tag(ctx, m.store.ID, visitor.Person().ID, regular.Tags, nil); err != nil {
			return err
		}
	}
	if err := m.Wallet.Grant(ctx, visitor.Person(), store.NewID(), money.Of(90000, m.store.Currency)); err != nil {
		return err
	}
	if home, known := demo.Homes[i]; known {
		if _, err := m.Shop.SaveAddress(ctx, visitor.Person(), "", home, true); err != nil {
			return err
		}
	}
	if _, err := m.Webchat.Say(ctx, visitor, webchat.Said{Key: store.NewID(), Text: regular.Says}); err != nil {
		return err
	}
	subscriber, err := m.Bot.Subscribers().Get(ctx, m.store.ID, visitor.Person().ID)
	if err != nil {
		return err
	}
	m.people = append(m.people, subscriber.Person())
	if i < 4 {
		return m.agree(ctx, subscriber.Person(), m.plans[i%len(m.plans)])
	}
	return nil
}

// agree has somebody take out a plan and pay its first period.
func (m *month) agree(ctx context.Context, person message.Person, plan mandate.Plan) error {
	_, quote, err := m.Mandates.Quote(ctx, m.store.ID, plan.ID)
	if err != nil {
		return err
	}
	agreed, err := m.Mandates.Agree(ctx, person, mandate.Yes{Plan: plan.ID, Given: true, Quote: quote.Key()})
	if err != nil {
		return err
	}
	payment, err := m.Mandates.Pay(ctx, person, agreed.ID, pay.Way{Provider: wallet.Name, Payer: person.ID})
	if err != nil {
		return err
	}
	_, err = m.Payments.Confirm(ctx, m.store.ID, payment.TradeNo, nil)
	return err
}

// buy is an order that is paid from the balance.
func (m *month) buy(ctx context.Context, person message.Person, variant string, quantity int) error {
	order, err := m.order(ctx, person, shop.CartLine{Variant: variant, Quantity: quantity})
	if err != nil {
		return err
	}
	payment, err := m.Shop.Pay(ctx, person, order.ID, pay.Way{Provider: wallet.Name, Payer: person.ID})
	if err != nil {
		return err
	}
	if _, err := m.Shop.Confirm(ctx, person, payment.TradeNo, nil); err != nil {
		return err
	}
	if order, err = m.Shop.Order(ctx, m.store.ID, order.ID); err != nil {
		return err
	}
	m.bought = append(m.bought, order)
	return nil
}

func (m *month) order(ctx context.Context, person message.Person, line shop.CartLine) (shop.Order, error) {
	settings, err := m.Shop.Settings(ctx, m.store.ID)
	if err != nil {
		return shop.Order{}, err
	}
	method := settings.Methods[0].ID
	addresses, err := m.Shop.Addresses(ctx, person)
	if err != nil {
		return shop.Order{}, err
	}
	request := shop.CheckoutRequest{Key: store.NewID(), Lines: []shop.CartLine{line}, Shipping: method}
	if len(addresses) > 0 {
		request.Shipping, request.Address = settings.Methods[1].ID, addresses[0].ID
	}
	return m.Shop.Checkout(ctx, person, request)
}
