package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
)

// Attachments keeps files that people have sent, each under the key of its
// message within a conversation.
type Attachments interface {
	// Find says where a file lies. Errors: a fault of kind NotFound.
	Find(ctx context.Context, account, conversation, key string) (message.Media, error)
	// Keep reads a file to its end and keeps it; the same key gives what was
	// kept first.
	Keep(ctx context.Context, account, conversation, key string, kind message.Kind, file message.File) (message.Media, error)
}

// The faults of media.
var (
	ErrNoMedia   = fault.New(fault.NotFound, "no_media", "Nothing came along with this message.")
	ErrMediaGone = fault.New(fault.Unavailable, "media_gone", "The messenger does not give this file out. It keeps files for some days only.")
)

// fetchLimit bounds how long a platform may take to give out a file.
const fetchLimit = 45 * time.Second

// Fetches says whether what came along with a message lies with its platform,
// to be had by Media.
func (b *Bot) Fetches(in message.Inbound) bool {
	switch in.Kind {
	case message.ImageIn, message.VoiceIn, message.VideoIn, message.FileIn, message.StickerIn:
		_, ok := b.channels[in.Channel].(fetching)
		return ok && (in.MediaID != "" || in.MediaURL != "")
	}
	return false
}

// Media is what came along with a message of a channel whose platform keeps it:
// fetched when somebody first asks, however many ask at once, and kept from then
// on. id is a message of the conversation. Errors: ErrNoMedia, ErrMediaGone,
// ErrNotConnected.
func (i Inbox) Media(ctx context.Context, account, conversation, id string) (message.Media, error) {
	b := i.bot
	if !strings.HasPrefix(id, conversation+"/") {
		return message.Media{}, ErrNoMedia
	}
	found, err := messages.In(b.DB, account).Get(ctx, id)
	if err != nil {
		return message.Media{}, missing(err, ErrNoMedia)
	}
	if found.In == nil || !b.Fetches(*found.In) {
		return message.Media{}, ErrNoMedia
	}
	kept, err := b.Attachments.Find(ctx, account, conversation, id)
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return kept, err
	}
	return b.fetches.Fetch(ctx, id, fetchLimit, func(ctx context.Context) (message.Media, error) {
		return b.fetch(ctx, id, *found.In)
	})
}

func (b *Bot) fetch(ctx context.Context, id string, in message.Inbound) (message.Media, error) {
	credentials, err := b.credentials(ctx, in.Account, in.Channel)
	if err != nil {
		return message.Media{}, err
	}
	file, err := b.channels[in.Channel].(fetching).Fetch(ctx, credentials, in)
	if err != nil {
		return message.Media{}, ErrMediaGone.Because(err)
	}
	if file.Name == "" {
		file.Name = in.FileName
	}
	media, err := b.Attachments.Keep(ctx, in.Account, in.SubscriberID(), id, in.Kind, file)
	return media, errors.Join(err, file.Content.Close())
}
