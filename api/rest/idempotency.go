package rest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"plaza/fault"
	"plaza/store"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"

	maxKey = 255
	// answerKept is how long a first answer is given again.
	answerKept = 24 * time.Hour
	// keyHeld is how long a request may be at work under a key; a crash frees the
	// key after that.
	keyHeld = 2 * maxRequest
	// answerFamily is the vault's family of records for kept answers.
	answerFamily = "kept answers"
	// seedFamily is that of the seeds.
	seedFamily = "request seeds"
)

var (
	errKey       = fault.New(fault.Invalid, "bad_idempotency_key", "An Idempotency-Key has 1 to {0} printable ASCII characters.", maxKey).In(keyHeader)
	errKeyReused = fault.New(fault.Invalid, "idempotency_key_reused", "This Idempotency-Key was used for another request. Use a new one.").In(keyHeader)
	errKeyBusy   = fault.New(fault.Conflict, "idempotency_key_in_use", "The first request with this Idempotency-Key is still at work. Ask again in a moment.").In(keyHeader)
)

// keptAnswer is the first answer to a request with a key, or the request still
// at work.
type keptAnswer struct {
	ID      string `bson:"_id"` // account + ":" + operation + ":" + hash of the key
	Account string `bson:"account"`
	Request string `bson:"request"` // hash of all that was asked
	// Since is when the key was first used, and Seed, sealed, what the request
	// makes its keys and secrets of: the same on every attempt, so that one that
	// follows a crash finds what was created before it.
	Since time.Time `bson:"since"`
	Seed  []byte    `bson:"seed"`
	// Fence rises with each taking of the key: who holds an older one was too slow.
	Fence       int64     `bson:"fence"`
	HeldUntil   time.Time `bson:"held_until"`
	Status      int       `bson:"status"` // 0: still at work
	ContentType string    `bson:"content_type,omitempty"`
	Sealed      []byte    `bson:"sealed,omitempty"`
	ExpiresAt   time.Time `bson:"expires_at"`
}

var kept = store.Declare[keptAnswer](store.Schema{Name: "kept_answers", ExpiresAt: "expires_at"})

// answers keeps the first answers to requests with an Idempotency-Key.
type answers struct {
	db     *store.DB
	sealer Sealer
	now    func() time.Time
}

// once serves an operation so that repeating a request with its key gives the
// first answer, and changes nothing again. As Stripe documents it: answers are
// kept for 24 hours; the same key for another request is refused; what was
// refused before anything was done, and our own failures, are not kept.
func (s *surface) once(operation string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		key := c.GetHeader(keyHeader)
		if _, given := c.Request.Header[keyHeader]; !given {
			next(ctx)
			return
		}
		if !validKey(key) {
			s.refuse(c, errKey)
			return
		}
		asked, err := fingerprint(c.Request)
		if err != nil {
			s.refuse(c, err)
			return
		}
		account := whoAsks(ctx.Context()).Account
		held, first, err := s.kept.hold(ctx.Context(), account, recordID(account, operation, key), asked)
		switch {
		case err != nil:
			s.refuse(c, err)
		case first != nil:
			c.Header(replayedHeader, "true")
			c.Data(first.status, first.contentType, first.body)
		default:
			s.keep(c, held, func() { next(ctx) })
		}
	}
}

func validKey(key string) bool {
	if key == "" || len(key) > maxKey {
		return false
	}
	for _, character := range []byte(key) {
		if character < ' ' || character > '~' {
			return false
		}
	}
	return true
}

func recordID(account, operation, key string) string {
	hash := sha256.Sum256([]byte(key))
	return account + ":" + operation + ":" + hex.EncodeToString(hash[:])
}

// fingerprint tells requests apart by all that they ask, and leaves the body to
// be read again.
func fingerprint(r *http.Request) (string, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %q %q\n", r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Content-Type"))
	hash.Write(body)
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// keep lets a request do its work and keeps what was answered. The work goes on
// when the client hangs up: it will ask again with its key.
func (s *surface) keep(c *gin.Context, held keptAnswer, work func()) {
	client := c.Writer
	recorder := &recorder{ResponseWriter: client, status: http.StatusOK}
	whole, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), maxRequest)
	defer cancel()
	whole = context.WithValue(whole, heldKey{}, held.ID+held.Request)
	c.Request = c.Request.WithContext(store.Repeatable(whole, held.Seed, held.Since))
	finished := false
	defer func() {
		c.Writer = client
		if !finished { // it panicked, and may have done anything: let it be asked again
			s.letGo(c, held, s.kept.free)
		}
	}()
	c.Writer = recorder
	work()
	finished = true
	if recorder.status >= http.StatusInternalServerError {
		s.letGo(c, held, s.kept.free)
	} else if refusedForm(recorder.status) {
		s.letGo(c, held, s.kept.release)
	} else if err := s.kept.finish(whole, held, recorder); err != nil {
		s.Logger.ErrorContext(whole, "answer not kept", "account", held.Account, "error", err)
	}
	recorder.deliver(client)
}

func (s *surface) letGo(c *gin.Context, held keptAnswer, how func(context.Context, keptAnswer) error) {
	if err := how(context.WithoutCancel(c.Request.Context()), held); err != nil {
		s.Logger.ErrorContext(c, "idempotency key not released", "account", held.Account, "error", err)
	}
}

// refusedForm says that a request was refused before anything was done.
func refusedForm(status int) bool {
	switch status {
	case http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return true
	}
	return false
}

type heldKey struct{}

// ownKey is a key for an effect outside: the same for every repetition of a
// request with an Idempotency-Key, also after a crash; else one of its own.
func ownKey(ctx context.Context) string {
	if id, ok := ctx.Value(heldKey{}).(string); ok {
		hash := sha256.Sum256([]byte(id))
		return hex.EncodeToString(hash[:16])
	}
	return store.NewID()
}

type firstAnswer struct {
	status      int
	contentType string
	body        []byte
}

// hold takes a key for a request, or finds the first answer to it.
func (a answers) hold(ctx context.Context, account, id, asked string) (keptAnswer, *firstAnswer, error) {
	now := a.now().UTC().Truncate(time.Millisecond)
	seed := make([]byte, 32)
	rand.Read(seed) // never fails (package crypto/rand)
	sealed, err := a.sealer.Seal(ctx, seedFamily, id, seed)
	if err != nil {
		return keptAnswer{}, nil, err
	}
	wanted := keptAnswer{ID: id, Account: account, Request: asked, Since: now, Seed: sealed, Fence: 1,
		HeldUntil: now.Add(keyHeld), ExpiresAt: now.Add(answerKept)}
	found, taken, err := kept.In(a.db, account).InsertIfAbsent(ctx, wanted)
	if err != nil || taken {
		wanted.Seed = seed
		return wanted, nil, err
	}
	over := !now.Before(found.ExpiresAt)
	switch {
	case found.Request != asked && !over:
		return wanted, nil, errKeyReused
	case found.Status != 0 && !over:
		body, err := a.sealer.Open(ctx, answerFamily, id, found.Sealed)
		return found, &firstAnswer{found.Status, found.ContentType, body}, err
	case found.Status == 0 && now.Before(found.HeldUntil):
		return wanted, nil, errKeyBusy
	}
	wanted.Fence = found.Fence + 1
	update := store.Set("request", asked).Set("fence", wanted.Fence).
		Set("held_until", wanted.HeldUntil).Set("expires_at", wanted.ExpiresAt).Set("status", 0).Unset("sealed", "content_type")
	if over || len(found.Seed) == 0 {
		update = update.Set("since", now).Set("seed", sealed)
	} else {
		wanted.Since = found.Since // the same request goes on
		if seed, err = a.sealer.Open(ctx, seedFamily, id, found.Seed); err != nil {
			return wanted, nil, err
		}
	}
	wanted.Seed = seed
	err = kept.In(a.db, account).Update(ctx, id, update, store.Eq("fence", found.Fence))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		err = errKeyBusy // somebody else took it over at this moment
	}
	return wanted, nil, err
}

// finish keeps the answer under the key, unless somebody else has taken it over.
func (a answers) finish(ctx context.Context, held keptAnswer, answer *recorder) error {
	sealed, err := a.sealer.Seal(ctx, answerFamily, held.ID, answer.body.Bytes())
	if err != nil {
		return err
	}
	return kept.In(a.db, held.Account).Update(ctx, held.ID, store.Set("status", answer.status).
		Set("content_type", answer.Header().Get("Content-Type")).Set("sealed", sealed), store.Eq("fence", held.Fence))
}

// free lets the same request be tried again at once: it failed by our own fault
// and may have got anywhere.
func (a answers) free(ctx context.Context, held keptAnswer) error {
	return unlessTaken(kept.In(a.db, held.Account).Update(ctx, held.ID,
		store.Set("held_until", time.Time{}), store.Eq("fence", held.Fence)))
}

// release gives the key back as if it had never been used.
func (a answers) release(ctx context.Context, held keptAnswer) error {
	return unlessTaken(kept.In(a.db, held.Account).Delete(ctx, held.ID, store.Eq("fence", held.Fence)))
}

// unlessTaken drops the error that the key is somebody else's by now.
func unlessTaken(err error) error {
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// recorder holds an answer back until it is kept.
type recorder struct {
	gin.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int)               { r.status = status }
func (r *recorder) WriteHeaderNow()                      {}
func (r *recorder) Write(data []byte) (int, error)       { return r.body.Write(data) }
func (r *recorder) WriteString(text string) (int, error) { return r.body.WriteString(text) }
func (r *recorder) Status() int                          { return r.status }
func (r *recorder) Size() int                            { return r.body.Len() }
func (r *recorder) Written() bool                        { return r.body.Len() > 0 }

func (r *recorder) deliver(to gin.ResponseWriter) {
	to.WriteHeader(r.status)
	_, _ = to.Write(r.body.Bytes()) // the client may be gone; the answer is kept
}
