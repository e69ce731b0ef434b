package console_test

import (
	"net/http"
	"testing"

	"plaza/shop/pay/pin"
)

func TestAMemberTrustsAPINOrResetsIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	ann := k.subscriber(corner, "ann", "Ann", "hello")
	b, at := k.as(owner), "/console/corner/subscribers/"+ann.ID
	b.follow(at+"/pin/reset").want(t, http.StatusOK, "set a PIN first")
	pad, err := k.console.PINs.Open(t.Context(), ann, pin.ToSet)
	must(t, err)
	for range 2 {
		pad, _, err = k.console.PINs.Enter(t.Context(), ann, pin.ToSet, pin.Entry{Keypad: pad.ID, Pressed: "739158", Plain: true}, pin.From{})
		must(t, err)
	}
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
