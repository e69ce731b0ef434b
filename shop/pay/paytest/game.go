package paytest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"plaza/shop/crashtest"
	"plaza/shop/pay"
)

// Side is a platform's side of a Game: its stand-in, and the provider that speaks
// to it.
type Side interface {
	// Begin asks for a payment and names its subject.
	Begin(rt *rapid.T) (subject string)
	// Trouble lets some of the next calls go wrong; Quiet ends that.
	Trouble(rt *rapid.T)
	Quiet()
	// Act is something that the payer does, or the platform by itself.
	Act(rt *rapid.T, payment pay.Payment)
	// Hear gives the notifications about a payment to the service, perhaps spoilt;
	// HearAll gives all that nobody has taken yet, as they are.
	Hear(rt *rapid.T, tradeNo string)
	HearAll()
	// Pass lets time go by.
	Pass(time.Duration)
	// Excused says that a recovery run may end like this although nothing is wrong.
	Excused(error) bool
	// Compare holds a payment that is over against what the platform knows of it.
	Compare(rt *rapid.T, payment pay.Payment)
}

// Game plays payments to their ends in random orders: payers, notifications (late,
// twice, spoilt), queries, confirmations, closing, refunds, recovery runs, calls
// that go wrong and crashes of our own.
type Game struct {
	Account string
	Service *pay.Service
	Plug    *crashtest.Engine
	Side    Side
}

// Play plays one payment.
func (g Game) Play(rt *rapid.T) {
	g.Side.Trouble(rt)
	subject := g.Side.Begin(rt)
	g.Side.Quiet()
	for range rapid.IntRange(1, 10).Draw(rt, "steps") {
		if rapid.IntRange(0, 3).Draw(rt, "crash") == 0 {
			g.Plug.CrashAfter(rapid.IntRange(0, 4).Draw(rt, "writes"), rapid.Bool().Draw(rt, "lost"))
		}
		g.Side.Trouble(rt)
		g.step(rt, subject)
		g.Plug.Restart()
	}
	g.finish(rt, subject)
	for _, payment := range g.of(rt, subject) {
		if !payment.State.Final() || payment.Due != nil {
			rt.Fatalf("nothing is final: %s, due %v", payment.State, payment.Due)
		}
		g.Side.Compare(rt, payment)
	}
}

func (g Game) of(rt *rapid.T, subject string) []pay.Payment {
	found, err := g.Service.Of(context.Background(), g.Account, subject)
	if err != nil {
		rt.Fatal(err)
	}
	return found
}

// step does one thing with the payment.
func (g Game) step(rt *rapid.T, subject string) {
	ctx := context.Background()
	found, err := g.Service.Of(ctx, g.Account, subject)
	if err != nil || len(found) == 0 {
		return
	}
	payment := found[len(found)-1]
	no := payment.TradeNo
	switch rapid.IntRange(0, 7).Draw(rt, "step") {
	case 0, 1:
		g.Side.Act(rt, payment)
	case 2:
		g.Side.Hear(rt, no)
	case 3:
		_, _ = g.Service.Confirm(ctx, g.Account, no, nil)
	case 4:
		_, _ = g.Service.Check(ctx, g.Account, no)
	case 5:
		_, _ = g.Service.Close(ctx, g.Account, no)
	case 6:
		_, _ = g.Service.Refund(ctx, g.Account, no, fmt.Sprint("R", rapid.IntRange(1, 3).Draw(rt, "number")), rapid.Int64Range(1, 700).Draw(rt, "amount"), "")
	case 7:
		g.Side.Pass(time.Duration(rapid.IntRange(1, 600).Draw(rt, "seconds")) * time.Second)
		_, _ = g.Service.Recover(ctx)
	}
}

// finish lets all go well until nothing is left to do.
func (g Game) finish(rt *rapid.T, subject string) {
	g.Side.Quiet()
	for rounds, rest := 0, true; rest; rounds++ {
		if rounds > 15 {
			rt.Fatal("it does not come to an end")
		}
		g.Side.Pass(11 * time.Minute)
		g.Side.HearAll()
		if _, err := g.Service.Recover(context.Background()); err != nil && !g.Side.Excused(err) {
			rt.Fatal(err)
		}
		rest = slices.ContainsFunc(g.of(rt, subject), func(p pay.Payment) bool { return p.Due != nil })
	}
}
