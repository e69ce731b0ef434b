package rest

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/store"
	"plaza/store/storetest"
)

// plain is a Sealer that binds to the record, and hides nothing.
type plain struct{}

func (plain) Seal(_ context.Context, family, id string, body []byte) ([]byte, error) {
	return append([]byte(family+"/"+id+"/"), body...), nil
}

func (plain) Open(_ context.Context, family, id string, sealed []byte) ([]byte, error) {
	body, ok := bytes.CutPrefix(sealed, []byte(family+"/"+id+"/"))
	if !ok {
		return nil, errors.New("sealed for another record")
	}
	return body, nil
}

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode) // once: it is a global of gin's
	os.Exit(m.Run())
}

// keeper is answers with a clock that the test moves.
func keeper(t *testing.T) (answers, func(time.Duration)) {
	t.Helper()
	at := time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)
	return answers{db: storetest.Open(t, Schemas()...), sealer: plain{}, now: func() time.Time { return at }},
		func(d time.Duration) { at = at.Add(d) }
}

const someAccount = "01SHOP"

func (a answers) ask(t *testing.T, asked string) (keptAnswer, *firstAnswer, error) {
	t.Helper()
	return a.hold(t.Context(), someAccount, recordID(someAccount, "create-product", "one"), asked)
}

func answered(status int, body string) *recorder {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	r := &recorder{ResponseWriter: c.Writer, status: status}
	r.body.WriteString(body)
	return r
}

func TestAKeyHeldByACrashIsFreeAfterItsLease(t *testing.T) {
	t.Parallel()
	a, pass := keeper(t)
	crashed, _, err := a.ask(t, "tea")
	if err != nil {
		t.Fatal(err)
	}
	pass(keyHeld - time.Millisecond)
	if _, _, err := a.ask(t, "tea"); !errors.Is(err, errKeyBusy) {
		t.Errorf("while it may be at work: %v", err)
	}
	pass(time.Millisecond)
	next, first, err := a.ask(t, "tea")
	if err != nil || first != nil || next.Fence <= crashed.Fence {
		t.Fatalf("after the lease: %+v, %v, %v", next, first, err)
	}
	// The first one was not dead, only slow: it changes nothing any more.
	if err := a.finish(t.Context(), crashed, answered(201, "late")); !errors.Is(err, store.ErrConditionFailed) {
		t.Errorf("finished under a lost lease: %v", err)
	}
	if err := a.release(t.Context(), crashed); err != nil {
		t.Errorf("release under a lost lease: %v", err)
	}
	if err := a.finish(t.Context(), next, answered(201, "in time")); err != nil {
		t.Fatal(err)
	}
	if _, first, err := a.ask(t, "tea"); err != nil || first == nil || string(first.body) != "in time" || first.status != 201 {
		t.Errorf("%+v, %v", first, err)
	}
}

func TestAKeyThatWasGivenBackIsAsIfNeverUsed(t *testing.T) {
	t.Parallel()
	a, _ := keeper(t)
	held, _, err := a.ask(t, "tea")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.release(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	if _, first, err := a.ask(t, "coffee"); err != nil || first != nil {
		t.Errorf("%v, %v", first, err)
	}
}

func TestOnlyWhatWasDecidedIsKept(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{200: true, 201: true, 204: true, 403: true, 404: true, 409: true,
		413: false, 422: false, 429: false, 500: false, 503: false} {
		if got := !refusedForm(status) && status < http.StatusInternalServerError; got != want {
			t.Errorf("%d: %v", status, got)
		}
	}
}

func TestARequestThatPanicsGivesItsKeyBack(t *testing.T) {
	t.Parallel()
	a, _ := keeper(t)
	s := &surface{kept: a}
	held, _, err := a.ask(t, "tea")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequestWithContext(t.Context(), "POST", "/", nil)
	writer := c.Writer
	func() {
		defer func() { _ = recover() }()
		s.keep(c, held, func() { panic("on purpose") })
	}()
	if c.Writer != writer {
		t.Error("the answer would still be held back")
	}
	if _, first, err := a.ask(t, "tea"); err != nil || first != nil {
		t.Errorf("%v, %v", first, err)
	}
}

func TestARepetitionHasTheSameKeyOutside(t *testing.T) {
	t.Parallel()
	under := func(id string) string { return ownKey(context.WithValue(t.Context(), heldKey{}, id)) }
	first, again, other := under("a"), under("a"), under("b")
	if first != again || first == other {
		t.Errorf("%q, again %q, for another request %q", first, again, other)
	}
	if one, two := ownKey(t.Context()), ownKey(t.Context()); one == two {
		t.Errorf("two requests without a key share %q", one)
	}
	if len(first) > 40 {
		t.Errorf("%q is longer than a refund's number may be", first)
	}
}
