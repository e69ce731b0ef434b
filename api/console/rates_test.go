package console_test

import (
	"net/http"
	"testing"
)

func TestARateIsSetSeenInUseAndDeleted(t *testing.T) {
	t.Parallel()
	const page = "/console/corner/settings/payments/rates"
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	b.get(page).want(t, http.StatusOK, "No rates yet")
	b.post(page, "to", "KRW", "value", "abc", "day", "").want(t, http.StatusUnprocessableEntity, "above 0", "abc")
	b.post(page, "to", "KRW", "value", "190", "day", "2026-06-01").want(t, http.StatusUnprocessableEntity, "has not come yet")
	b.post(page, "to", "KRW", "value", "190.52", "day", "").want(t, http.StatusSeeOther)
	b.get(page).want(t, http.StatusOK, "1 CNY = 190.52 KRW", "in use", "2026-05-04")
	b.get("/console/corner/settings/audit").want(t, http.StatusOK, "Set an exchange rate")
	b.post(page+"/KRW/2026-05-04/remove").want(t, http.StatusSeeOther)
	b.get(page).want(t, http.StatusOK, "No rates yet")
}
