package picture

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"plaza/fault"
	"plaza/store"
)

// Limits of an upload.
const (
	MaxBytes  = 5 << 20    // size of the file
	MaxPixels = 40_000_000 // width × height
)

// Widths in which pictures are kept, in pixels. A smaller original keeps its own.
const (
	Large = 1280
	Small = 320
)

// What people are told.
var (
	ErrTooLarge  = fault.New(fault.TooLarge, "picture_too_large", "This picture is too large: at most {0} MB.", MaxBytes>>20)
	ErrTooMany   = fault.New(fault.TooLarge, "picture_too_many_pixels", "This picture has too many pixels: at most {0} million.", MaxPixels/1_000_000)
	ErrFormat    = fault.New(fault.Invalid, "picture_format", "Please choose a JPEG, PNG, GIF or WebP picture.")
	ErrBroken    = fault.New(fault.Invalid, "picture_broken", "This picture is damaged and cannot be shown. Please save it again or choose another.")
	ErrNoPicture = fault.New(fault.NotFound, "picture_not_found", "There is no such picture.")
)

// Picture is an uploaded picture.
type Picture struct {
	ID     string // names the account; the same file gives the same id within it
	Width  int    // of the large rendition, in pixels
	Height int
}

// Rendition is a picture in one size, as it is served. It never changes.
type Rendition struct {
	ID        string    `bson:"_id"` // picture + ":" + width
	Account   string    `bson:"account"`
	Type      string    `bson:"type"` // "image/jpeg" or "image/png"
	Width     int       `bson:"width"`
	Height    int       `bson:"height"`
	Body      []byte    `bson:"body"`
	CreatedAt time.Time `bson:"created_at"`
}

var renditions = store.Declare[Rendition](store.Schema{Name: "pictures"})

// Schemas declares the collection of this package.
func Schemas() []*store.Schema { return []*store.Schema{renditions.Schema()} }

// Pictures keeps pictures.
type Pictures struct {
	db  *store.DB
	now func() time.Time
	// slot lets one picture at a time into memory: one of MaxPixels takes 200 MB
	// (at 16 bits a channel 360 MB) and under two seconds.
	slot chan struct{}
}

// New builds the service.
func New(db *store.DB, now func() time.Time) *Pictures {
	return &Pictures{db: db, now: now, slot: make(chan struct{}, 1)}
}

// Add reads an uploaded file and keeps it. Adding the same file again is cheap
// and changes nothing. Errors: ErrTooLarge, ErrTooMany, ErrFormat, ErrBroken.
func (p *Pictures) Add(ctx context.Context, account string, file io.Reader) (Picture, error) {
	data, err := io.ReadAll(io.LimitReader(file, MaxBytes+1))
	if err != nil {
		return Picture{}, fmt.Errorf("picture: read upload: %w", err)
	}
	if len(data) > MaxBytes {
		return Picture{}, ErrTooLarge
	}
	id := idOf(account, data)
	kept, err := p.Find(ctx, id, Large)
	if err == nil {
		return Picture{id, kept.Width, kept.Height}, nil
	}
	if !errors.Is(err, ErrNoPicture) {
		return Picture{}, err
	}
	large, small, err := p.render(ctx, data)
	if err != nil {
		return Picture{}, err
	}
	// The large one goes last: once it is there, both are.
	for _, made := range []struct {
		rendition Rendition
		width     int
	}{{small, Small}, {large, Large}} {
		made.rendition.ID, made.rendition.Account = key(id, made.width), account
		made.rendition.CreatedAt = p.now().UTC().Truncate(time.Millisecond)
		if _, _, err := renditions.In(p.db, account).InsertIfAbsent(ctx, made.rendition); err != nil {
			return Picture{}, fmt.Errorf("picture: keep: %w", err)
		}
	}
	return Picture{id, large.Width, large.Height}, nil
}

// Find finds a picture in the smallest rendition that fills width, or the
// large one. Pictures are public: whoever has the id may see it.
// Errors: ErrNoPicture.
func (p *Pictures) Find(ctx context.Context, id string, width int) (Rendition, error) {
	account, ok := accountOf(id)
	if !ok {
		return Rendition{}, ErrNoPicture
	}
	kept := Large
	if width > 0 && width <= Small {
		kept = Small
	}
	found, err := renditions.In(p.db, account).Get(ctx, key(id, kept))
	if errors.Is(err, store.ErrNotFound) {
		return Rendition{}, ErrNoPicture
	}
	if err != nil {
		return Rendition{}, fmt.Errorf("picture: %w", err)
	}
	return found, nil
}

// Remove deletes a picture of an account. Removing one that is gone, or was
// never the account's, is no error and changes nothing.
func (p *Pictures) Remove(ctx context.Context, account, id string) error {
	if owner, ok := accountOf(id); !ok || owner != account {
		return nil
	}
	for _, width := range []int{Large, Small} {
		err := renditions.In(p.db, account).Delete(ctx, key(id, width))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("picture: remove: %w", err)
		}
	}
	return nil
}

func (p *Pictures) render(ctx context.Context, data []byte) (large, small Rendition, err error) {
	decoded, release, err := p.decode(ctx, data)
	if err != nil {
		return large, small, err
	}
	defer release()
	if large, err = encode(decoded.pixels, decoded.lossless); err != nil {
		return large, small, err
	}
	small, err = encode(reduce(decoded.pixels, boxOf(Small)), decoded.lossless)
	return large, small, err
}

// Clean gives our own encoding of a picture that is kept elsewhere, no larger
// than the large rendition. Errors: ErrTooMany, ErrFormat, ErrBroken.
func (p *Pictures) Clean(ctx context.Context, data []byte) (clean []byte, contentType string, err error) {
	decoded, release, err := p.decode(ctx, data)
	if err != nil {
		return nil, "", err
	}
	defer release()
	made, err := encode(decoded.pixels, decoded.lossless)
	return made.Body, made.Type, err
}

// decode waits for the slot, which release gives back.
func (p *Pictures) decode(ctx context.Context, data []byte) (made decoded, release func(), err error) {
	select {
	case p.slot <- struct{}{}:
	case <-ctx.Done():
		return made, nil, ctx.Err()
	}
	release = func() { <-p.slot }
	if made, err = decode(data); err != nil {
		release()
		return made, nil, err
	}
	return made, release, nil
}

const sumLength = 26 // of 128 bits in base32

const sumLetters = "abcdefghijklmnopqrstuvwxyz234567"

var letters = base32.NewEncoding(sumLetters).WithPadding(base32.NoPadding)

func idOf(account string, data []byte) string {
	sum := sha256.Sum256(data)
	return account + "-" + letters.EncodeToString(sum[:16])
}

// accountOf reads whose picture an id names, and keeps separators out of keys.
func accountOf(id string) (account string, ok bool) {
	account, sum, found := strings.Cut(id, "-")
	ok = found && account != "" && len(account) <= sumLength && !strings.ContainsAny(account, ":/") &&
		len(sum) == sumLength && strings.Trim(sum, sumLetters) == ""
	return account, ok
}

func key(id string, width int) string { return id + ":" + strconv.Itoa(width) }
