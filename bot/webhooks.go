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
		b.refused(ctx, found, channel, err)
		return message.Response{}, err
	}
	b.heard(ctx, found, channel)
	if received.Echo != "" {
		return message.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(received.Echo)}, nil
	}
	if received.Checkout != nil {
		if response, answered, err := b.checkout(ctx, messenger, found, received); answered || err != nil {
			return response, err
		}
	}
	ctx, promised := w.patience(ctx, messenger, found, received)
	response, later, err := w.answer(ctx, messenger, found, received, request.Body)
	if promise := promised(); later && promise != nil && err == nil {
		return *promise, nil
	}
	return response, err
}

// patience ends the returned context when a platform has waited long enough. A
// channel that can promise a later answer does so before that, so that whoever
// is to deliver it then finds the promise. promised ends the waiting and gives
// what was promised, if anything was.
func (w Webhooks) patience(ctx context.Context, messenger Channel, found *opened, received message.Received) (_ context.Context, promised func() *message.Response) {
	later, ok := messenger.(deferring)
	if !ok {
		ctx, cancel := context.WithTimeout(ctx, w.bot.patience)
		return ctx, func() *message.Response { cancel(); return nil }
	}
	ctx, cancel := context.WithCancel(ctx)
	var promise *message.Response
	over := make(chan struct{})
	timer := time.AfterFunc(w.bot.patience, func() {
		defer close(over)
		defer cancel()
		response, err := later.Defer(ctx, found.credentials, received)
		if err != nil {
			w.bot.Logger.Error("later answer not promised", "account", found.account, "channel", messenger.Name(), "error", err)
			return
		}
		promise = &response
	})
	return ctx, func() *message.Response {
		if !timer.Stop() {
			<-over
		}
		cancel()
		return promise
	}
}

// answer handles what a call brought. Only the first message can be answered in
// the response; platforms that bring several at once take no answer there; later
// says that its answer is yet to come. One that fails does not keep the others
// from being handled; the error lets the platform send the call again, and those
// that were handled know it by their keys.
func (w Webhooks) answer(ctx context.Context, messenger Channel, found *opened, received message.Received, raw []byte) (_ message.Response, later bool, _ error) {
	var response *message.Response
	var failed error
	for i := range received.Inbound {
		received.Inbound[i].Account, received.Inbound[i].Channel = found.account, messenger.Name()
	}
	if len(received.Inbound) > 0 {
		w.bot.introduceAll(ctx, received.Inbound)
	}
	for i, in := range received.Inbound {
		if names, ok := messenger.(identifying); ok {
			if err := names.Identify(ctx, found.credentials, &in); err != nil {
				return message.Response{}, false, err
			}
			if in.User == "" {
				continue
			}
		}
		if in.Kind == message.Status {
			if err := w.bot.reported(ctx, messenger, in); err != nil {
				return message.Response{}, false, err
			}
		}
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
				return message.Response{}, false, err
			}
			response = &again
		}
		if answer.Later {
			response, later = nil, later || i == 0
		}
		if response != nil && answer.written != nil {
			response.Written = answer.written
		}
	}
	if failed != nil {
		return message.Response{}, false, failed
	}
	if response != nil {
		return *response, false, nil
	}
	nothing, _, err := messenger.Render(found.credentials, received, nil)
	return nothing, later, err
}

func nothingFits(answer []message.Outbound) []message.Outbound { return answer }
