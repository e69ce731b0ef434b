package attachment

import (
	"context"
	"errors"
	"fmt"
	"io"

	"plaza/store"
)

// Reader reads a file part by part, from wherever it is wanted: players jump.
// Not for several goroutines.
type Reader struct {
	ctx        context.Context // of the request it serves
	db         *store.DB
	attachment Attachment
	at         int64
	number     int // of the part in body; -1: none
	body       []byte
}

// Read opens a file.
func (s *Attachments) Read(ctx context.Context, attachment Attachment) *Reader {
	return &Reader{ctx: ctx, db: s.DB, attachment: attachment, number: -1}
}

// Read fills p as io.Reader says. Errors: ErrNoAttachment, when it has gone.
func (r *Reader) Read(p []byte) (int, error) {
	if r.at >= r.attachment.Size {
		return 0, io.EOF
	}
	if number := int(r.at / partBytes); number != r.number {
		found, err := parts.In(r.db, r.attachment.Account).Get(r.ctx, r.attachment.part(number))
		if errors.Is(err, store.ErrNotFound) {
			return 0, ErrNoAttachment
		}
		if err != nil {
			return 0, fmt.Errorf("attachment: %w", err)
		}
		r.number, r.body = number, found.Body
	}
	offset := int(r.at % partBytes)
	if offset >= len(r.body) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, r.body[offset:])
	r.at += int64(n)
	return n, nil
}

// Seek moves to a place, as io.Seeker says.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.attachment.Size
	}
	if offset < 0 {
		return 0, errors.New("attachment: before the beginning")
	}
	r.at = offset
	return offset, nil
}
