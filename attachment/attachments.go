package attachment

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// MaxBytes bounds a file.
const MaxBytes = 20 << 20

// keep is how long a file stays.
const keep = 365 * 24 * time.Hour

// What people are told.
var (
	ErrTooLarge     = fault.New(fault.TooLarge, "attachment_too_large", "This file is too large: at most {0} MB.", MaxBytes>>20)
	ErrEmpty        = fault.New(fault.Invalid, "attachment_empty", "This file is empty.")
	ErrType         = fault.New(fault.Invalid, "attachment_type", "Files of this kind can't be sent. Pictures, recordings, videos, PDF, office documents and archives can.")
	ErrHEIC         = fault.New(fault.Invalid, "attachment_heic", "This photo is in HEIC format, which few devices can show. Please send it as JPEG.")
	ErrQuota        = fault.New(fault.Limited, "attachment_quota", "Too much has been sent today. Please try again tomorrow.")
	ErrTorn         = fault.New(fault.Unavailable, "attachment_torn", "The file did not arrive whole. Please send it again.")
	ErrNoAttachment = fault.New(fault.NotFound, "attachment_not_found", "This file is no longer there.")
)

// Attachment is a file that was sent. It never changes.
type Attachment struct {
	ID      string `bson:"_id"` // account + "-" + a hash of owner and key
	Account string `bson:"account"`
	// Owner is the conversation it was sent in.
	Owner string `bson:"owner"`
	// Open files may be seen by whoever has the address, because a messenger's
	// platform has to fetch them: those that members send.
	Open   bool         `bson:"open,omitempty"`
	Secret string       `bson:"secret"` // the end of the address
	Kind   message.Kind `bson:"kind"`   // ImageIn, VoiceIn, VideoIn or FileIn
	Type   string       `bson:"type"`   // MIME type, by its bytes
	Name   string       `bson:"name,omitempty"`
	Size   int64        `bson:"size"`             // bytes
	Length int          `bson:"length,omitempty"` // milliseconds, as its sender says
	Upload string       `bson:"upload"`           // names its parts
	// CreatedAt and the instant it goes away.
	CreatedAt time.Time `bson:"created_at"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// Address names an attachment to the outside: nobody can guess it.
func (a Attachment) Address() string { return a.ID + "-" + a.Secret }

// part is a piece of a file.
type part struct {
	ID        string    `bson:"_id"` // attachment + ":" + upload + ":" + number
	Account   string    `bson:"account"`
	Body      []byte    `bson:"body"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// partBytes is how much of a file one document holds.
const partBytes = 1 << 20

var (
	attachments = store.Declare[Attachment](store.Schema{Name: "attachments", KeyedByAccount: true,
		ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at"})
	parts = store.Declare[part](store.Schema{Name: "attachment_parts", KeyedByAccount: true,
		ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at"})
)

// Schemas declares the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{attachments.Schema(), parts.Schema(), usages.Schema()}
}

// Pictures makes our own encoding of a photograph: its pixels and nothing else.
type Pictures interface {
	Clean(ctx context.Context, file []byte) (clean []byte, contentType string, err error)
}

// Dependencies are what Attachments works with. The zero Limits are the
// defaults.
type Dependencies struct {
	DB       *store.DB
	Pictures Pictures
	Limits   Limits
	Now      func() time.Time
}

// Attachments keeps files. Safe for use by many goroutines.
type Attachments struct{ Dependencies }

// New makes it.
func New(dependencies Dependencies) *Attachments {
	dependencies.Limits = dependencies.Limits.withDefaults()
	return &Attachments{dependencies}
}

func (s *Attachments) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// Find finds an attachment by its address. Whether the reader may see it, the
// caller asks: see Open and Owner. Errors: ErrNoAttachment.
func (s *Attachments) Find(ctx context.Context, address string) (Attachment, error) {
	id, secret, ok := splitAddress(address)
	if !ok {
		return Attachment{}, ErrNoAttachment
	}
	account, _, _ := strings.Cut(id, "-")
	found, err := s.get(ctx, account, id)
	if err == nil && subtle.ConstantTimeCompare([]byte(found.Secret), []byte(secret)) != 1 {
		err = ErrNoAttachment
	}
	if err != nil {
		return Attachment{}, err
	}
	return found, nil
}

// FindByKey finds what was kept under a key. Errors: ErrNoAttachment.
func (s *Attachments) FindByKey(ctx context.Context, account, owner, key string) (Attachment, error) {
	return s.get(ctx, account, idOf(account, owner, key))
}

func (s *Attachments) get(ctx context.Context, account, id string) (Attachment, error) {
	found, err := attachments.In(s.DB, account).Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !s.Now().Before(found.ExpiresAt):
		return Attachment{}, ErrNoAttachment
	case err != nil:
		return Attachment{}, fmt.Errorf("attachment: %w", err)
	}
	return found, nil
}

const nameLength = 26 // of 128 bits in base32

const nameLetters = "abcdefghijklmnopqrstuvwxyz234567"

var letters = base32.NewEncoding(nameLetters).WithPadding(base32.NoPadding)

func idOf(account, owner, key string) string {
	sum := sha256.Sum256([]byte(owner + "\x00" + key))
	return account + "-" + letters.EncodeToString(sum[:16])
}

func newSecret() string {
	secret := make([]byte, 16)
	_, _ = rand.Read(secret) // never fails
	return letters.EncodeToString(secret)
}

// splitAddress takes an address apart, and keeps separators out of keys.
func splitAddress(address string) (id, secret string, ok bool) {
	fields := strings.Split(address, "-")
	if len(fields) != 3 || fields[0] == "" || len(fields[0]) > 64 || strings.ContainsAny(fields[0], ":/") {
		return "", "", false
	}
	for _, name := range fields[1:] {
		if len(name) != nameLength || strings.Trim(name, nameLetters) != "" {
			return "", "", false
		}
	}
	return fields[0] + "-" + fields[1], fields[2], true
}
