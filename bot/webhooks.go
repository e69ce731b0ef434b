package bot

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"plaza/message"
)

// answerWithin is how long a platform waits for us at most: WeChat closes after
// five seconds. Later answers go out by the outbox.
const answerWithin = 4 * time.Second

// Webhooks are the platforms' calls.
type Webhooks struct{ bot *Bot }

// Webhooks gives access to them.
func (b *Bot) Webhooks() Webhooks { return Webhooks{b} }

// Handle takes one call of a platform to an account, given by id or slug, and
// answers it in time: with the answer, as far as it fits, or with nothing yet.
// An error means that the call was refused (a *fault.Error) or that nothing of
// it is kept and the platform should send it again.
func (w Webhooks) Handle(ctx context.Context, channel, account string, request message.Request) (message.Response, error) {
	b := w.bot
	found, err := b.connection(ctx, account, channel)
	if err != nil {
		return message.Response{}, err
	}
	messenger := b.channels[channel]
	received, err := messenger.Receive(found.credentials, request)
	if err != nil {
		return message.Response{}, err
	}
	b.heard(ctx, found, channel)
	if received.Echo != "" {
		return message.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(received.Echo)}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return w.answer(ctx, messenger, found, received, request.Body)
}

// answer handles what a call brought. Only the first message can be answered in
// the response; platforms that bring several at once take no answer there. One
// that fails does not keep the others from being handled; the error lets the
// platform send the call again, and those that were handled know it by their keys.
func (w Webhooks) answer(ctx context.Context, messenger Channel, found *opened, received message.Received, raw []byte) (message.Response, error) {
	var response *message.Response
	var failed error
	for i, in := range received.Inbound {
		in.Account, in.Channel = found.account, messenger.Name()
		fits := nothingFits
		if i == 0 {
			fits = func(answer []message.Outbound) []message.Outbound {
				rendered, rest, err := messenger.Render(found.credentials, received, answer)
				if err != nil {
					w.bot.Logger.Error("answer not rendered", "account", found.account, "channel", messenger.Name(), "error", err)
					return answer
				}
				response = &rendered
				return rest
			}
		}
		answer, err := w.bot.receive(ctx, in, raw, fits)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		if i == 0 && answer.Repeated && len(answer.Out) > 0 {
			again, _, err := messenger.Render(found.credentials, received, answer.Out)
			if err != nil {
				return message.Response{}, err
			}
			response = &again
		}
		if answer.Later {
			response = nil
		}
	}
	if failed != nil {
		return message.Response{}, failed
	}
	if response != nil {
		return *response, nil
	}
	nothing, _, err := messenger.Render(found.credentials, received, nil)
	return nothing, err
}

func nothingFits(answer []message.Outbound) []message.Outbound { return answer }
