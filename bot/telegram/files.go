package telegram

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/message"
)

// Files opens files of ours for upload. It must not fetch from addresses of
// other hosts that a member has typed in: Telegram does that itself.
type Files interface {
	// Open gives the content; an error if the address is not one of ours.
	Open(ctx context.Context, address string) (io.ReadCloser, error)
}

const (
	// The limits of files, in bytes (platform document: "Sending files",
	// "getFile").
	maxPhoto    = 10 << 20
	maxUpload   = 50 << 20
	maxDownload = 20 << 20
	// keepFile is how long the id of an uploaded file is used. Telegram names no
	// end; an id that it refuses is forgotten and the file uploaded again.
	keepFile = 60 * 24 * time.Hour
)

// source is where Telegram gets a file from: an id or address, or the content.
type source struct {
	at      string
	content []byte
	name    string
	key     string // under which the id is kept once it is known; empty: not kept
	kept    bool   // at is a kept id
}

func (s source) input() models.InputFile {
	if s.content == nil {
		return &models.InputFileString{Data: s.at}
	}
	return &models.InputFileUpload{Filename: s.name, Data: bytes.NewReader(s.content)}
}

// withFiles makes a call whose files are by then where Telegram can get them.
func (c *Channel) withFiles(ctx context.Context, a *account, next call) error {
	if len(next.files) == 0 {
		return c.call(ctx, a, next.params, nil)
	}
	kept, err := c.give(ctx, a, next, true)
	if err != nil || !kept {
		return err
	}
	// One of the ids may be too old; what was refused had no effect.
	_, err = c.give(ctx, a, next, false)
	return err
}

// give makes the call. stale reports that it was refused for a file whose id had
// been kept, so that it is worth giving the files anew.
func (c *Channel) give(ctx context.Context, a *account, next call, known bool) (stale bool, err error) {
	sources := make([]source, len(next.files))
	for i, f := range next.files {
		if sources[i], err = c.source(ctx, a, f, known); err != nil {
			return false, &unsentError{err}
		}
		stale = stale || sources[i].kept
		setFile(next.params, i, sources[i])
	}
	err = c.call(ctx, a, next.params, func(sent []*models.Message) { c.learn(ctx, sources, sent) })
	if refused, ok := errors.AsType[*Error](err); ok && stale && refused.aboutFile() {
		return true, nil
	}
	return false, err
}

// source finds a file: by the id of an earlier upload, as content of ours, or by
// its address, from which Telegram fetches it.
func (c *Channel) source(ctx context.Context, a *account, f file, known bool) (source, error) {
	if f.kind == stickerFile || c.files == nil {
		return source{at: f.address}, nil
	}
	sum := sha256.Sum256([]byte(string(f.kind) + " " + f.address))
	key := "file " + a.bot + " " + hex.EncodeToString(sum[:])
	if known {
		id, err := c.recallFile(ctx, key)
		if err != nil || id != "" {
			return source{at: id, key: key, kept: true}, err
		}
	}
	opened, err := c.files.Open(ctx, f.address)
	if err != nil {
		return source{at: f.address}, nil // not ours
	}
	defer opened.Close()
	limit := maxUpload
	if f.kind == photoFile {
		limit = maxPhoto
	}
	content, err := io.ReadAll(io.LimitReader(opened, int64(limit)+1))
	if err != nil {
		return source{}, fmt.Errorf("read file: %w", err)
	}
	if len(content) == 0 || len(content) > limit {
		return source{at: f.address}, nil // Telegram says what is wrong with it
	}
	return source{content: content, name: fileName(f, content), key: key}, nil
}

// fileName is what an upload is called; Telegram goes by its ending.
func fileName(f file, content []byte) string {
	if f.name != "" {
		return f.name
	}
	ending := path.Ext(f.address)
	if f.kind == photoFile || ending == "" || len(ending) > 6 {
		ending = map[string]string{"image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/jpeg": ".jpg"}[http.DetectContentType(content)]
	}
	return string(f.kind) + ending
}

func (c *Channel) recallFile(ctx context.Context, key string) (string, error) {
	if id, err := c.nearby.Recall(ctx, key); id != "" || err != nil {
		return id, err
	}
	id, err := c.memory.Recall(ctx, key)
	if id != "" {
		err = c.nearby.Keep(ctx, key, id, time.Time{})
	}
	return id, err
}

// learn keeps the ids of what was uploaded. Without them it is uploaded again,
// so an error is only logged.
func (c *Channel) learn(ctx context.Context, sources []source, sent []*models.Message) {
	for i, s := range sources {
		if s.content == nil || i >= len(sent) || sent[i] == nil {
			continue
		}
		id := fileIDOf(sent[i])
		if id == "" {
			continue
		}
		err := c.memory.Keep(context.WithoutCancel(ctx), s.key, id, c.now().Add(keepFile))
		if err == nil {
			err = c.nearby.Keep(ctx, s.key, id, time.Time{})
		}
		if err != nil {
			c.logger.WarnContext(ctx, "telegram file id not kept", "error", err)
		}
	}
}

// fileIDOf is the id of the file in a message that was sent.
func fileIDOf(m *models.Message) string {
	switch {
	case len(m.Photo) > 0:
		return m.Photo[len(m.Photo)-1].FileID
	case m.Voice != nil:
		return m.Voice.FileID
	case m.Audio != nil:
		return m.Audio.FileID
	case m.Video != nil:
		return m.Video.FileID
	case m.Document != nil:
		return m.Document.FileID
	}
	return ""
}

// setFile puts a file into a call's parameters.
func setFile(params any, i int, s source) {
	switch p := params.(type) {
	case *tg.SendPhotoParams:
		p.Photo = s.input()
	case *tg.SendVoiceParams:
		p.Voice = s.input()
	case *tg.SendAudioParams:
		p.Audio = s.input()
	case *tg.SendVideoParams:
		p.Video = s.input()
	case *tg.SendDocumentParams:
		p.Document = s.input()
	case *tg.SendStickerParams:
		p.Sticker = s.input()
	case *tg.SendMediaGroupParams:
		photo := &models.InputMediaPhoto{Media: s.at}
		if s.content != nil {
			photo.Media, photo.MediaAttachment = fmt.Sprintf("attach://%d-%s", i, s.name), bytes.NewReader(s.content)
		}
		p.Media[i] = photo
	}
}

// Fetch opens what a person has sent. Telegram gives out files of up to 20 MB.
// Errors: ErrNoFile, ErrUnreachable.
func (c *Channel) Fetch(ctx context.Context, credentials []byte, in message.Inbound) (message.File, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.File{}, err
	}
	if in.MediaID == "" {
		return message.File{}, ErrNoFile
	}
	var found *models.File
	err = c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) (err error) {
		found, err = bot.GetFile(ctx, &tg.GetFileParams{FileID: in.MediaID})
		return err
	})
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code == http.StatusBadRequest {
		return message.File{}, ErrNoFile.Because(err)
	}
	if err != nil {
		return message.File{}, asFault(err)
	}
	if found == nil || found.FileSize > maxDownload {
		return message.File{}, ErrNoFile
	}
	response, err := c.api.download(ctx, a, found.FilePath)
	if err != nil {
		return message.File{}, ErrUnreachable.Because(err)
	}
	file := message.File{Content: response.Body, Name: in.FileName, Type: in.Fields["mime_type"], Size: response.ContentLength}
	if file.Name == "" {
		file.Name = path.Base(found.FilePath)
	}
	if file.Type == "" {
		file.Type = mime.TypeByExtension(path.Ext(found.FilePath))
	}
	return file, nil
}
