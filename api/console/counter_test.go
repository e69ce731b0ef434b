package console_test

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"

	"plaza/account"
	"plaza/message"
	"plaza/money"
	"plaza/shop/counter"
)

func TestACashierTakesMoneyByTheCodeOnACustomersPhone(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	if wrong := b.post("/console/corner/counter", "key", "k0", "amount", "0"); wrong.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing: %d", wrong.status)
	}
	begun := b.post("/console/corner/counter", "key", "k1", "amount", "5.00", "note", "Table 4")
	if again := b.post("/console/corner/counter", "key", "k1", "amount", "5.00", "note", "Table 4"); begun.to == "" || again.to != begun.to {
		t.Fatalf("twice the same: %q and %q", begun.to, again.to)
	}
	b.get(begun.to).want(t, http.StatusOK, "Table 4")
	if refused := b.post(begun.to, "code", "12"); refused.status == http.StatusSeeOther || !strings.Contains(refused.body, "role=\"alert\"") {
		t.Errorf("no code: %d", refused.status)
	}
	ann := message.Person{ID: message.SubscriberID(corner.ID, "webchat", "ann"), Account: corner.ID, Channel: "webchat", User: "ann"}
	must(t, k.wallet.Grant(t.Context(), ann, "g", money.Of(1000, corner.Currency)))
	code, err := k.wallet.PayCode(t.Context(), ann)
	must(t, err)
	b.post(begun.to, "code", code.Digits).want(t, http.StatusSeeOther)
	b.get(begun.to).want(t, http.StatusOK, "Paid")
	b.post(begun.to+"/refund", "key", "R1", "amount", "2.00").want(t, http.StatusSeeOther)
	b.get(begun.to).want(t, http.StatusOK, "Given back")
	b.get("/console/corner/counter").want(t, http.StatusOK, "Table 4")
	balance, err := k.wallet.Balance(t.Context(), ann, corner.Currency)
	if must(t, err); balance.Minor != 700 {
		t.Errorf("ann has %v", balance)
	}
	sales, _, err := k.console.Counter.List(t.Context(), corner.ID, 10, "")
	if must(t, err); len(sales) != 1 || sales[0].State != counter.Paid {
		t.Errorf("%+v", sales)
	}
	b.get("/console/corner/counter/01JNOTHING").want(t, http.StatusNotFound)
}

// TestATillWithoutAReaderHasItsFramesRead is about browsers that have a camera
// and can't read codes.
func TestATillWithoutAReaderHasItsFramesRead(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	path := "/console/corner/counter/read"
	made, err := qrcode.New("284930175529316408", qrcode.Medium)
	must(t, err)
	var frame bytes.Buffer
	must(t, jpeg.Encode(&frame, made.Image(300), nil))
	b := k.as(owner)
	b.attach(path, frame.Bytes()).want(t, http.StatusOK, `"code":"284930175529316408"`)
	b.attach(path, dot(t)).want(t, http.StatusUnprocessableEntity)
	b.attach(path, make([]byte, 300<<10)).want(t, http.StatusRequestEntityTooLarge)
	k.as(k.with(corner, account.Viewer)).attach(path, frame.Bytes()).want(t, http.StatusForbidden)
	for range 30 {
		if last := b.attach(path, frame.Bytes()); last.status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("any number of frames is read")
}
