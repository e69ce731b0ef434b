package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"plaza/account/vault"
	"plaza/bot/kakao"
	"plaza/store"
)

// kakao is KakaoTalk with its notices.
func (a *App) kakao(client *http.Client) *kakao.Channel {
	return kakao.New(kakao.Options{
		PublicURL: a.PublicURL,
		QRPicture: func(link string) string { return a.PublicURL + qrPicturePath(link) },
		Texts:     a.Renderer.Texts,
		API:       a.KakaoAPI,
		Client:    client,
		Memory:    kakaoMemory{a.DB, a.Vault, a.Now},
		Notices:   kakao.ByTemplate{Service: a.Notices},
		Now:       a.Now, Logger: a.Logger,
	})
}

// kakaoMemory keeps what the KakaoTalk channel has to remember where every node
// finds it, sealed: a callback address lets whoever has it speak for the account.
type kakaoMemory struct {
	db    *store.DB
	vault *vault.Vault
	now   func() time.Time
}

const kakaoFamily = "kakao memory"

func (m kakaoMemory) Get(ctx context.Context, key string) ([]byte, error) {
	value, _, err := m.get(ctx, "kakao "+key)
	return value, err
}

func (m kakaoMemory) get(ctx context.Context, id string) (value, sealed []byte, _ error) {
	state, err := clientStates.Across(m.db).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !m.now().Before(state.ExpiresAt) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	value, err = m.vault.Open(ctx, kakaoFamily, id, state.Sealed)
	return value, state.Sealed, err
}

func (m kakaoMemory) Put(ctx context.Context, key string, value []byte, until time.Time) error {
	id := "kakao " + key
	sealed, err := m.vault.Seal(ctx, kakaoFamily, id, value)
	if err != nil {
		return err
	}
	_, err = clientStates.Across(m.db).Upsert(ctx, id, store.Set("sealed", sealed).Set("expires_at", until.UTC()))
	return err
}

func (m kakaoMemory) Take(ctx context.Context, key string) ([]byte, error) {
	id := "kakao " + key
	value, sealed, err := m.get(ctx, id)
	if err != nil || value == nil {
		return nil, err
	}
	err = clientStates.Across(m.db).Delete(ctx, id, store.Eq("sealed", sealed))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConditionFailed) {
		return nil, nil // somebody else has it
	}
	return value, err
}
