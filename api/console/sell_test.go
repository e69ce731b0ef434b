package console_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"plaza/account"
	"plaza/shop"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func TestAProductIsMadeWithPicturesAndChanged(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	for name, wrong := range map[string][]string{
		"no name":          {"name.en", "", "variants.0.price", "3"},
		"a negative price": {"name.en", "Milk", "variants.0.price", "-3"},
		"no number":        {"name.en", "Milk", "variants.0.price", "cheap"},
		"no variant":       {"name.en", "Milk"},
		"negative stock":   {"name.en", "Milk", "variants.0.price", "3", "variants.0.stock", "-1"},
		"two alike":        {"name.en", "Milk", "variants.0.price", "3", "variants.4.price", "4"},
		"a bad position":   {"name.en", "Milk", "variants.0.price", "3", "position", "top"},
	} {
		got := b.post("/console/corner/products/new", append(wrong, "category", "Kept category", "state", "active")...)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Kept category") ||
			!strings.Contains(got.body, `class="problem"`) && !strings.Contains(got.body, "note bad") {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	broken := b.upload("/console/corner/products/new", "files", []byte("not a picture"), "name.en", "Milk", "variants.0.price", "3", "state", "active")
	broken.want(t, http.StatusUnprocessableEntity, "Please choose a JPEG, PNG, GIF or WebP picture.", `value="Milk"`)

	saved := b.upload("/console/corner/products/new", "files", onePixel(t), "name.en", "Milk", "name.zh", "牛奶", "state", "active",
		"variants.0.label.en", "1 l", "variants.0.price", "9.50", "variants.0.stock", "12",
		"variants.7.label.en", "2 l", "variants.7.price", "16", "variants.7.stock", "3")
	if saved.status != http.StatusSeeOther {
		t.Fatalf("%d %s", saved.status, text(saved.body))
	}
	found, _, err := k.shop.Products(t.Context(), corner.ID, shop.Active, "", 10, "")
	must(t, err)
	milk := found[0]
	if len(found) != 1 || len(milk.Variants) != 2 || len(milk.Pictures) != 1 || milk.Names["zh"] != "牛奶" {
		t.Fatalf("%+v", found)
	}
	b.get("/console/corner/products").want(t, http.StatusOK, "Milk", "CN¥9.50", "15", "/pictures/"+milk.Pictures[0])

	path := "/console/corner/products/" + milk.ID
	b.get(path).want(t, http.StatusOK, `value="12"`, `value="16.00"`)
	fields := []string{"name.en", "Milk", "state", "active", "version", decimal(milk.Version), "pictures", milk.Pictures[0],
		"variants.0.id", milk.Variants[0].ID, "variants.0.label.en", "1 l", "variants.0.price", "9.90",
		"variants.1.id", milk.Variants[1].ID, "variants.1.label.en", "2 l", "variants.1.price", "16", "variants.1.remove", "on"}
	b.follow(path, fields...).want(t, http.StatusOK, "The product is saved", "CN¥9.90")
	after, err := k.shop.Product(t.Context(), corner.ID, milk.ID)
	must(t, err)
	stock, err := k.shop.Stock(t.Context(), corner.ID, milk.Variants[0].ID)
	must(t, err)
	if len(after.Variants) != 1 || len(after.Pictures) != 1 || stock.Available != 12 {
		t.Errorf("an empty stock changes nothing: %+v %d", after, stock.Available)
	}
	b.post(path, fields...).want(t, http.StatusUnprocessableEntity, "Somebody else has changed this product")
	b.follow(path+"/archive").want(t, http.StatusOK, "The product is archived")
}

func onePixel(t *testing.T) []byte {
	t.Helper()
	drawn := image.NewRGBA(image.Rect(0, 0, 4, 4))
	drawn.Set(1, 1, color.White)
	var file bytes.Buffer
	must(t, png.Encode(&file, drawn))
	return file.Bytes()
}

// upload posts a form with a file.
func (b *browser) upload(path, name string, file []byte, fields ...string) page {
	b.kit.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(name, "picture.png")
	must(b.kit.t, err)
	_, err = part.Write(file)
	must(b.kit.t, err)
	for i := 0; i < len(fields); i += 2 {
		must(b.kit.t, form.WriteField(fields[i], fields[i+1]))
	}
	must(b.kit.t, form.WriteField("csrf", b.csrf))
	must(b.kit.t, form.Close())
	request := httptest.NewRequestWithContext(b.kit.t.Context(), http.MethodPost, path, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(request)
}

func TestAnOrderIsShippedAndRefundedOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	order := k.paid(k.subscriber(corner, "v1", "Ada", "hi"), k.product(corner, "Milk", 5))
	path := "/console/corner/orders/" + order.ID
	agent, b := k.as(k.with(corner, account.Agent)), k.as(owner)
	offered := agent.get(path)
	offered.want(t, http.StatusOK, "Mark as shipped", "Milk", "CN¥5.00")
	if strings.Contains(offered.body, `data-dialog="refund"`) {
		t.Error("an agent is offered to refund")
	}
	agent.follow(path+"/cancel").want(t, http.StatusOK, "no longer, or not yet, in a state")
	agent.follow(path+"/ship", "carrier", "SF", "tracking", "SF123").want(t, http.StatusOK, "Marked as shipped", "SF123", "corner-agent")
	agent.follow(path+"/ship", "carrier", "SF").want(t, http.StatusOK, "no longer, or not yet, in a state")
	for typed, says := range map[string]string{"0": "more than nothing", "-1": "negative", "99": "more than nothing", "all": "as a number", "": "as a number"} {
		b.follow(path+"/refund", "amount", typed, "key", "bad"+typed).want(t, http.StatusOK, says)
	}
	for range 2 {
		b.follow(path+"/refund", "amount", "2.00", "key", "01JD0000000000000000000001", "reason", "broken")
	}
	after, err := k.shop.Order(t.Context(), corner.ID, order.ID)
	must(t, err)
	if after.Refunded != 200 {
		t.Errorf("refunded %d", after.Refunded)
	}
	b.get(path).want(t, http.StatusOK, "Up to CN¥3.00")
	b.follow(path+"/complete").want(t, http.StatusOK, "Completed")
	b.get("/console/corner/orders?state=completed").want(t, http.StatusOK, order.Number)
	b.get("/console/corner/settings/audit").want(t, http.StatusOK, "Shipped an order", "Refunded an order", "Was refused")
}

func TestACouponIsMadeAndDisabled(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	for name, wrong := range map[string][]string{
		"both":             {"percent", "10", "amount", "5"},
		"neither":          {},
		"too much":         {"percent", "101"},
		"no number":        {"percent", "ten"},
		"a bad amount":     {"amount", "ten"},
		"negative":         {"amount", "-5"},
		"ends before":      {"percent", "10", "from", "2026-06-02", "until", "2026-05-01"},
		"a bad day":        {"percent", "10", "from", "June"},
		"a negative limit": {"percent", "10", "limit", "-1"},
	} {
		got := b.post("/console/corner/coupons", append(wrong, "code", "KEPT10")...)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, `value="KEPT10"`) {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	b.follow("/console/corner/coupons", "code", "kept10", "percent", "10", "limit", "5", "until", "2026-05-04").want(t, http.StatusOK, "KEPT10", "10 %", "0 / 5")
	coupon, err := k.shop.Coupon(t.Context(), corner.ID, "KEPT10")
	must(t, err)
	if hours := coupon.Ends.Sub(k.now()).Hours(); hours != 13 { // 11:00 in Shanghai: the day ends in 13 hours
		t.Errorf("the last day ends in %v hours", hours)
	}
	b.post("/console/corner/coupons", "code", "KEPT10", "percent", "10").want(t, http.StatusUnprocessableEntity, "already a coupon")
	b.follow("/console/corner/coupons/KEPT10/disable").want(t, http.StatusOK, "Disabled")
}
