package kakaotest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// skillTimeout is how long the platform waits for a skill.
const skillTimeout = 5 * time.Second

// ErrShown is what a person saw where a skill failed: the platform's own error.
var ErrShown = errors.New("the platform showed its own error")

// Say lets a person write.
func (p *Platform) Say(ctx context.Context, id, text string) ([]Bubble, error) {
	return p.call(ctx, id, "", map[string]any{"utterance": text + "\n"}, nil, "TEXT_INPUT")
}

// Open lets a person open the chat, which runs the welcome block.
func (p *Platform) Open(ctx context.Context, id string) ([]Bubble, error) {
	return p.call(ctx, id, "welcome", map[string]any{"utterance": ""}, nil, "")
}

// Picture lets a person send one picture or more by the secure image plugin.
func (p *Platform) Picture(ctx context.Context, id string, addresses ...string) ([]Bubble, error) {
	plugin, err := json.Marshal(map[string]string{"privacyAgreement": "Y", "imageQuantity": fmt.Sprint(len(addresses)),
		"secureUrls": "List(" + strings.Join(addresses, ", ") + ")", "expire": "2026-12-31T00:00:00+0000"})
	if err != nil {
		return nil, err
	}
	return p.call(ctx, id, "", map[string]any{"utterance": "사진 보내기", "plugin": string(plugin)}, nil, "TEXT_INPUT")
}

// Press lets a person press a button or a quick reply that they see, by its
// label.
func (p *Platform) Press(ctx context.Context, id, label string) ([]Bubble, error) {
	p.mu.Lock()
	u := p.user(id)
	var found map[string]any
	for _, b := range append(append([]Bubble(nil), u.seen...), u.quick...) {
		if pressed := findButton(b.Content, label); pressed != nil {
			found = pressed
		}
	}
	p.mu.Unlock()
	if found == nil {
		return nil, fmt.Errorf("%s sees no button %q", id, label)
	}
	return p.Tap(ctx, id, found)
}

// Tap lets a person press this very button, quick reply or item of a list.
func (p *Platform) Tap(ctx context.Context, id string, button map[string]any) ([]Bubble, error) {
	trigger := "CARD_BUTTON_MESSAGE"
	if button["action"] == "block" {
		trigger = "CARD_BUTTON_BLOCK"
	}
	return p.call(ctx, id, "", map[string]any{"utterance": Says(button)}, button["extra"], trigger)
}

// Says is what a button lets a person say.
func Says(button map[string]any) string {
	for _, name := range []string{"messageText", "label", "title"} {
		if said, _ := button[name].(string); said != "" {
			return said
		}
	}
	return ""
}

func findButton(v any, label string) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		if (v["label"] == label || v["label"] == nil && v["title"] == label) && (v["action"] == "message" || v["action"] == "block") {
			return v
		}
		for _, inner := range v {
			if found := findButton(inner, label); found != nil {
				return found
			}
		}
	case []any:
		for _, inner := range v {
			if found := findButton(inner, label); found != nil {
				return found
			}
		}
	}
	return nil
}

// call runs the skill as the platform does and shows the answer.
func (p *Platform) call(ctx context.Context, id, special string, said map[string]any, extra any, trigger string) ([]Bubble, error) {
	p.mu.Lock()
	body, token, address, headers := p.payload(id, special, said, extra, trigger)
	before := len(p.user(id).seen)
	p.mu.Unlock()
	answer, err := p.post(ctx, address, headers, body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		err = Check(answer)
	}
	if err != nil {
		p.fault("skill: %w", err)
		p.user(id).seen = append(p.user(id).seen, Bubble{Type: "error"})
		return nil, fmt.Errorf("%w: %w", ErrShown, err)
	}
	var promise struct {
		UseCallback bool `json:"useCallback"`
	}
	_ = json.Unmarshal(answer, &promise) // Check has read it
	if promise.UseCallback {
		if token == "" {
			p.fault("skill: useCallback without a callback address")
			return nil, ErrShown
		}
		if p.callbacks[token] != nil {
			p.callbacks[token].promised = true
		}
		return nil, nil
	}
	delete(p.callbacks, token)
	p.show(id, answer)
	return append([]Bubble(nil), p.user(id).seen[before:]...), nil
}

func (p *Platform) payload(id, special string, said map[string]any, extra any, trigger string) (body []byte, token, address string, headers http.Header) {
	u := p.user(id)
	properties := map[string]any{"plusfriendUserKey": "pf-" + id, "bot_user_key": id, "botUserKey": id, "plusfriend_user_key": "pf-" + id}
	if u.friend {
		properties["isFriend"] = true
	}
	if u.appID != "" {
		properties["appUserId"], properties["appUserStatus"] = u.appID, "REGISTERED"
	}
	request := map[string]any{
		"block": map[string]any{"id": "b1", "name": "폴백 블록"}, "user": map[string]any{"id": id, "type": "botUserKey", "properties": properties},
		"utterance": said["utterance"], "params": map[string]any{"surface": "Kakaotalk.plusfriend", "ignoreMe": "true"}, "lang": "ko", "timezone": "Asia/Seoul",
	}
	if p.bot.Callback && special == "" {
		token = fmt.Sprintf("cb-%d", p.next())
		p.callbacks[token] = &waiting{user: id, until: p.now().Add(time.Minute)}
		request["callbackUrl"] = p.bot.Address + "/v1/bots/" + p.bot.ID + "/callback/" + token
	}
	action := map[string]any{"id": "a1", "name": "plaza", "params": map[string]any{}, "detailParams": map[string]any{}, "clientExtra": extra}
	if plugin := said["plugin"]; plugin != nil {
		action["params"] = map[string]any{"secureimage": plugin}
		action["detailParams"] = map[string]any{"secureimage": map[string]any{"groupName": "", "origin": plugin, "value": plugin}}
	}
	all := map[string]any{
		"bot": map[string]any{"id": p.bot.ID, "name": "가게"}, "action": action, "contexts": []any{},
		"intent":      map[string]any{"id": "b1", "name": "폴백 블록", "extra": map[string]any{"reason": map[string]any{"code": 1, "message": "OK"}}},
		"userRequest": request,
	}
	if trigger != "" {
		all["flow"] = map[string]any{"lastBlock": map[string]any{"id": "b1", "name": "폴백 블록"}, "trigger": map[string]any{"type": trigger}}
	}
	body, err := json.Marshal(all)
	if err != nil {
		panic(err) // of our own values
	}
	headers = http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {fmt.Sprintf("req-%d", p.next())}}
	for name, value := range p.bot.Headers {
		headers.Set(name, value)
	}
	address = p.bot.Skill
	if special != "" {
		address += "?" + url.Values{"for": {special}}.Encode()
	}
	return body, token, address, headers
}

func (p *Platform) post(ctx context.Context, address string, headers http.Header, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = headers
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("HTTP status %d: %s", response.StatusCode, answer)
	case !strings.HasPrefix(response.Header.Get("Content-Type"), "application/json"):
		return nil, fmt.Errorf("content type %q", response.Header.Get("Content-Type"))
	}
	return answer, nil
}

// Relation makes Kakao Developers' call that somebody added or blocked the
// channel, which has to be answered with 200.
func (p *Platform) Relation(ctx context.Context, id, event string) error {
	p.mu.Lock()
	u := p.user(id)
	u.friend = event == "added"
	body, err := json.Marshal(map[string]any{"event": event, "id": u.appID, "id_type": "app_user_id",
		"channel_public_id": "_ZeUTxl", "channel_uuid": "@shop", "updated_at": p.now().UTC().Format(time.RFC3339)})
	address, key, resource := p.bot.Skill, p.bot.AdminKey, fmt.Sprintf("rel-%d", p.next())
	p.mu.Unlock()
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"KakaoAK " + key},
		"X-Kakao-Resource-Id": {resource}, "User-Agent": {"KakaoOpenAPI/1.0"}}
	response, err := (&http.Client{Timeout: 3 * time.Second}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("callback answered with status %d", response.StatusCode)
	}
	return nil
}
