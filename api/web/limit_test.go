package web

import (
	"fmt"
	"testing"
	"time"
)

// still is a clock that tests move.
type still struct{ at time.Time }

func (s *still) now() time.Time { return s.at }

func TestAnAllowanceIsUsedUpAndComesBack(t *testing.T) {
	t.Parallel()
	clock := &still{time.Unix(0, 0)}
	l := NewLimiter(time.Second, 3, clock.now)
	for i := range 5 {
		if got := l.Allow("a"); got != (i < 3) {
			t.Errorf("request %d: %v", i, got)
		}
	}
	if !l.Allow("b") {
		t.Error("one takes from another's allowance")
	}
	clock.at = clock.at.Add(2 * time.Second)
	for i := range 3 {
		if got := l.Allow("a"); got != (i < 2) {
			t.Errorf("after two seconds, request %d: %v", i, got)
		}
	}
}

func TestALimiterForgetsWhoIsWholeAgain(t *testing.T) {
	t.Parallel()
	clock := &still{time.Unix(0, 0)}
	l := NewLimiter(time.Second, 3, clock.now)
	for i := range 1000 {
		l.Allow(fmt.Sprint(i))
	}
	clock.at = clock.at.Add(4 * time.Second)
	l.Allow("one more")
	if len(l.keys) != 1 {
		t.Errorf("%d keys are kept", len(l.keys))
	}
}

func TestALimiterStaysBoundedUnderAttack(t *testing.T) {
	t.Parallel()
	clock := &still{time.Unix(0, 0)}
	l := NewLimiter(time.Hour, 3, clock.now)
	for i := range maxKeys + 10 {
		l.Allow(fmt.Sprint(i))
	}
	if len(l.keys) > maxKeys {
		t.Errorf("%d keys", len(l.keys))
	}
}

func TestAHouseholdHasOneAllowance(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::1": "2001:db8:1:2::/64",
		"2001:db8:1:3::1": "2001:db8:1:3::/64", "fe80::1%eth0": "fe80::/64", "::ffff:192.0.2.7": "::ffff:192.0.2.7", "": "", "x": "x",
	} {
		if got := neighbourhood(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}
