package linetest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// BotID is the account's own user id, to which webhooks are addressed.
const BotID = "U0000000000000000000000000b07b07b"

// Sign is the signature of a body under a channel secret.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Event is a webhook event as the platform writes it.
type Event map[string]any

// withToken are the types of events that can be answered.
var withToken = map[string]bool{"message": true, "follow": true, "join": true, "memberJoined": true, "postback": true,
	"videoPlayComplete": true, "beacon": true, "accountLink": true, "membership": true, "things": true}

// Event begins an event of a type from a person.
func (p *Platform) Event(kind, user string) Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.event(kind, user)
}

func (p *Platform) event(kind, user string) Event {
	p.serial++
	now := p.now()
	e := Event{"type": kind, "mode": "active", "timestamp": now.UnixMilli(),
		"source":         map[string]any{"type": "user", "userId": user},
		"webhookEventId": fmt.Sprintf("01HX%022d", p.serial), "deliveryContext": map[string]any{"isRedelivery": false}}
	if withToken[kind] {
		token := fmt.Sprintf("%032x", p.serial)
		p.replies[token] = &replyToken{to: user, until: now.Add(time.Minute)}
		e["replyToken"] = token
	}
	return e
}

// Message is the event of a message: its fields are the content's.
func (p *Platform) Message(user string, content map[string]any) Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people[user] == nil {
		p.people[user] = &person{name: "Somebody", language: "en", follows: true}
	}
	e := p.event("message", user)
	if content["id"] == nil {
		content["id"] = fmt.Sprint(444573844083572000 + p.serial)
	}
	content["quoteToken"] = fmt.Sprint("quote-in-", p.serial)
	content["markAsReadToken"] = fmt.Sprint("read-", p.serial)
	e["message"] = content
	return e
}

// Text is the event of a text message.
func (p *Platform) Text(user, text string) Event {
	return p.Message(user, map[string]any{"type": "text", "text": text})
}

// Follow lets a person follow, and is the event of it.
func (p *Platform) Follow(user, name, language string) Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.people[user]
	p.people[user] = &person{name: name, language: language, follows: true}
	e := p.event("follow", user)
	e["follow"] = map[string]any{"isUnblocked": known != nil && !known.follows}
	return e
}

// Unfollow lets a person leave, and is the event of it.
func (p *Platform) Unfollow(user string) Event {
	p.Block(user)
	return p.Event("unfollow", user)
}

// Postback is the event of a tap on a button.
func (p *Platform) Postback(user, data string) Event {
	e := p.Event("postback", user)
	e["postback"] = map[string]any{"data": data}
	return e
}

// Deliver calls the webhook with these events, signed, and again if it is asked
// to and the answer is not 2xx within two seconds. It returns the last status.
func (p *Platform) Deliver(ctx context.Context, events ...Event) (status int, err error) {
	attempts := 1
	if p.account.Redeliver {
		attempts = 5
	}
	for range attempts {
		if events == nil {
			events = []Event{}
		}
		body, encoding := json.Marshal(map[string]any{"destination": BotID, "events": events})
		if encoding != nil {
			return 0, encoding
		}
		if status, err = p.post(ctx, body); err == nil && status/100 == 2 {
			return status, nil
		}
		for _, e := range events {
			e["deliveryContext"] = map[string]any{"isRedelivery": true}
		}
	}
	return status, err
}

func (p *Platform) post(ctx context.Context, body []byte) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.account.Webhook, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "LineBotWebhook/2.0")
	request.Header.Set("x-line-signature", Sign(p.account.Secret, body))
	response, err := p.client().Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, nil
}

func (p *Platform) client() *http.Client {
	if p.Client != nil {
		return p.Client
	}
	return http.DefaultClient
}

func (p *Platform) endpoint(call, []string) (answer, *refusal) {
	if p.account.Webhook == "" {
		return answer{}, refuse(http.StatusNotFound, "Not found")
	}
	return answer{value: map[string]any{"endpoint": p.account.Webhook, "active": true}}, nil
}

// test calls the webhook without events. The lock is let go meanwhile: the
// webhook may call back.
func (p *Platform) test(c call, _ []string) (answer, *refusal) {
	p.mu.Unlock()
	status, err := p.Deliver(c.Context())
	p.mu.Lock()
	result := map[string]any{"success": status/100 == 2, "timestamp": p.now().UTC().Format(time.RFC3339), "statusCode": status, "reason": "OK", "detail": fmt.Sprint(status)}
	switch {
	case err != nil:
		result["reason"], result["detail"] = "COULD_NOT_CONNECT", "Could not connect"
	case status/100 != 2:
		result["reason"] = "ERROR_STATUS_CODE"
	}
	return answer{value: result}, nil
}
