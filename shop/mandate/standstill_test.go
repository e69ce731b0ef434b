package mandate_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"plaza/shop/mandate"
)

// TestAPeriodThatIsGivenBackSaysSoWhoeverStandsStill lets a worker stand still in
// the middle of a charge, before each of its writes in turn, while the payer
// cancels and gets what is left back.
func TestAPeriodThatIsGivenBackSaysSoWhoeverStandsStill(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	terms := monthly()
	terms.Ending = mandate.AtOnceRefund
	plan, back := k.plan(terms), 0
	for writes := 0; ; writes++ {
		name := fmt.Sprint("ann", writes)
		m := k.agree(name, plan, "bank")
		until, err := mandate.ParseDate(m.Until)
		if err != nil {
			t.Fatal(err)
		}
		k.until(mandate.Date{Time: until.AddDate(0, 0, -1)}.String())
		k.pass(24 * time.Hour)
		k.want(m.ID, mandate.Active, 1)
		asleep, wake := k.plug.Sleep(writes)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = k.Recover(context.Background())
		}()
		select {
		case <-asleep:
		case <-done:
			if back == 0 {
				t.Error("nobody ever got anything back")
			}
			return
		}
		if _, err := k.CancelOwn(context.Background(), person(name), m.ID); err != nil {
			t.Fatal(err)
		}
		k.work()
		wake()
		<-done
		for range 3 {
			k.pass(time.Hour)
			k.work()
		}
		m = k.look(m.ID)
		found, _, err := k.Periods(context.Background(), account, m.ID, 10, "")
		if err != nil {
			t.Fatal(err)
		}
		for i, period := range found {
			if period.State == mandate.PartlyBack || period.State == mandate.GivenBack {
				back++
			}
			k.verifyPeriod(t, m, period, i == 0)
		}
	}
}
