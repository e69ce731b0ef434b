package kakao

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"plaza/bot/kakao/alimtalk"
	"plaza/message"
)

// ByTemplate reaches people by the notice templates that a connection names for
// orders and receipts, where they have left a number for that.
type ByTemplate struct{ Service *alimtalk.Service }

// Reach sends an order or a receipt by its template.
func (b ByTemplate) Reach(ctx context.Context, c Credentials, to message.Person, key string, out message.Outbound) (bool, error) {
	code := c.OrderTemplate
	if out.Form == message.ReceiptForm {
		code = c.ReceiptTemplate
	}
	if code == "" || out.Receipt == nil {
		return false, nil
	}
	number, err := b.Service.PhoneOf(ctx, to.Account, to.ID)
	if err != nil || number == "" {
		return false, waitsUnless(err)
	}
	template, err := b.Service.Template(ctx, to.Account, code)
	if err != nil {
		return false, nil // it was never fetched; the message waits
	}
	all, values := noticeValues(to, *out.Receipt), map[string]string{}
	for _, name := range template.Variables() {
		values[name] = all[name]
	}
	digest := sha256.Sum256([]byte(to.ID + "/" + key))
	sent, err := b.Service.SendNotice(ctx, to.Account, c.Access, hex.EncodeToString(digest[:20]), code, number, values)
	if err != nil {
		b.Service.Logger.WarnContext(ctx, "notice not sent", "account", to.Account, "template", code, "error", err)
		return false, nil
	}
	return sent.State != alimtalk.Failed, nil
}

// waitsUnless lets a message wait while the store has trouble.
func waitsUnless(err error) error {
	if err == nil {
		return nil
	}
	return waits(waitsForPerson, callTimeout, err)
}

// Check asks the dealer for the templates and keeps them.
func (b ByTemplate) Check(ctx context.Context, c Credentials) error {
	_, err := b.Service.Dealer.Templates(ctx, c.Access)
	return err
}

// noticeValues are the variables that a template for orders or receipts may
// have, by their English and their Korean names.
func noticeValues(to message.Person, r message.Receipt) map[string]string {
	items := ""
	if len(r.Lines) > 0 {
		items = r.Lines[0].Name
		if more := len(r.Lines) - 1; more > 0 {
			items += " +" + strconv.Itoa(more)
		}
	}
	values := map[string]string{}
	for _, v := range []struct{ english, korean, value string }{
		{"name", "고객명", to.Name}, {"number", "주문번호", r.Number}, {"title", "제목", r.Title}, {"state", "상태", r.State},
		{"items", "상품명", items}, {"total", "결제금액", r.Total.String()}, {"link", "링크", r.URL},
	} {
		values[v.english], values[v.korean] = v.value, v.value
	}
	return values
}
