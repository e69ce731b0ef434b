package public

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/fault"
	"plaza/message"
)

// Signalling is what Signal works with. All are needed.
type Signalling struct {
	Accounts *account.Service
	Bot      *bot.Bot
	Chat     *webchat.Service
	Now      func() time.Time
	Logger   *slog.Logger
}

var errSignal = fault.New(fault.Forbidden, "signal_refused", "This may not be signalled from here.")

// signalEvery and signalBurst limit the signals to one person: messengers show
// that somebody types for about five seconds.
const (
	signalEvery = 3 * time.Second
	signalBurst = 2
)

// Signal decides who may show whom over /live that they type, on the topic that
// their own page listens to: a visitor the members who have their conversation
// open, and a member who may answer the person of a conversation, on whatever
// messenger that is.
func Signal(s Signalling) func(ctx context.Context, subject any, topic, kind string) error {
	persons := web.NewLimiter(signalEvery, signalBurst, s.Now)
	return func(ctx context.Context, subject any, topic, kind string) error {
		who, ok := subject.(listener)
		if !ok || kind != string(message.TypingOn) {
			return errSignal
		}
		if who.visitor != nil && topic == bot.ChatTopic(who.visitor.Person().ID) {
			return s.Chat.Typing(ctx, *who.visitor)
		}
		conversation, ok := strings.CutPrefix(topic, bot.ConversationTopic(""))
		if !ok || who.session == "" || !isOf(conversation, who.account) {
			return errSignal
		}
		if err := may(ctx, s.Accounts, who, account.WriteInbox); err != nil {
			return err
		}
		if persons.Allow(conversation) {
			go s.show(context.WithoutCancel(ctx), who.account, conversation)
		}
		return nil
	}
}

// show is a courtesy that no page waits for: the platform may be slow, or the
// connection be none.
func (s Signalling) show(ctx context.Context, account, conversation string) {
	if err := s.Bot.Inbox().Signal(ctx, account, conversation, message.TypingOn); err != nil {
		s.Logger.Debug("signal not shown", "account", account, "error", err)
	}
}
