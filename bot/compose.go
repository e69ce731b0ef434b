package bot

import (
	"context"
	"strings"
	"time"

	"plaza/bot/placeholder"
	"plaza/message"
)

// compose fills in answers for one person.
func (b *Bot) compose(ctx context.Context, v *visit, templates []compiledTemplate, extra map[string]string) []message.Outbound {
	values := b.values(ctx, v, extra)
	var out []message.Outbound
	for _, template := range templates {
		if template.Form == ProductsAnswer {
			out = append(out, b.products(ctx, v, template, values)...)
			continue
		}
		out = append(out, template.fill(v.subscriber.Language, v.lesson.account.Language, values))
	}
	return out
}

// fill makes the message of an answer.
func (t compiledTemplate) fill(language, fallback string, values placeholder.Values) message.Outbound {
	text := t.text.in(language, fallback, values)
	buttons := make([]message.Button, len(t.Buttons))
	for i, button := range t.Buttons {
		buttons[i] = message.Button{Label: t.labels[i].in(language, fallback, values),
			URL: button.URL, Payload: button.Payload, Say: button.Say}
	}
	switch t.Form {
	case ImageAnswer:
		return message.Outbound{Form: message.ImageForm, Image: t.Image, Text: text}
	case CardAnswer:
		return message.OneCard(message.Card{Title: t.title.in(language, fallback, values), Text: text,
			Image: t.Image, URL: t.URL, Buttons: buttons})
	case QRAnswer:
		return message.Outbound{Form: message.QRForm, URL: t.URL, Text: text}
	case HandoverAnswer:
		return message.Outbound{Form: message.HandoverForm, Text: text}
	}
	if len(buttons) > 0 {
		return message.Choice(text, buttons...)
	}
	return message.Text(text)
}

// products shows products; those that cannot be shown now are left out, and if
// none can, the answer's own text stands alone.
func (b *Bot) products(ctx context.Context, v *visit, template compiledTemplate, values placeholder.Values) []message.Outbound {
	var out []message.Outbound
	if text := template.text.in(v.subscriber.Language, v.lesson.account.Language, values); text != "" {
		out = append(out, message.Text(text))
	}
	if b.Products == nil {
		return out
	}
	cards, err := b.Products.ProductCards(ctx, v.in.Account, template.Products, v.subscriber.Language)
	switch {
	case err != nil:
		b.Logger.Error("products cannot be shown", "account", v.in.Account, "error", err)
	case len(cards) == 1:
		out = append(out, message.OneCard(cards[0]))
	case len(cards) > 1:
		out = append(out, message.Outbound{Form: message.CardsForm, Cards: cards})
	}
	return out
}

// languageNames are what {{language}} says.
var languageNames = map[string]string{"en": "English", "zh": "中文", "ko": "한국어"}

// dateLayouts are how a date is written.
var dateLayouts = map[string]string{"en": "2 January 2006", "zh": "2006年1月2日", "ko": "2006년 1월 2일"}

func (b *Bot) valuesOf(ctx context.Context, account Account, subscriber Subscriber, now time.Time, extra map[string]string) placeholder.Values {
	return func(name string) (string, bool) {
		switch name {
		case "name":
			return subscriber.Name, true
		case "account":
			return account.name(subscriber.Language), true
		case "language":
			return languageNames[subscriber.Language], true
		case "date":
			return now.In(account.Zone).Format(dateLayouts[message.LanguageOf(subscriber.Language)]), true
		case "time":
			return now.In(account.Zone).Format("15:04"), true
		case "order":
			if b.Orders == nil {
				return "", false
			}
			number, err := b.Orders.LatestOrderNumber(ctx, account.ID, subscriber.ID)
			if err != nil {
				b.Logger.Error("order number", "account", account.ID, "error", err)
			}
			return number, err == nil
		}
		attribute, ok := strings.CutPrefix(name, placeholder.AttributePrefix)
		if !ok {
			return "", false
		}
		if value, ok := extra[attribute]; ok {
			return value, true
		}
		value, ok := subscriber.Attributes[attribute]
		return value, ok
	}
}

// CheckText refuses a text whose placeholders cannot be filled in; for other
// places where a merchant writes to subscribers. Errors: *fault.Error.
func CheckText(text string) error {
	if _, err := placeholder.Parse(text, PlaceholderNames...); err != nil {
		return placeholderFault(err)
	}
	return nil
}

// Fill fills a checked text in for one subscriber.
func (b *Bot) Fill(ctx context.Context, text string, subscriber Subscriber) (string, error) {
	taught, err := b.lesson(ctx, subscriber.Account)
	if err != nil {
		return "", err
	}
	template, err := placeholder.Parse(text, PlaceholderNames...)
	if err != nil {
		return "", placeholderFault(err)
	}
	return template.Fill(b.valuesOf(ctx, taught.account, subscriber, b.now(), nil)), nil
}
