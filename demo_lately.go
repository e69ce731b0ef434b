package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"plaza/broadcast"
	"plaza/demo"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/invoice"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// lately is what waits for the members when the demo begins.
func (m *month) lately(ctx context.Context) error {
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"send orders", m.sendOrders},
		{"refunds", m.refundUntilHeld},
		{"the till", m.sellAtCounter},
		{"the campaign", m.sendCampaign},
		{"the books", m.differ},
		{"services", m.buyServices},
		{"an unpaid order", m.leaveUnpaid},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// sendOrders sends or completes all orders but the last few.
func (m *month) sendOrders(ctx context.Context) error {
	for i, order := range m.bought[:len(m.bought)-4] {
		if order.State != shop.Paid {
			continue
		}
		if _, err := m.Shop.Ship(ctx, m.store.ID, order.ID, "SF Express", "SF10"+strconv.Itoa(20260000+i*37), m.owner.ID); err != nil {
			return err
		}
		if i > len(m.bought)-8 {
			continue
		}
		if _, err := m.Shop.Complete(ctx, m.store.ID, order.ID, m.owner.ID); err != nil {
			return err
		}
	}
	return nil
}

// leaveUnpaid is an order that still waits for its money.
func (m *month) leaveUnpaid(ctx context.Context) error {
	m.clock.set(time.Now())
	_, err := m.order(ctx, m.people[3], shop.CartLine{Variant: m.goods[7].Variants[0].ID, Quantity: 1})
	return err
}

// buyServices books, downloads, and asks for an invoice.
func (m *month) buyServices(ctx context.Context) error {
	for i, sample := range []demo.Product{demo.Recipes, demo.Credit} {
		if err := m.buy(ctx, m.people[i], m.variants[sample.Names["en"]], 1); err != nil {
			return err
		}
	}
	_, err := m.Shop.RequestInvoice(ctx, m.people[0], m.bought[len(m.bought)-2].ID,
		invoice.Request{Kind: invoice.FapiaoPersonal, Title: demo.Regulars[0].Name, Email: "lin@example.com"})
	if err != nil {
		return err
	}
	variant := m.variants[demo.Photos.Names["en"]]
	product, _, _ := strings.Cut(variant, "-")
	slots, err := m.Shop.NextSlots(ctx, m.store.ID, product, 6)
	if err != nil {
		return err
	}
	for i, slot := range slots {
		if i%2 == 1 {
			continue
		}
		order, err := m.order(ctx, m.people[i], shop.CartLine{Variant: variant, Slot: slot.Start.Unix(), Quantity: 1})
		if err != nil {
			return err
		}
		person := m.people[i]
		payment, err := m.Shop.Pay(ctx, person, order.ID, pay.Way{Provider: wallet.Name, Payer: person.ID})
		if err != nil {
			return err
		}
		if _, err := m.Shop.Confirm(ctx, person, payment.TradeNo, nil); err != nil {
			return err
		}
	}
	return nil
}

// refundUntilHeld gives one person back so often that a rule wants a member to
// look at it.
func (m *month) refundUntilHeld(ctx context.Context) error {
	first := len(m.bought)
	for range 4 {
		if err := m.buy(ctx, m.people[5], m.goods[4].Variants[0].ID, 1); err != nil {
			return err
		}
	}
	for _, order := range m.bought[first:] {
		if _, err := m.Shop.Refund(ctx, m.store.ID, order.ID, store.NewID(), 0, "returned", m.owner.ID); err != nil && !errors.Is(err, pay.ErrStopped) {
			return err
		}
	}
	return nil
}

// sellAtCounter takes a payment code, and leaves a sale that waits.
func (m *month) sellAtCounter(ctx context.Context) error {
	sale, err := m.Counter.Begin(ctx, m.store.ID, store.NewID(), money.Of(1250, m.store.Currency), "Lunch", m.owner.Name)
	if err != nil {
		return err
	}
	code, err := m.Wallet.PayCode(ctx, m.people[2])
	if err != nil {
		return err
	}
	if _, err := m.Counter.Take(ctx, m.store.ID, sale.Number, code.Digits); err != nil {
		return err
	}
	_, err = m.Requests.Ask(ctx, m.people[2], store.NewID()[:20], money.Of(4500, m.store.Currency), "Birthday cake, deposit", m.owner.Name)
	return err
}

// sendCampaign sends the evening's promotion, so that its results can be seen.
func (m *month) sendCampaign(ctx context.Context) error {
	drafts, _, err := m.Broadcast.List(ctx, m.store.ID, "", "", 1)
	if err != nil || len(drafts) == 0 {
		return err
	}
	sent, err := m.Broadcast.Create(ctx, m.store.ID, m.owner.ID, broadcast.Plan{Name: demo.FirstWeeks.Name, Content: demo.FirstWeeks.Content,
		Audience: broadcast.Audience{Kind: broadcast.Everybody}, When: broadcast.When{Kind: broadcast.Now}})
	if err != nil {
		return err
	}
	if _, err := m.Broadcast.Schedule(ctx, m.store.ID, sent.ID); err != nil {
		return err
	}
	for _, work := range []func(context.Context) (bool, error){m.Broadcast.Work, m.Bot.Deliver} {
		for worked := true; worked; {
			if worked, err = work(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// differ leaves one line in yesterday's books that no payment of ours explains,
// and compares them.
func (m *month) differ(ctx context.Context) error {
	m.at(demo.Days-1, 20)
	_, err := m.Ledger.Transfer(ctx, ledger.Request{Account: m.store.ID, Key: "pay:" + store.NewID() + "01", Currency: m.store.Currency,
		Legs: []ledger.Leg{{Wallet: m.people[4].ID, Amount: -1680}, {Wallet: ledger.Sales, Amount: 1680}}})
	if err != nil {
		return err
	}
	m.at(demo.Days, 0)
	m.clock.set(m.clock.now().Add(30 * time.Minute))
	if err := m.Books.Work(ctx); err != nil {
		return err
	}
	return errors.Join(m.Statements.Close(ctx, m.store.ID), m.Ledger.Nightly(ctx, m.store.ID))
}
