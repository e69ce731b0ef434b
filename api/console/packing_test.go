package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/shop"
	"plaza/shop/invoice"
)

func TestSlipsAreInTheShopsLanguageAndTellNoPrices(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	milk := k.product(corner, "Milk", 9)
	first, second := k.paid(k.subscriber(corner, "v1", "Ada", "hi"), milk), k.paid(k.subscriber(corner, "v2", "Ben", "hi"), milk)
	b := k.as(owner)
	list := b.get("/console/corner/orders?state=paid")
	list.want(t, http.StatusOK, "/console/corner/orders/slips?order=")
	page := b.get("/console/corner/orders/slips?order=" + first.ID + "&order=" + second.ID)
	page.want(t, http.StatusOK, first.Number, second.Number, "Milk")
	if strings.Contains(page.body, "5.00") {
		t.Error("a slip tells a price")
	}
	if !strings.Contains(page.body, `lang="`+corner.Language) {
		t.Errorf("not in the shop's language: %s", page.body[:200])
	}
	b.get("/console/corner/orders/slips?order=none").want(t, http.StatusNotFound)
	b.follow("/console/corner/orders/"+first.ID+"/notes", "text", "Small box").want(t, http.StatusOK, "The note is added", "Small box", "corner-owner")
	b.follow("/console/corner/orders/"+first.ID+"/notes", "text", " ").want(t, http.StatusOK, "Please write something")
}

func TestReceiptsAreListedExportedAndIssued(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	buyer := k.subscriber(corner, "v1", "=cmd", "hi")
	order := k.paid(buyer, k.product(corner, "Milk", 9))
	_, err := k.shop.RequestInvoice(t.Context(), buyer, order.ID, invoice.Request{Kind: invoice.FapiaoCompany, Title: "=HYPERLINK(1)", Number: "91440300708461136T"})
	must(t, err)
	b := k.as(owner)
	b.get("/console/corner/invoices").want(t, http.StatusOK, order.Number, "91440300708461136T")
	sheet := b.get("/console/corner/invoices.csv")
	sheet.want(t, http.StatusOK, order.Number, "91440300708461136T")
	if strings.Contains(sheet.body, ",=HYPERLINK") {
		t.Errorf("a spreadsheet would run it: %s", sheet.body)
	}
	sent := b.upload("/console/corner/invoices/"+order.ID, "file", []byte("%PDF"), "number", "26442000000012345678")
	if sent.status != http.StatusSeeOther {
		t.Fatalf("%d %s", sent.status, sent.body)
	}
	b.get("/console/corner/invoices?state=issued").want(t, http.StatusOK, "26442000000012345678")
	issued, err := k.shop.Invoice(t.Context(), corner.ID, order.ID)
	must(t, err)
	if issued.State != shop.InvoiceIssued || issued.File == "" {
		t.Errorf("%+v", issued)
	}
	b.upload("/console/corner/invoices/none", "file", nil, "number", "1").want(t, http.StatusNotFound)
}

func TestAnAutomaticCouponAndALowStockAreSetUp(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	milk := k.product(corner, "Milk", 3)
	b := k.as(owner)
	b.follow("/console/corner/coupons", "code", "FIRST", "percent", "10", "automatic", "on", "first_order", "on", "minimum", "20", "product", milk.ID).
		want(t, http.StatusOK, "Automatic", "first order", "from CN¥20.00", "Milk")
	b.post("/console/corner/coupons", "code", "TWO", "percent", "10", "minimum", "much").want(t, http.StatusUnprocessableEntity, "as a number")
	b.follow("/console/corner/products/"+milk.ID, "version", "1", "name.en", "Milk", "state", "active", "low_stock", "5", "variants.0.id", milk.Variants[0].ID, "variants.0.price", "5").
		want(t, http.StatusOK, "The product is saved")
	b.get("/console/corner/products?state=low").want(t, http.StatusOK, "Milk", "Running low")
}
