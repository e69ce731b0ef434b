// Package webchat is the messenger that Plaza brings along: a page that any
// phone opens by scanning a code. A visitor is known by a token that only their
// browser has; delivering is writing the message down, and the page learns of
// it by the live event log.
package webchat

import (
	"context"

	"plaza/bot"
	"plaza/fault"
	"plaza/live"
	"plaza/message"
)

// Name of the channel.
const Name = "webchat"

// Channel makes the web chat one of the bot's channels. It has no platform
// behind it: a message is delivered by being recorded.
type Channel struct {
	// Signals show for a moment what is kept nowhere: live.Log. Nil: nowhere.
	Signals Signals
}

// Signals show what is true for a moment to the pages that are open.
type Signals interface {
	Signal(ctx context.Context, signals ...live.Signal) error
}

// Signal shows the person's page that somebody writes, or no longer does. That
// what they wrote was read, the page is told by an event: that stays true.
func (c Channel) Signal(ctx context.Context, _ []byte, to message.Person, signal message.Signal) error {
	if c.Signals == nil || signal == message.ReadMark {
		return nil
	}
	return c.Signals.Signal(ctx, live.Signal{Account: to.Account, Topics: []string{bot.ChatTopic(to.ID)}, Kind: string(signal)})
}

// Name is the channel's name.
func (Channel) Name() string { return Name }

// Direct says that recording a message delivers it.
func (Channel) Direct() bool { return true }

// Repeatable says that sending twice under one key sends once.
func (Channel) Repeatable() bool { return true }

// ErrNoWebhook is a webhook call to a channel that has none.
var ErrNoWebhook = fault.New(fault.NotFound, "no_webhook", "This channel has no webhook.")

// Receive refuses: pages speak to Service, not to a webhook.
func (Channel) Receive([]byte, message.Request) (message.Received, error) {
	return message.Received{}, ErrNoWebhook
}

// Render has nothing to do: the page shows messages in full.
func (Channel) Render([]byte, message.Received, []message.Outbound) (message.Response, []message.Outbound, error) {
	return message.Response{}, nil, nil
}

// Send has nothing to do: what is recorded is delivered.
func (Channel) Send(context.Context, []byte, message.Person, string, message.Outbound) error {
	return nil
}

// Check has nothing to do: there is nothing to connect.
func (Channel) Check(context.Context, []byte) error { return nil }

// Fields are none: there is nothing to connect.
func (Channel) Fields() []message.Field { return nil }

// Validate has nothing to do: there is nothing to connect.
func (Channel) Validate([]byte) error { return nil }

// PublishMenus has nothing to do: the page shows what is published.
func (Channel) PublishMenus(context.Context, []byte, []message.Menu) (leftOut []int, err error) {
	return nil, nil
}

// Renders says how the chat page shows each form.
func (Channel) Renders() message.Renderings {
	shown := make(map[message.Form]message.Rendering, len(message.Forms))
	for form, as := range map[message.Form]string{
		message.TextForm: "bubble", message.RichForm: "bubble", message.ImageForm: "picture",
		message.VoiceForm: "player", message.VideoForm: "player", message.FileForm: "download",
		message.LocationForm: "place", message.CardForm: "card", message.CardsForm: "carousel",
		message.ListForm: "list", message.ButtonsForm: "bubble with buttons", message.MenuForm: "choices",
		message.ProductForm: "carousel with prices", message.OrderForm: "receipt with buttons",
		message.ReceiptForm: "receipt", message.QRForm: "QR code", message.CouponForm: "coupon",
		message.HandoverForm: "bubble",
	} {
		shown[form] = message.Rendering{Fidelity: message.Native, As: as}
	}
	// There are no stickers of our own: the emoji stands for one of another set.
	shown[message.StickerForm] = message.Rendering{Fidelity: message.Adapted, As: "large emoji"}
	return message.Renderings{Forms: shown, Quick: message.Rendering{Fidelity: message.Native, As: "chips"},
		Signals: map[message.Signal]message.Rendering{
			message.TypingOn: {Fidelity: message.Native, As: "three dots"}, message.ReadMark: {Fidelity: message.Native, As: "mark below the message"}}}
}
