package linetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
)

var anyID = regexp.MustCompile(`^[UCR][0-9a-f]{32}$`)

func invalid(property string) *refusal {
	return &refusal{status: http.StatusBadRequest, message: "The request body has 1 error(s)",
		details: []detail{{Message: "May not be empty", Property: property}}}
}

// checked refuses message objects that the platform would refuse.
func checked(messages []json.RawMessage) ([]map[string]any, *refusal) {
	if len(messages) < 1 || len(messages) > 5 {
		return nil, &refusal{status: http.StatusBadRequest, message: "The request body has 1 error(s)",
			details: []detail{{Message: "Size must be between 1 and 5", Property: "messages"}}}
	}
	objects := make([]map[string]any, len(messages))
	for i, raw := range messages {
		if err := Check(raw); err != nil {
			return nil, &refusal{status: http.StatusBadRequest, message: "A message (messages[" + fmt.Sprint(i) + "]) in the request body is invalid",
				details: []detail{{Message: err.Error(), Property: fmt.Sprintf("messages[%d]", i)}}}
		}
		if json.Unmarshal(raw, &objects[i]) != nil {
			return nil, invalid("messages")
		}
	}
	return objects, nil
}

// reply answers by a token: once, and within a minute.
func (p *Platform) reply(c call, _ []string) (answer, *refusal) {
	var body struct {
		Token    string            `json:"replyToken"`
		Messages []json.RawMessage `json:"messages"`
		Silent   bool              `json:"notificationDisabled"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	objects, refused := checked(body.Messages)
	if refused != nil {
		return answer{}, refused
	}
	token := p.replies[body.Token]
	if token == nil || token.used || !p.now().Before(token.until) {
		return answer{}, refuse(http.StatusBadRequest, "Invalid reply token")
	}
	token.used = true
	return p.deliver("reply", []string{token.to}, objects), nil
}

func (p *Platform) push(c call, _ []string) (answer, *refusal) {
	var body struct {
		To       string            `json:"to"`
		Messages []json.RawMessage `json:"messages"`
		Silent   bool              `json:"notificationDisabled"`
		Units    []string          `json:"customAggregationUnits"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	objects, refused := checked(body.Messages)
	switch {
	case refused != nil:
		return answer{}, refused
	case !anyID.MatchString(body.To) || p.people[body.To] == nil:
		return answer{}, &refusal{status: http.StatusBadRequest, message: "The property, 'to', in the request body is invalid (line: -, column: -)"}
	}
	return p.once(c, 1, func() answer { return p.deliver("push", []string{body.To}, objects) })
}

func (p *Platform) multicast(c call, _ []string) (answer, *refusal) {
	var body struct {
		To       []string          `json:"to"`
		Messages []json.RawMessage `json:"messages"`
		Silent   bool              `json:"notificationDisabled"`
		Units    []string          `json:"customAggregationUnits"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	objects, refused := checked(body.Messages)
	if refused != nil {
		return answer{}, refused
	}
	if len(body.To) < 1 || len(body.To) > 500 {
		return answer{}, &refusal{status: http.StatusBadRequest, message: "The request body has 1 error(s)",
			details: []detail{{Message: "Size must be between 1 and 500", Property: "to"}}}
	}
	seen := map[string]bool{}
	for i, to := range body.To {
		if !anyID.MatchString(to) || to[0] != 'U' || seen[to] {
			return answer{}, &refusal{status: http.StatusBadRequest, message: "The request body has 1 error(s)",
				details: []detail{{Message: "Invalid user", Property: fmt.Sprintf("to[%d]", i)}}}
		}
		seen[to] = true
	}
	return p.once(c, int64(len(body.To)), func() answer {
		p.deliver("multicast", body.To, objects)
		return answer{}
	})
}

// once does something unless its retry key was used, and counts it against the
// quota.
func (p *Platform) once(c call, count int64, do func() answer) (answer, *refusal) {
	key := c.Header.Get("X-Line-Retry-Key")
	if accepted := p.retryKeys[c.URL.Path+" "+key]; key != "" && accepted != "" {
		return answer{}, &refusal{status: http.StatusConflict, message: "The retry key is already accepted", accepted: accepted}
	}
	if p.account.Quota > 0 && p.used+count > p.account.Quota {
		return answer{}, refuse(http.StatusTooManyRequests, "You have reached your monthly limit.")
	}
	p.used += count
	if key != "" {
		p.retryKeys[c.URL.Path+" "+key] = c.id
	}
	return do(), nil
}

// deliver gives objects to those who follow. Those who do not get nothing, and
// nobody is told.
func (p *Platform) deliver(by string, to []string, objects []map[string]any) answer {
	p.serial++
	var sent []map[string]any
	for i, object := range objects {
		sent = append(sent, map[string]any{"id": fmt.Sprint(461230966842064897 + p.serial*10 + i), "quoteToken": fmt.Sprint("quote", p.serial)})
		for _, user := range to {
			if known := p.people[user]; known != nil && !known.follows {
				continue
			}
			text, _ := object["text"].(string)
			if alt, ok := object["altText"].(string); ok {
				text = alt
			}
			kind, _ := object["type"].(string)
			p.delivered = append(p.delivered, Delivered{To: user, By: by, Call: p.serial, Type: kind, Text: text, Body: object})
		}
	}
	return answer{value: map[string]any{"sentMessages": sent}}
}

func (p *Platform) quota(call, []string) (answer, *refusal) {
	if p.account.Quota == 0 {
		return answer{value: map[string]any{"type": "none"}}, nil
	}
	return answer{value: map[string]any{"type": "limited", "value": p.account.Quota}}, nil
}

func (p *Platform) consumption(call, []string) (answer, *refusal) {
	return answer{value: map[string]any{"totalUsage": p.used}}, nil
}

func (p *Platform) profile(_ call, arguments []string) (answer, *refusal) {
	known := p.people[arguments[0]]
	if known == nil || !known.follows {
		return answer{}, refuse(http.StatusNotFound, "Not found")
	}
	profile := map[string]any{"userId": arguments[0], "displayName": known.name}
	if known.language != "" {
		profile["language"] = known.language
	}
	return answer{value: profile}, nil
}

func (p *Platform) info(call, []string) (answer, *refusal) {
	return answer{value: map[string]any{"userId": BotID, "basicId": "@216ru123", "displayName": "Corner",
		"chatMode": "chat", "markAsReadMode": "manual"}}, nil
}

func (p *Platform) loading(c call, _ []string) (answer, *refusal) {
	var body struct {
		Chat    string `json:"chatId"`
		Seconds int    `json:"loadingSeconds"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	if !anyID.MatchString(body.Chat) || body.Chat[0] != 'U' || body.Seconds < 5 || body.Seconds > 60 || body.Seconds%5 != 0 {
		return answer{}, invalid("loadingSeconds")
	}
	p.typing[body.Chat] = body.Seconds
	return answer{status: http.StatusAccepted}, nil
}

func (p *Platform) markAsRead(c call, _ []string) (answer, *refusal) {
	var body struct {
		Token string `json:"markAsReadToken"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	if body.Token == "" {
		return answer{}, invalid("markAsReadToken")
	}
	p.read = append(p.read, body.Token)
	return answer{}, nil
}

func (p *Platform) content(_ call, arguments []string) (answer, *refusal) {
	found, ok := p.contents[arguments[0]]
	switch {
	case !ok:
		return answer{}, refuse(http.StatusNotFound, "Not found")
	case found.Preparing > 0:
		return answer{status: http.StatusAccepted}, nil
	}
	return answer{content: &found}, nil
}

func (p *Platform) transcoding(_ call, arguments []string) (answer, *refusal) {
	found, ok := p.contents[arguments[0]]
	if !ok {
		return answer{}, refuse(http.StatusNotFound, "Not found")
	}
	status := "succeeded"
	switch {
	case found.Preparing > 0:
		status = "processing"
		found.Preparing--
		p.contents[arguments[0]] = found
	case found.Preparing < 0:
		status = "failed"
	}
	return answer{value: map[string]string{"status": status}}, nil
}
