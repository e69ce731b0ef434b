package pay_test

import (
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/shop/pay"
	"plaza/store"
)

// TestRefundsOfOlderVersionsAreFoundByTheirDays upgrades a payment as it was
// written before refunds were looked for by day.
func TestRefundsOfOlderVersionsAreFoundByTheirDays(t *testing.T) {
	t.Parallel()
	schema := pay.Schemas()[0]
	at := func(day int) bson.DateTime {
		return bson.NewDateTimeFromTime(time.Date(2026, 5, day, 23, 0, 0, 0, time.UTC))
	}
	raw, err := bson.Marshal(bson.M{"_id": "a:T", "refunds": bson.M{
		"R1": bson.M{"number": "R1", "amount": int64(1), "state": "success", "at": at(5)},
		"R2": bson.M{"number": "R2", "amount": int64(1), "state": "failure", "at": at(6)},
		"R3": bson.M{"number": "R3", "amount": int64(1), "state": "success", "at": at(4)},
		"R4": bson.M{"number": "R4", "amount": int64(1), "state": "success", "at": at(4)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var document store.Document
	if err := bson.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	changed, err := schema.Upgrades[0](document)
	if days, _ := document["refund_days"].([]string); err != nil || !changed || !slices.Equal(days, []string{"2026-05-04", "2026-05-05"}) {
		t.Errorf("%v, %v, %v", changed, document["refund_days"], err)
	}
	if changed, err := schema.Upgrades[0](document); err != nil || changed {
		t.Errorf("a second time: %v, %v", changed, err)
	}
}

// TestRefundsAreFoundByWhenTheyWereMade asks for days on which refunds were made
// and others, of payments that are older.
func TestRefundsAreFoundByWhenTheyWereMade(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment, err := k.Create(t.Context(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	if payment, err = k.Confirm(t.Context(), account, payment.TradeNo, nil); err != nil {
		t.Fatal(err)
	}
	from := k.now()
	for _, number := range []string{"R1", "R2", "R3"} {
		if _, err := k.Refund(t.Context(), account, payment.TradeNo, number, 10, ""); err != nil {
			t.Fatal(err)
		}
		k.at.Add((20 * time.Hour).Milliseconds())
	}
	var found []string
	for one, err := range k.RefundedBetween(t.Context(), account, from.Add(time.Hour), from.Add(40*time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, one.Refund.Number)
	}
	if !slices.Equal(found, []string{"R2"}) {
		t.Errorf("found %v", found)
	}
	count := 0
	for range k.PaidBetween(t.Context(), account, from, from.Add(time.Minute)) {
		count++
	}
	if count != 1 {
		t.Errorf("%d payments", count)
	}
}
