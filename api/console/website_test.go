package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"plaza/account"
)

func TestTheSitesThatMayShowTheChatAreChosen(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	const path = "/console/corner/settings/website"
	origins := func() []string {
		found, err := k.accounts.Accounts.FindByID(t.Context(), corner.ID)
		must(t, err)
		return found.Origins
	}
	b.get(path).want(t, http.StatusOK, "&lt;script src=&#34;https://plaza.example/embed/corner.js&#34; async&gt;&lt;/script&gt;", "as soon as a site is entered")
	b.follow(path, "origins", "https://shop.example/contact\r\n\r\n  WWW.shop.example ").want(t, http.StatusOK, "Saved.", "https://shop.example\nhttps://www.shop.example")
	if want := []string{"https://shop.example", "https://www.shop.example"}; !slices.Equal(origins(), want) {
		t.Errorf("kept %q", origins())
	}
	wrong := b.post(path, "origins", "https://shop.example http://other.example")
	if wrong.status != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, "“http://other.example” is not the address of a site") || !strings.Contains(wrong.body, "https://shop.example http://other.example</textarea>") {
		t.Errorf("%d %s", wrong.status, text(wrong.body))
	}
	agent := k.as(k.with(corner, account.Agent))
	if got := agent.post(path, "origins", ""); got.status != http.StatusForbidden || len(origins()) != 2 {
		t.Errorf("an agent: %d, %q are left", got.status, origins())
	}
	b.follow(path, "origins", "").want(t, http.StatusOK, "as soon as a site is entered")
	if len(origins()) != 0 {
		t.Errorf("%q are left", origins())
	}
}
