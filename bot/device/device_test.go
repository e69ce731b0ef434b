package device_test

import (
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"plaza/bot/device"
)

func TestANewDeviceThatManySeeAtOnceIsNewsOnce(t *testing.T) {
	t.Parallel()
	h, ann := open(t), person(shop, "ann")
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			on := device.SignIn
			if i%2 == 0 {
				on = device.PINGood
			}
			if err := h.See(t.Context(), ann, browser("new"), on); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if links := h.links(); len(links) != 1 {
		t.Fatalf("told %d times", len(links))
	}
	if list, err := h.List(t.Context(), ann, "new"); err != nil || len(list) != 1 || !list[0].Here {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestANewDeviceIsToldOnceWhateverCrashes(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		crashes := 0
		for writes := 0; ; writes++ {
			h, ann := open(t), person(shop, "ann")
			h.plug.CrashAfter(writes, lost)
			_ = h.See(t.Context(), ann, browser("new"), device.SignIn)
			if !h.restart() {
				break
			}
			crashes++
			// Who was not let in tries again; who was needs nobody to.
			h.must(h.See(t.Context(), ann, browser("new"), device.SignIn))
			links := h.links()
			if len(links) != 1 {
				t.Fatalf("crash after %d writes (lost: %v): told %d times", writes, lost, len(links))
			}
			if found, err := h.Question(t.Context(), shop, links[0]); err != nil || found.Mark != "new" {
				t.Errorf("crash after %d writes: its link leads to %+v, %v", writes, found, err)
			}
			before := len(h.heard)
			if h.restart(); len(h.heard) != before {
				t.Errorf("crash after %d writes: told again", writes)
			}
		}
		if crashes < 3 {
			t.Errorf("only %d crashes (lost: %v)", crashes, lost)
		}
	}
}

func TestASignOutEndsEverywhereWhateverCrashes(t *testing.T) {
	t.Parallel()
	for name, signOut := range map[string]func(h *hall) error{
		"others": func(h *hall) error {
			_, err := h.SignOutOthers(t.Context(), person(shop, "ann"), "here")
			return err
		},
		"link": func(h *hall) error {
			_, err := h.Disown(t.Context(), shop, h.links()[0])
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crashes, ann := 0, person(shop, "ann")
			for writes := 0; ; writes++ {
				h := open(t)
				h.must(h.See(t.Context(), ann, browser("here"), device.Visit))
				h.must(h.See(t.Context(), ann, browser("other"), device.SignIn))
				h.plug.CrashAfter(writes, writes%2 == 0)
				asked := signOut(h)
				if !h.restart() {
					break
				}
				crashes++
				ended := maps.Clone(h.ended)
				if asked != nil && ended[ann.ID+":other"] == 0 { // nothing was written: they press again
					h.must(signOut(h))
				}
				if h.ended[ann.ID+":other"] == 0 || h.ended[ann.ID+":here"] != 0 {
					t.Errorf("crash after %d writes: ended %v", writes, h.ended)
				}
				if locked := h.locked[ann.ID] > 0; locked != (name == "link") {
					t.Errorf("crash after %d writes: locked %v", writes, h.locked)
				}
				if list, err := h.List(t.Context(), ann, "here"); err != nil || len(list) != 1 || list[0].Mark != "here" {
					t.Errorf("crash after %d writes: %+v, %v", writes, list, err)
				}
				before := maps.Clone(h.ended)
				if h.restart(); !maps.Equal(before, h.ended) {
					t.Errorf("crash after %d writes: goes on for ever", writes)
				}
			}
			if crashes < 2 {
				t.Errorf("only %d crashes", crashes)
			}
		})
	}
}

func TestTheLinkLocksWhatWasSignedOutAlreadyAndOnlyOnce(t *testing.T) {
	t.Parallel()
	h, ann := open(t), person(shop, "ann")
	h.must(h.See(t.Context(), ann, browser("other"), device.SignIn))
	h.must(h.SignOut(t.Context(), ann, "here", "other"))
	link := h.links()[0]
	if found, err := h.Question(t.Context(), shop, link); err != nil || found.Disowned {
		t.Fatalf("%+v, %v", found, err)
	}
	for range 3 {
		if found, err := h.Disown(t.Context(), shop, link); err != nil || !found.Disowned {
			t.Errorf("%+v, %v", found, err)
		}
	}
	if h.locked[ann.ID] != 1 {
		t.Errorf("locked %d times", h.locked[ann.ID])
	}
}

func TestAnotherAccountsOrPersonsMarkEndsNothing(t *testing.T) {
	t.Parallel()
	h, ann := open(t), person(shop, "ann")
	h.must(h.See(t.Context(), ann, browser("other"), device.SignIn))
	link := h.links()[0]
	for _, who := range []struct{ account, name string }{{"01RIVAL", "ann"}, {shop, "bob"}} {
		if err := h.SignOut(t.Context(), person(who.account, who.name), "here", "other"); !errors.Is(err, device.ErrNone) {
			t.Errorf("%v: %v", who, err)
		}
		if marks, err := h.SignOutOthers(t.Context(), person(who.account, who.name), "here"); err != nil || len(marks) != 0 {
			t.Errorf("%v: %v, %v", who, marks, err)
		}
	}
	if _, err := h.Disown(t.Context(), "01RIVAL", link); !errors.Is(err, device.ErrLink) {
		t.Errorf("another account's link: %v", err)
	}
	if err := h.SignOut(t.Context(), ann, "other", "other"); !errors.Is(err, device.ErrHere) {
		t.Errorf("their own: %v", err)
	}
	if h.ended[ann.ID+":other"] != 0 || len(h.locked) != 0 {
		t.Errorf("ended %v, locked %v", h.ended, h.locked)
	}
}

func FuzzNameOf(f *testing.F) {
	for _, agent := range []string{"", browser("").Agent, "Mozilla/5.0 (iPhone) Line/14.1", "MicroMessenger/8 Android", "Linux\x00\xff"} {
		f.Add(agent)
	}
	f.Fuzz(func(t *testing.T, agent string) {
		name := device.NameOf(agent)
		if !utf8.ValidString(name) || len(name) > 40 || strings.ContainsAny(name, "<>\"'&\x00") {
			t.Errorf("%q is called %q", agent, name)
		}
		if again := device.NameOf(agent); again != name {
			t.Errorf("%q, then %q", name, again)
		}
	})
}
