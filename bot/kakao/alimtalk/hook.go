package alimtalk

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// WebhookName stands in the address of the dealer's webhook,
// /webhooks/alimtalk/{account}.
const WebhookName = "alimtalk"

// SignatureHeader carries the signature that was entered for the webhook at
// NHN's, as it is (platform document: "KakaoTalk Bizmessage, Webhook").
const SignatureHeader = "X-Toast-Webhook-Signature"

// The faults of webhooks.
var (
	ErrSignature = fault.New(fault.Forbidden, "kakao_dealer_signature", "The signature is not the one in the settings.")
	ErrHook      = fault.New(fault.Invalid, "kakao_dealer_hook", "This is not a call of the dealer's webhook.")
)

const (
	maxHook  = 256 << 10 // bytes
	maxHooks = 1000
)

// hook is one thing that a call of the webhook tells: how a message ended, or
// how a template's inspection did.
type hook struct {
	Key      string `json:"recipientGroupingKey"`
	Template string `json:"templateCode"`
	Status   string `json:"status"`
	Comments []struct {
		Content string `json:"content"`
	} `json:"comments"`
}

// decodeHooks reads a call of the webhook. Errors: ErrHook.
func decodeHooks(body []byte) (appKey string, hooks []hook, _ error) {
	var call struct {
		AppKey string `json:"appKey"`
		Event  string `json:"event"`
		Hooks  []hook `json:"hooks"`
	}
	if len(body) > maxHook || json.Unmarshal(body, &call) != nil || call.Event == "" || len(call.Hooks) > maxHooks {
		return "", nil, ErrHook
	}
	return call.AppKey, call.Hooks, nil
}

// Webhook takes a call of the dealer's webhook. What it tells of messages is
// not believed but makes us ask at once; what it tells of templates is kept.
// Calls may come twice and in any order. Errors: ErrSignature, ErrHook,
// ErrNoDealer.
func (s *Service) Webhook(ctx context.Context, account string, request message.Request) (message.Response, error) {
	access, err := s.Access(ctx, account)
	if err != nil {
		return message.Response{}, err
	}
	given, wanted := sha256.Sum256([]byte(http.Header(request.Header).Get(SignatureHeader))), sha256.Sum256([]byte(access.Signature))
	if access.Signature == "" || subtle.ConstantTimeCompare(given[:], wanted[:]) != 1 {
		return message.Response{}, ErrSignature
	}
	appKey, hooks, err := decodeHooks(request.Body)
	if err == nil && appKey != access.AppKey {
		err = ErrHook
	}
	if err != nil {
		return message.Response{}, err
	}
	for _, h := range hooks {
		if err := s.heard(ctx, account, h); err != nil {
			return message.Response{}, err // the dealer calls again
		}
	}
	return message.Response{Status: http.StatusOK, ContentType: "application/json", Body: []byte("{}")}, nil
}

func (s *Service) heard(ctx context.Context, account string, h hook) (err error) {
	state, inspected := nhnStates[h.Status]
	switch {
	case h.Key != "":
		err = notices.In(s.DB, account).Update(ctx, account+":"+h.Key, store.Set("due_at", s.now()), store.Eq("state", Accepted))
	case h.Template != "" && inspected:
		update := store.Set("state", state).Set("at", s.now())
		if last := len(h.Comments); last > 0 {
			update = update.Set("comment", h.Comments[last-1].Content)
		}
		err = templates.In(s.DB, account).Update(ctx, account+":"+h.Template, update)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConditionFailed) {
		return nil // of another program that shares the dealer, or settled
	}
	return err
}
