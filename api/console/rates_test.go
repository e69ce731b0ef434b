package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// sheet is where the bank's rates are.
func sheet(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "../../shop/exchange/testdata/eurofxref-daily.xml")
	}))
	t.Cleanup(server.Close)
	return server.URL + "/daily.xml"
}

func TestPublishedRatesAreTurnedOnSeenAndRefusedWhenOld(t *testing.T) {
	t.Parallel()
	const page = "/console/corner/settings/payments/rates"
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	b.get(page).want(t, http.StatusOK, "Take over the European Central Bank", "7 days")
	b.post(page+"/rules", "published", "true", "days", "9").want(t, http.StatusSeeOther)
	b.follow(page+"/rules", "published", "true", "days", "3").want(t, http.StatusOK, "Saved.", "come within minutes")
	must(t, k.exchange.Follow(t.Context()))
	// The file is of June 2024, and the clock of the test in May 2026.
	b.get(page).want(t, http.StatusOK, "1 CNY = 189.6975 KRW", "European Central Bank", "Newest: 2024-06-28", "The last rate is of 2024-06-28 and too old")
	b.post(page, "to", "KRW", "value", "190", "day", "").want(t, http.StatusSeeOther)
	b.get(page).want(t, http.StatusOK, "1 CNY = 190 KRW", "in use")
	b.get("/console/corner/settings/audit").want(t, http.StatusOK, "Changed which exchange rates are used")
}

func TestARateIsSetSeenInUseAndDeleted(t *testing.T) {
	t.Parallel()
	const page = "/console/corner/settings/payments/rates"
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	const ways, kakaopay = "/console/corner/settings/payments", "/console/corner/settings/payments/kakaopay\""
	if list := b.get(ways); !strings.Contains(list.body, "Takes no CNY") || strings.Contains(list.body, kakaopay) {
		t.Errorf("without a rate: %s", list.body)
	}
	b.get(page).want(t, http.StatusOK, "No rates yet")
	b.post(page, "to", "KRW", "value", "abc", "day", "").want(t, http.StatusUnprocessableEntity, "above 0", "abc")
	b.post(page, "to", "KRW", "value", "190", "day", "2026-06-01").want(t, http.StatusUnprocessableEntity, "has not come yet")
	b.post(page, "to", "KRW", "value", "190.52", "day", "").want(t, http.StatusSeeOther)
	b.get(page).want(t, http.StatusOK, "1 CNY = 190.52 KRW", "in use", "2026-05-04")
	b.get(ways).want(t, http.StatusOK, kakaopay) // it takes won
	b.get("/console/corner/settings/audit").want(t, http.StatusOK, "Set an exchange rate")
	b.post(page+"/KRW/2026-05-04/remove").want(t, http.StatusSeeOther)
	b.get(page).want(t, http.StatusOK, "No rates yet")
}
