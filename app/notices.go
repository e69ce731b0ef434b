package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"plaza/bot"
	"plaza/bot/kakao"
	"plaza/bot/kakao/alimtalk"
	"plaza/broadcast"
	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// notices is the service of notices by template.
func (a *App) notices(directory directory, people *outbox, client *http.Client) *alimtalk.Service {
	return alimtalk.New(alimtalk.Dependencies{
		DB: a.DB, Sealer: a.Vault, Dealer: alimtalk.NewNHN(a.KakaoDealerAPI, client), Access: a.dealerAccess,
		Subscribers: people, Texts: a.Renderer.Texts, AccountName: directory.name, Ended: a.noticeEnded, Changed: (&changes{log: a.Log, now: a.Now, told: map[string]time.Time{}}).tell,
		Now: a.Now, Logger: a.Logger,
	})
}

// changes tells open pages that notices have changed, at most once a second for
// an account: notices to many end one by one.
type changes struct {
	log   *live.Log
	now   func() time.Time
	mutex sync.Mutex
	told  map[string]time.Time
}

// tell is a courtesy: a page that misses it shows what is new when it is opened.
func (c *changes) tell(ctx context.Context, account string) {
	now := c.now()
	c.mutex.Lock()
	early := now.Sub(c.told[account]) < time.Second
	if !early {
		maps.DeleteFunc(c.told, func(_ string, at time.Time) bool { return now.Sub(at) >= time.Second })
		c.told[account] = now
	}
	c.mutex.Unlock()
	if early {
		return
	}
	_ = c.log.Append(ctx, live.Event{Account: account, Topics: []string{"campaigns"}, Kind: "notices.changed", Data: []byte("{}")})
}

func (d directory) name(ctx context.Context, id, language string) (string, error) {
	found, err := d.accounts.FindByID(ctx, id)
	return found.Name(language), err
}

// dealerAccess is what an account has entered for its dealer.
func (a *App) dealerAccess(ctx context.Context, account string) (alimtalk.Access, error) {
	credentials, err := a.Bot.Connections().Credentials(ctx, account, kakao.Name)
	if errors.Is(err, bot.ErrNotConnected) || errors.Is(err, bot.ErrNoChannel) || errors.Is(err, store.ErrNotFound) {
		return alimtalk.Access{}, alimtalk.ErrNoDealer
	}
	if err != nil {
		return alimtalk.Access{}, err
	}
	var typed kakao.Credentials
	if json.Unmarshal(credentials, &typed) != nil {
		return alimtalk.Access{}, errors.New("app: kakao credentials can't be read")
	}
	if !typed.Access.Complete() {
		return alimtalk.Access{}, alimtalk.ErrNoDealer
	}
	return typed.Access, nil
}

// noticeEnded tells how a notice ended to what it was sent for: a message of a
// conversation, or a delivery of a campaign.
func (a *App) noticeEnded(ctx context.Context, n alimtalk.Notice) error {
	if id, ok := strings.CutPrefix(n.For, kakao.MessageReference); ok {
		state, reason := bot.Delivered, ""
		switch {
		case n.State == alimtalk.Failed && n.Ticket == nil && n.Attempts == 0:
			return nil // refused at once: the message waits for another chance
		case n.State == alimtalk.Failed:
			state, reason = bot.Failed, n.Reason
		case n.State == alimtalk.Lost:
			return nil // it was handed over, and that stays what is known
		}
		err := a.Bot.Advance(ctx, n.Account, id, state, reason)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	}
	state, reason := broadcast.Arrived, ""
	switch n.State {
	case alimtalk.Replaced:
		reason = "replaced"
	case alimtalk.Failed:
		state, reason = broadcast.Undelivered, "notice_failed"
	case alimtalk.Lost:
		state, reason = broadcast.Uncertain, "no_result"
	}
	return a.Broadcast.Delivered(ctx, n.For, state, reason)
}

// noticesByTemplate sends an agency's notices to phone numbers.
type noticesByTemplate struct{ service *alimtalk.Service }

func (n noticesByTemplate) Send(ctx context.Context, to message.Person, run, key string, words broadcast.NoticeWords, link string) (bool, error) {
	if to.Channel != kakao.Name && to.Channel != alimtalk.PhoneChannel {
		return false, nil
	}
	digest := sha256.Sum256([]byte(run))
	_, taken, err := n.service.Reach(ctx, alimtalk.Occasion{
		Use: alimtalk.NoticeUse, Account: to.Account, To: to.ID, Language: to.Language, Once: hex.EncodeToString(digest[:16]) + "-",
		For: key, Later: true,
		Words: map[alimtalk.Part]string{alimtalk.TitlePart: words.Title, alimtalk.TextPart: words.Body, alimtalk.LinkPart: link},
	})
	if errors.Is(err, alimtalk.ErrReached) {
		return false, broadcast.ErrReached
	}
	if !taken && err == nil && to.Channel == alimtalk.PhoneChannel {
		err = fault.New(fault.Conflict, "kakao_use_not_set", alimtalk.ErrNoUse.Text) // withdrawn since the campaign began
	}
	return taken, err
}

func (n noticesByTemplate) Waiting(ctx context.Context, account string, limit int) (int, error) {
	return n.service.Waiting(ctx, account, cmp.Or(limit, 1))
}

// Webhooks takes the calls of messengers, and those of the dealer of notices.
func (a *App) Webhooks() Webhooks { return Webhooks{a} }

// Webhooks are the calls of platforms.
type Webhooks struct{ app *App }

// Handle answers a call to an account, given by id or slug.
func (w Webhooks) Handle(ctx context.Context, channel, account string, request message.Request) (message.Response, error) {
	if channel != alimtalk.WebhookName {
		return w.app.Bot.Webhooks().Handle(ctx, channel, account, request)
	}
	found, err := w.app.Accounts.Accounts.Find(ctx, account)
	if err != nil {
		return message.Response{}, err
	}
	return w.app.Notices.Webhook(ctx, found.ID, request)
}
