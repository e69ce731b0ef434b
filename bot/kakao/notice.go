package kakao

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"plaza/bot/kakao/alimtalk"
	"plaza/message"
)

// ByTemplate reaches people by the notice templates that the account has chosen
// for orders and receipts, where they have left a number for that.
type ByTemplate struct{ Service *alimtalk.Service }

// Reach sends an order or a receipt by its template.
func (b ByTemplate) Reach(ctx context.Context, to message.Person, key string, out message.Outbound) (bool, error) {
	use := alimtalk.OrderUse
	if out.Form == message.ReceiptForm {
		use = alimtalk.ReceiptUse
	}
	if out.Receipt == nil {
		return false, nil
	}
	digest := sha256.Sum256([]byte(to.ID + "/" + key))
	sent, taken, err := b.Service.Reach(ctx, alimtalk.Occasion{Use: use, Account: to.Account, To: to.ID, Language: to.Language,
		Key: hex.EncodeToString(digest[:20]), For: MessageReference + to.ID + "/" + key, Words: orderWords(to, *out.Receipt)})
	if err != nil {
		b.Service.Logger.WarnContext(ctx, "notice not sent", "account", to.Account, "use", use, "error", err)
		return false, nil // the message waits
	}
	return taken && sent.State != alimtalk.Failed, nil
}

// MessageReference begins what a notice is sent for when it says a message of
// the conversation; the message's id follows.
const MessageReference = "message "

// Check asks the dealer for the templates.
func (b ByTemplate) Check(ctx context.Context, c Credentials) error {
	_, err := b.Service.Dealer.Templates(ctx, c.Access)
	return err
}

// orderWords are what an order or a receipt has to say.
func orderWords(to message.Person, r message.Receipt) map[alimtalk.Part]string {
	items := ""
	if len(r.Lines) > 0 {
		items = r.Lines[0].Name
		if more := len(r.Lines) - 1; more > 0 {
			items += " +" + strconv.Itoa(more)
		}
	}
	return map[alimtalk.Part]string{
		alimtalk.NamePart: to.Name, alimtalk.NumberPart: r.Number, alimtalk.TitlePart: r.Title, alimtalk.StatePart: r.State,
		alimtalk.ItemsPart: items, alimtalk.TotalPart: r.Total.In(to.Language), alimtalk.LinkPart: r.URL,
	}
}
