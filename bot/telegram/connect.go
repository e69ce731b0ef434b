package telegram

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// maxConnections is how many updates Telegram posts at once, each of another
// chat: those of one chat wait for one another.
const maxConnections = 40

// wanted are the updates that mean something here.
var wanted = []string{
	models.AllowedUpdateMessage, models.AllowedUpdateEditedMessage, models.AllowedUpdateCallbackQuery,
	models.AllowedUpdateMyChatMember, models.AllowedUpdateMessageReaction,
	models.AllowedUpdatePreCheckoutQuery, models.AllowedUpdateShippingQuery,
}

// Register tells Telegram to post the bot's updates to an address. It can be
// repeated. Errors are faults, in words for a member.
func (c *Channel) Register(ctx context.Context, credentials []byte, webhook string) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	err = c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) error {
		_, err := bot.SetWebhook(ctx, &tg.SetWebhookParams{
			URL: webhook, SecretToken: string(a.secret), MaxConnections: maxConnections, AllowedUpdates: wanted,
		})
		return err
	})
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code == http.StatusBadRequest {
		return errAddress(c.publicURL).Because(refused)
	}
	return asFault(err)
}

// Withdraw tells Telegram to post nothing any more.
func (c *Channel) Withdraw(ctx context.Context, credentials []byte) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	return asFault(c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) error {
		_, err := bot.DeleteWebhook(ctx, &tg.DeleteWebhookParams{})
		return err
	}))
}

// failureAge is how long a failed delivery counts. Telegram remembers the last
// one for ever, even when all has been well since.
const failureAge = 10 * time.Minute

// Check asks Telegram whether it knows the bot, whether it posts to this server
// and whether that works. The error says in words what to change.
func (c *Channel) Check(ctx context.Context, credentials []byte) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	var found *models.WebhookInfo
	err = c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) (err error) {
		if _, err = bot.GetMe(ctx); err == nil {
			found, err = bot.GetWebhookInfo(ctx)
		}
		return err
	})
	if err != nil || found == nil {
		return asFault(err)
	}
	switch {
	case found.URL == "":
		return ErrNoWebhook
	case !strings.HasPrefix(found.URL, c.publicURL+"/"):
		return ErrOtherWebhook
	case found.LastErrorMessage != "" && c.now().Sub(time.Unix(int64(found.LastErrorDate), 0)) < failureAge:
		return errDelivery(short(found.LastErrorMessage))
	}
	return nil
}
