package bot

import "testing"

func TestARefusedCallIsShownUntilTheNextGoodOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	connect := func(credentials string) {
		t.Helper()
		if _, err := h.Connections().Save(t.Context(), shop, "far", []byte(credentials)); err != nil {
			t.Fatal(err)
		}
	}
	get := func() Connection {
		t.Helper()
		found, err := h.Connections().Get(t.Context(), shop, "far")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	call := func(key string, want bool) {
		t.Helper()
		_, err := h.Webhooks().Handle(t.Context(), "far", shop, webhook(`{"user":"ann","key":"`+key+`","kind":"text","text":"hi"}`))
		if (err == nil) != want {
			t.Fatalf("the call ended with %v", err)
		}
	}
	connect(`{"secret":"another"}`)
	call("1", false)
	first := get()
	if first.Refused == nil || first.Refused.Code != "bad_signature" || first.LastHeardAt != nil {
		t.Fatalf("%+v", first)
	}
	h.clock.advance(refusedPause / 2) // anybody can send such calls: not each may write
	call("2", false)
	if again := get(); !again.Refused.At.Equal(first.Refused.At) {
		t.Error("every refused call writes")
	}
	h.clock.advance(refusedPause)
	call("3", false)
	if later := get(); !later.Refused.At.After(first.Refused.At) {
		t.Error("a later refusal is not shown")
	}
	connect(`{"secret":"s3"}`)
	if fresh := get(); fresh.Refused != nil {
		t.Error("new settings are blamed for the calls that old ones refused")
	}
	call("4", true)
	if heard := get(); heard.LastHeardAt == nil || heard.State != Working {
		t.Errorf("%+v", heard)
	}
}
