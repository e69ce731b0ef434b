package app

import (
	"context"
	"io"

	"plaza/attachment"
	"plaza/message"
)

// attachmentRoute is where attachments are served, by their address.
const attachmentRoute = "/attachments/"

// kept lets the bot and the web chat keep files and find them again.
type kept struct{ attachments *attachment.Attachments }

// Received opens a file that somebody has sent in the web chat.
func (k kept) Received(ctx context.Context, account, address string) (message.Kind, message.Media, []byte, error) {
	found, err := k.attachments.Find(ctx, address)
	if err == nil && found.Account != account {
		err = attachment.ErrNoAttachment
	}
	if err != nil {
		return "", message.Media{}, nil, err
	}
	content, err := io.ReadAll(k.attachments.Read(ctx, found))
	return found.Kind, media(found), content, err
}

func media(a attachment.Attachment) message.Media {
	return message.Media{URL: attachmentRoute + a.Address(), Name: a.Name, Type: a.Type, Size: a.Size, Length: a.Length}
}

func (k kept) Find(ctx context.Context, account, conversation, key string) (message.Media, error) {
	found, err := k.attachments.FindByKey(ctx, account, conversation, key)
	if err != nil {
		return message.Media{}, err
	}
	return media(found), nil
}

func (k kept) Keep(ctx context.Context, account, conversation, key string, kind message.Kind, file message.File) (message.Media, error) {
	made, err := k.attachments.Keep(ctx, attachment.File{Account: account, Owner: conversation, Key: key,
		Content: file.Content, Size: file.Size, Name: file.Name, Voice: kind == message.VoiceIn})
	if err != nil {
		return message.Media{}, err
	}
	return media(made), nil
}

func (k kept) Attached(ctx context.Context, account, owner, address string) (message.Kind, message.Media, error) {
	found, err := k.attachments.Find(ctx, address)
	if err == nil && (found.Account != account || found.Owner != owner) {
		err = attachment.ErrNoAttachment
	}
	if err != nil {
		return "", message.Media{}, err
	}
	return found.Kind, media(found), nil
}
