package console_test

import (
	"net/http"
	"testing"

	"plaza/account"
)

func TestAMenuIsDraftedPublishedAndRefusedBesideItsField(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	b.get("/console/corner/menus").want(t, http.StatusOK, "For everybody", "Web chat", "Draft")
	form := []string{"version", "0", "do", "save", "menus.0.is", "1",
		"menus.0.entries.0.label", "Shop", "menus.0.entries.0.form", "open", "menus.0.entries.0.value", "/shop/corner",
		// The second is left blank; the third opens two.
		"menus.0.entries.2.label", "Service", "menus.0.entries.2.form", "press",
		"menus.0.entries.2.entries.0.label", "Hours", "menus.0.entries.2.entries.0.form", "press", "menus.0.entries.2.entries.0.value", "hours",
		"menus.0.entries.2.entries.3.label", "Scan", "menus.0.entries.2.entries.3.form", "scan", "menus.0.entries.2.entries.3.value", "scan"}
	b.follow("/console/corner/menus", form...).want(t, http.StatusOK, "The draft is saved.", "Shop", "Hours")
	saved, err := k.bot.Menus().Get(t.Context(), corner.ID)
	must(t, err)
	if entries := saved.Menus[0].Entries; len(entries) != 2 || len(entries[1].Entries) != 2 || entries[1].Action != "" || entries[0].URL != "/shop/corner" {
		t.Errorf("%+v", entries)
	}
	b.post("/console/corner/menus", form...).want(t, http.StatusUnprocessableEntity) // an older draft
	refused := b.post("/console/corner/menus", "version", "1", "menus.0.is", "1", "menus.4.is", "1",
		"menus.0.entries.0.label", "Shop", "menus.0.entries.0.form", "open", "menus.0.entries.0.value", "/shop",
		"menus.4.tag", "vip", "menus.4.entries.1.label", "Bad", "menus.4.entries.1.form", "open", "menus.4.entries.1.value", "javascript:alert(1)")
	refused.want(t, http.StatusUnprocessableEntity, "Give the address of a page")
	if after, err := k.bot.Menus().Get(t.Context(), corner.ID); err != nil || after.Version != 1 {
		t.Errorf("%+v, %v", after, err)
	}
	form[1], form[3] = "1", "publish"
	b.follow("/console/corner/menus", form...).want(t, http.StatusOK, "The menu is published.", "Published")
	k.as(k.with(corner, account.Viewer)).get("/console/corner/menus").want(t, http.StatusOK, "Shop")
}
