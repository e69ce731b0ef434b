package public_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"plaza/api/apitest"
	"plaza/message"
	"plaza/money"
)

var receiptLink = regexp.MustCompile(`/receipts/corner/R-[0-9]{8}-[2-9A-Z]{10}`)

func TestEveryMovementHasAReceiptThatItsOwnerAloneSees(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann := w.Browser()
	person := rich(w, ann, of.ID, of.Currency, 100_000)
	product := w.Product(of, "Milk", 100)
	ann.Post("/shop/corner/cart", "variant", product.Variants[0].ID, "quantity", "1")
	path := ann.Post("/shop/corner/checkout", "key", ann.Get("/shop/corner/cart").Form("key"), "name", "Ann").To()
	if paid := ann.Post(path, "provider", "wallet"); paid.To() != path {
		t.Fatalf("%d %s", paid.StatusCode, paid.Read())
	}
	list := ann.Get("/receipts/corner")
	link := receiptLink.FindString(list.Text)
	page := ann.Get(link)
	if link == "" || !strings.Contains(page.Read(), "3.00") || !strings.Contains(page.Text, "data-print") {
		t.Fatalf("%q: %s %s", link, list.Read(), page.Read())
	}
	if theirs := w.Browser().Get(link); theirs.StatusCode != http.StatusNotFound {
		t.Errorf("anybody sees it: %d", theirs.StatusCode)
	}
	for range 2 {
		_, err := w.Payments.Refund(t.Context(), of.ID, strings.TrimPrefix(path, "/pay/"), "R1", 100, "a dent")
		w.Must(err)
	}
	if links := receiptLink.FindAllString(ann.Get("/receipts/corner").Text, -1); len(links) != 2 {
		t.Errorf("after a refund: %v", links)
	}
	sale, err := w.Counter.Begin(t.Context(), of.ID, "k", money.Of(500, of.Currency), "", "Mei")
	w.Must(err)
	code, err := w.Wallet.PayCode(t.Context(), person)
	w.Must(err)
	for range 2 {
		_, err = w.Counter.Take(t.Context(), of.ID, sale.Number, code.Digits)
		w.Must(err)
	}
	history, _, err := w.Bot.History(t.Context(), of.ID, person.ID, "", 50)
	w.Must(err)
	told := 0
	for _, entry := range history {
		if entry.Out != nil && entry.Out.Form == message.ReceiptForm && receiptLink.MatchString(entry.Out.Receipt.URL) {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the chat shows %d receipts of the sale", told)
	}
}
