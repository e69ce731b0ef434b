package app

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"plaza/account/vault"
	"plaza/bot/wechat"
	"plaza/store"
)

// sharedTokens keeps what a messenger's client has fetched (access tokens,
// sealed, and ids of uploaded media) where every node finds it.
type sharedTokens struct {
	db    *store.DB
	vault *vault.Vault
	now   func() time.Time
}

// clientState is one thing a messenger's client remembers.
type clientState struct {
	ID     string `bson:"_id"`
	Sealed []byte `bson:"sealed,omitempty"`
	Media  string `bson:"media,omitempty"`
	Text   string `bson:"text,omitempty"`
	// Key is the message that a job of the platform's is about.
	Key string `bson:"key,omitempty"`
	// Counts are calls by path; a path holds neither dots nor dollars.
	Counts    map[string]int64 `bson:"counts,omitempty"`
	ExpiresAt time.Time        `bson:"expires_at"`
}

var clientStates = store.Declare[clientState](store.Schema{
	Name: "client_states", Global: true, ExpiresAt: "expires_at",
})

func tokenSchemas() []*store.Schema { return []*store.Schema{clientStates.Schema()} }

// tokenFamily is the vault's family of records for access tokens.
const tokenFamily = "access tokens"

func (s sharedTokens) Token(ctx context.Context, key string) (wechat.Token, error) {
	id := "wechat token " + key
	state, err := clientStates.Across(s.db).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return wechat.Token{}, nil
	}
	if err != nil {
		return wechat.Token{}, err
	}
	plain, err := s.vault.Open(ctx, tokenFamily, id, state.Sealed)
	if err != nil {
		return wechat.Token{}, err
	}
	var token wechat.Token
	return token, json.Unmarshal(plain, &token)
}

func (s sharedTokens) PutToken(ctx context.Context, key string, token wechat.Token) error {
	id := "wechat token " + key
	plain, err := json.Marshal(token)
	if err != nil {
		return err
	}
	sealed, err := s.vault.Seal(ctx, tokenFamily, id, plain)
	if err != nil {
		return err
	}
	_, err = clientStates.Across(s.db).Upsert(ctx, id, store.Set("sealed", sealed).Set("expires_at", token.Until))
	return err
}

func (s sharedTokens) Lease(ctx context.Context, key string, until time.Time) (bool, error) {
	id, scope := "wechat lease "+key, clientStates.Across(s.db)
	_, mine, err := scope.InsertIfAbsent(ctx, clientState{ID: id, ExpiresAt: until.UTC()})
	if err != nil || mine {
		return mine, err
	}
	err = scope.Update(ctx, id, store.Set("expires_at", until.UTC()), store.Lte("expires_at", s.now().UTC()))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s sharedTokens) Release(ctx context.Context, key string) error {
	err := clientStates.Across(s.db).Delete(ctx, "wechat lease "+key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func (s sharedTokens) MediaID(ctx context.Context, key string) (string, time.Time, error) {
	state, err := clientStates.Across(s.db).Get(ctx, "wechat media "+key)
	if errors.Is(err, store.ErrNotFound) {
		return "", time.Time{}, nil
	}
	return state.Media, state.ExpiresAt, err
}

func (s sharedTokens) PutMediaID(ctx context.Context, key, id string, until time.Time) error {
	_, err := clientStates.Across(s.db).Upsert(ctx, "wechat media "+key, store.Set("media", id).Set("expires_at", until))
	return err
}

// telegramMemory keeps what buttons mean and the ids of files.
type telegramMemory struct{ db *store.DB }

const telegramPrefix = "telegram "

func (m telegramMemory) Recall(ctx context.Context, key string) (string, error) {
	state, err := clientStates.Across(m.db).Get(ctx, telegramPrefix+key)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return state.Text, err
}

func (m telegramMemory) Keep(ctx context.Context, key, text string, until time.Time) error {
	_, err := clientStates.Across(m.db).Upsert(ctx, telegramPrefix+key, store.Set("text", text).Set("expires_at", until))
	return err
}
