package rest

import (
	"context"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/fault"
	"plaza/message"
)

type listConversationsInput struct {
	Paging
	State bot.ConversationState `query:"state" enum:"open,closed" default:"open"`
	Agent string                `query:"agent" maxLength:"64" doc:"Id of a member, or waiting for those nobody has taken. Takes precedence over state."`
}

func (s *surface) listConversations(ctx context.Context, who account.Access, in *listConversationsInput) (page[bot.Conversation], error) {
	filter := bot.Filter{State: in.State, Agent: in.Agent}
	return pageOf(s.Bot.Inbox().List(ctx, who.Account, filter, in.at(), in.Limit))
}

// OneConversation names one in a path.
type OneConversation struct {
	Conversation string `path:"conversation" maxLength:"300"`
}

func (s *surface) getConversation(ctx context.Context, who account.Access, in *OneConversation) (bot.Conversation, error) {
	return s.Bot.Inbox().Get(ctx, who.Account, in.Conversation)
}

type historyInput struct {
	OneConversation
	Paging
}

func (s *surface) listMessages(ctx context.Context, who account.Access, in *historyInput) (page[bot.Message], error) {
	if _, err := s.Bot.Inbox().Get(ctx, who.Account, in.Conversation); err != nil {
		return page[bot.Message]{}, err
	}
	return pageOf(s.Bot.Inbox().History(ctx, who.Account, in.Conversation, in.at(), in.Limit))
}

// take gives the conversation to whoever made the token: replies are in their
// name, and the console shows it as theirs.
func (s *surface) take(ctx context.Context, who account.Access, in *OneConversation) (bot.Conversation, error) {
	return s.Bot.Inbox().Take(ctx, who.Account, in.Conversation, who.Member)
}

func (s *surface) handBack(ctx context.Context, who account.Access, in *OneConversation) (bot.Conversation, error) {
	return s.Bot.Inbox().HandBack(ctx, who.Account, in.Conversation)
}

func (s *surface) closeConversation(ctx context.Context, who account.Access, in *OneConversation) (bot.Conversation, error) {
	return s.Bot.Inbox().Close(ctx, who.Account, in.Conversation)
}

func (s *surface) markRead(ctx context.Context, who account.Access, in *OneConversation) (bot.Conversation, error) {
	return s.Bot.Inbox().MarkRead(ctx, who.Account, in.Conversation)
}

type replyInput struct {
	OneConversation
	Body struct {
		Text    string `json:"text,omitempty" maxLength:"2000"`
		Picture string `json:"picture,omitempty" maxLength:"100" doc:"Id of an uploaded picture, sent behind the text."`
	}
}

var errReplyEmpty = fault.New(fault.Invalid, "nothing_to_send", "There is nothing to send.").In("text")

func (s *surface) reply(ctx context.Context, who account.Access, in *replyInput) error {
	var out []message.Outbound
	if in.Body.Text != "" {
		out = append(out, message.Text(in.Body.Text))
	}
	if in.Body.Picture != "" {
		if _, err := s.Pictures.Find(ctx, in.Body.Picture, 0); err != nil {
			return err
		}
		out = append(out, message.Image(web.PicturePath(in.Body.Picture)))
	}
	if len(out) == 0 {
		return errReplyEmpty
	}
	return s.Bot.Inbox().Reply(ctx, who.Account, in.Conversation, who.Member, ownKey(ctx), out...)
}

type retryInput struct {
	OneConversation
	Message string `path:"message" maxLength:"40" doc:"The last part of the message's id, behind the slash."`
}

func (s *surface) retryMessage(ctx context.Context, who account.Access, in *retryInput) error {
	return s.Bot.Inbox().RetryFailed(ctx, who.Account, who.Member, in.Conversation+"/"+in.Message)
}

type noteInput struct {
	OneConversation
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"2000"`
	}
}

func (s *surface) addNote(ctx context.Context, who account.Access, in *noteInput) (bot.Note, error) {
	return s.Bot.Inbox().AddNote(ctx, who.Account, in.Conversation, who.Member, in.Body.Text)
}

func (s *surface) listNotes(ctx context.Context, who account.Access, in *historyInput) (page[bot.Note], error) {
	if _, err := s.Bot.Inbox().Get(ctx, who.Account, in.Conversation); err != nil {
		return page[bot.Note]{}, err
	}
	return pageOf(s.Bot.Inbox().Notes(ctx, who.Account, in.Conversation, in.at(), in.Limit))
}
