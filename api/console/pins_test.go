package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/account"
	"plaza/message"
	"plaza/shop/pay/pin"
)

func TestAMemberTrustsAPINOrResetsIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	ann := k.subscriber(corner, "ann", "Ann", "hello")
	b, at := k.as(owner), "/console/corner/subscribers/"+ann.ID
	b.follow(at+"/pin/reset").want(t, http.StatusOK, "set a PIN first")
	setPIN(t, k, ann)
	b.get(at).want(t, http.StatusOK, "Protection is on", "Reset the PIN")
	b.follow(at+"/pin/trust").want(t, http.StatusOK, "The PIN is trusted.")
	b.follow(at+"/pin/reset").want(t, http.StatusOK, "The PIN is reset.")
	standing, err := k.console.PINs.Standing(t.Context(), ann)
	must(t, err)
	if standing.Set {
		t.Errorf("%+v", standing)
	}
	b.get("/console/corner/settings/audit").want(t, http.StatusOK, "Reset a PIN", "Trusted a PIN")
	b.get("/console/corner/inbox/c/"+ann.ID).want(t, http.StatusOK, "We have reset your PIN")
}

func setPIN(t *testing.T, k *kit, person message.Person) {
	t.Helper()
	pad, err := k.console.PINs.Open(t.Context(), person, pin.ToSet)
	must(t, err)
	for range 2 {
		pad, _, err = k.console.PINs.Enter(t.Context(), person, pin.ToSet, pin.Entry{Keypad: pad.ID, Pressed: "739158", Plain: true}, pin.From{})
		must(t, err)
	}
}

func TestAMemberSeesThatABalanceIsLockedAndWhatOpensIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	ann := k.subscriber(corner, "ann", "Ann", "hello")
	b, at := k.as(owner), "/console/corner/subscribers/"+ann.ID
	if shown := b.get(at); strings.Contains(shown.body, "is locked") {
		t.Errorf("nothing is: %s", text(shown.body))
	}
	must(t, k.console.PINs.Lock(t.Context(), ann))
	b.get(at).want(t, http.StatusOK, "Their balance is locked", "They have no PIN")
	setPIN(t, k, ann)
	b.get(at).want(t, http.StatusOK, "Their balance is locked", "Their PIN is new", "Protection is on")
	viewer := k.as(k.with(corner, account.Viewer)).get(at)
	viewer.want(t, http.StatusOK, "Their balance is locked")
	if strings.Contains(viewer.body, "/pin/") {
		t.Errorf("a viewer may help with it: %s", text(viewer.body))
	}
	b.follow(at + "/pin/trust")
	b.get(at).want(t, http.StatusOK, "It opens when they type their PIN.")
	pad, err := k.console.PINs.Open(t.Context(), ann, pin.ToUnlock)
	must(t, err)
	must(t, k.console.PINs.Confirm(t.Context(), ann, pin.ToUnlock, pin.Entry{Keypad: pad.ID, Pressed: "739158", Plain: true}, pin.From{}))
	if shown := b.get(at); strings.Contains(shown.body, "is locked") || !strings.Contains(shown.body, "/pin/reset") {
		t.Errorf("it is open: %s", text(shown.body))
	}
}
