package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/account"
)

func TestAWayOfPayingIsSetUpTestedAndSwitchedOff(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	const page = "/console/corner/settings/payments/agency"
	if wrong := b.post(page, "merchant", "19000001"); wrong.status != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, "19000001") {
		t.Fatalf("without a key: %d %s", wrong.status, wrong.body)
	}
	b.post(page, "merchant", "19000001", "key", "s3cret").want(t, http.StatusSeeOther)
	shown := b.get(page)
	if shown.want(t, http.StatusOK, "19000001"); strings.Contains(shown.body, "s3cret") {
		t.Error("the secret is shown")
	}
	b.post(page+"/test").want(t, http.StatusSeeOther)
	contract, err := k.shop.Payments.Contracts().Get(t.Context(), corner.ID, "agency")
	if must(t, err); contract.CheckedAt == nil || contract.Problem != "" || !contract.Enabled {
		t.Errorf("%+v", contract)
	}
	b.post(page+"/off").want(t, http.StatusSeeOther)
	if offered, err := k.shop.Payments.Offered(t.Context(), corner.ID, corner.Currency); err != nil || len(offered) != 1 {
		t.Errorf("still offered: %v, %v", offered, err)
	}
	b.post(page+"/on").want(t, http.StatusSeeOther)
	if offered, err := k.shop.Payments.Offered(t.Context(), corner.ID, corner.Currency); err != nil || len(offered) != 2 {
		t.Errorf("offered: %v, %v", offered, err)
	}
	b.get("/console/corner/settings/payments/wallet").want(t, http.StatusNotFound)
	b.get("/console/corner/settings/payments/nothing").want(t, http.StatusNotFound)
}

// Whoever sets a way of paying up mends everything at once, keeps what they have
// typed, and is told which secrets to paste again.
func TestAllThatIsWrongWithAContractIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	const again = "Please paste this again"
	wrong := b.post("/console/corner/settings/payments/wechatpay", "merchant_id", "19", "app_id", "wx8888888888888888", "serial_no", "zz", "api_v3_key", "Kq7-tooshort", "private_key", "")
	wrong.want(t, http.StatusUnprocessableEntity, "merchant number has 8 to 10 digits", "serial number of the merchant", "exactly 32 characters", "not the merchant&#39;s private key",
		`value="19"`, `value="wx8888888888888888"`, `value="zz"`, again)
	if strings.Contains(wrong.body, "The AppID begins") || strings.Contains(wrong.body, "Kq7-tooshort") || strings.Count(wrong.body, again) != 1 {
		t.Errorf("%s", wrong.body)
	}
	b.post("/console/corner/settings/channels/wechat", "app_id", "wx1", "secret", "abc", "token", "!", "encoding_aes_key", "x").
		want(t, http.StatusUnprocessableEntity, "wx1", again, "AppID", "Token", "EncodingAESKey")
}

func TestAnAccountWithoutAShopHasNoPagesOfOne(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	office, err := k.accounts.Accounts.Create(t.Context(), account.NewAccount{Slug: "office", Currency: "CNY", Profile: account.Profile{
		Kind: account.Agency, Names: map[string]string{"en": "Office"}, Language: "en", TimeZone: "Asia/Shanghai"}}, owner.ID, account.System("test"))
	must(t, err)
	b := k.as(owner)
	for slug, offered := range map[string]bool{"corner": true, office.Slug: false} {
		shown := b.get("/console/" + slug + "/settings/members")
		shown.want(t, http.StatusOK)
		for _, tab := range []string{"/settings/payments", "/settings/shop"} {
			if strings.Contains(shown.body, `href="/console/`+slug+tab+`"`) != offered {
				t.Errorf("%s of %s: offered %v", tab, slug, !offered)
			}
		}
	}
	for _, typed := range []string{"settings/payments", "settings/payments/wechatpay", "settings/payments/rates", "settings/shop",
		"orders", "products", "products/new", "counter", "counter/codes", "coupons", "plans", "mandates", "bookings", "invoices", "risk", "books", "books/statement"} {
		b.get("/console/corner/"+typed).want(t, http.StatusOK)
		b.get("/console/"+office.Slug+"/"+typed).want(t, http.StatusNotFound, "This does not exist")
	}
	b.post("/console/"+office.Slug+"/settings/payments/wechatpay", "merchant_id", "1900000001").want(t, http.StatusNotFound, "This does not exist")
}
