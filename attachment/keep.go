package attachment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"plaza/message"
	"plaza/store"
)

// File is what somebody sends. Key is the sender's own id of it: the same key
// again, from the same owner, gives what was kept the first time.
type File struct {
	Account, Owner, Key string
	Open                bool
	Content             io.Reader
	Size                int64  // bytes, as announced; -1: not known
	Name                string // may be empty
	Voice               bool   // a recording, though the bytes may be a video's
	Length              int    // milliseconds; 0: not known
}

// maxLength bounds how long a sender may say that a recording is.
const maxLength = 4 * 3600 * 1000

// Keep reads a file to its end and keeps it. Errors: ErrTooLarge, ErrEmpty,
// ErrType, ErrHEIC, ErrQuota, and those of pictures.
func (s *Attachments) Keep(ctx context.Context, file File) (Attachment, error) {
	id := idOf(file.Account, file.Owner, file.Key)
	known, err := s.get(ctx, file.Account, id)
	if err == nil || !errors.Is(err, ErrNoAttachment) {
		return known, err
	}
	if file.Size > MaxBytes {
		return Attachment{}, ErrTooLarge
	}
	reserved := file.Size
	if reserved < 0 {
		reserved = MaxBytes
	}
	if err := s.reserve(ctx, file.Account, file.Owner, reserved); err != nil {
		return Attachment{}, err
	}
	now := s.now()
	made := Attachment{ID: id, Account: file.Account, Owner: file.Owner, Open: file.Open, Secret: newSecret(),
		Length: max(0, min(file.Length, maxLength)), Upload: store.NewID(), CreatedAt: now, ExpiresAt: now.Add(keep)}
	kept, err := s.write(ctx, made, file)
	if err != nil {
		s.giveBack(ctx, file.Account, file.Owner, reserved)
	}
	return kept, err
}

// write keeps the parts first and last the attachment: once it is there, its
// parts are. Of several uploads under one key, one counts.
func (s *Attachments) write(ctx context.Context, made Attachment, file File) (Attachment, error) {
	limit := file.Size
	if limit < 0 {
		limit = MaxBytes
	}
	content, err := s.describe(ctx, &made, file, &bounded{file.Content, limit})
	if err != nil {
		return Attachment{}, err
	}
	if made.Size, err = s.writeParts(ctx, made, content); err != nil {
		s.dropParts(ctx, made)
		return Attachment{}, err
	}
	stored, inserted, err := attachments.In(s.DB, made.Account).InsertIfAbsent(ctx, made)
	if err != nil {
		return Attachment{}, fmt.Errorf("attachment: keep: %w", err)
	}
	if !inserted {
		s.dropParts(ctx, made)
	}
	return stored, nil
}

// describe finds out what a file is, and gives the bytes to keep.
func (s *Attachments) describe(ctx context.Context, made *Attachment, file File, content io.Reader) (io.Reader, error) {
	head := make([]byte, headBytes)
	n, err := io.ReadFull(content, head)
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrEmpty
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, readError(err)
	}
	found, err := sniff(head[:n], file.Voice)
	if err != nil {
		return nil, err
	}
	made.Kind, made.Type = found.kind, found.contentType
	whole := io.MultiReader(bytes.NewReader(head[:n]), content)
	if made.Kind == message.ImageIn {
		data, err := io.ReadAll(whole)
		if err != nil {
			return nil, readError(err)
		}
		clean, contentType, err := s.Pictures.Clean(ctx, data)
		if err != nil {
			return nil, err
		}
		found.contentType, found.extension = contentType, map[string]string{"image/png": ".png", "image/jpeg": ".jpg"}[contentType]
		made.Type, whole = contentType, bytes.NewReader(clean)
	}
	made.Name = cleanName(file.Name, *found)
	return whole, nil
}

// readError tells a file that is too large from one that never arrived whole.
func readError(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return ErrTooLarge
	}
	return ErrTorn.Because(err)
}

// bounded reads at most left bytes and refuses more.
type bounded struct {
	io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

func (s *Attachments) writeParts(ctx context.Context, made Attachment, content io.Reader) (size int64, err error) {
	body := make([]byte, partBytes)
	for number := 0; ; number++ {
		n, err := io.ReadFull(content, body)
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return size, readError(err)
		}
		size += int64(n)
		kept := part{ID: made.part(number), Account: made.Account, Body: body[:n], ExpiresAt: made.ExpiresAt}
		if err := parts.In(s.DB, made.Account).Insert(ctx, kept); err != nil {
			return size, fmt.Errorf("attachment: part: %w", err)
		}
	}
}

func (a Attachment) part(number int) string {
	return a.ID + ":" + a.Upload + ":" + strconv.Itoa(number)
}

// dropTime is how long tidying up after a broken upload may take.
const dropTime = 10 * time.Second

// dropParts forgets what an upload wrote that does not count. What a crash
// leaves goes away with time.
func (s *Attachments) dropParts(ctx context.Context, made Attachment) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTime)
	defer cancel()
	for number := 0; number <= MaxBytes/partBytes; number++ {
		if err := parts.In(s.DB, made.Account).Delete(ctx, made.part(number)); err != nil {
			return
		}
	}
}
