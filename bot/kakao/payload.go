package kakao

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// payload is the body of a skill call: SkillPayload 2.0 (platform document:
// "Answer types in JSON", SkillPayload). What may come in several shapes is
// kept raw.
type payload struct {
	Intent      named `json:"intent"`
	UserRequest struct {
		Utterance   string                     `json:"utterance"`
		Lang        string                     `json:"lang"`
		Timezone    string                     `json:"timezone"`
		Params      map[string]json.RawMessage `json:"params"`
		Block       named                      `json:"block"`
		CallbackURL string                     `json:"callbackUrl"`
		User        struct {
			ID         string `json:"id"`
			Type       string `json:"type"`
			Properties struct {
				PlusfriendUserKey string `json:"plusfriendUserKey"`
				AppUserID         string `json:"appUserId"`
				IsFriend          bool   `json:"isFriend"`
			} `json:"properties"`
		} `json:"user"`
	} `json:"userRequest"`
	Bot    named `json:"bot"`
	Action struct {
		named
		Params       map[string]json.RawMessage `json:"params"`
		DetailParams map[string]struct {
			Origin json.RawMessage `json:"origin"`
			Value  json.RawMessage `json:"value"`
		} `json:"detailParams"`
		ClientExtra map[string]json.RawMessage `json:"clientExtra"`
	} `json:"action"`
	Contexts []struct {
		Name string `json:"name"`
	} `json:"contexts"`
	Flow struct {
		LastBlock named `json:"lastBlock"`
		Trigger   struct {
			Type          string `json:"type"`
			ReferrerBlock named  `json:"referrerBlock"`
		} `json:"trigger"`
	} `json:"flow"`
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// words of a JSON value: a string's own, anything else as it is written.
func words(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// attachment is something that a person has sent besides words.
type attachment struct{ kind, url string }

// attachments finds what was sent: by the plugins of the chatbot admin centre,
// which put JSON into a parameter's string, or straight into the chat, where it
// comes as the parameter "media".
func (p *payload) attachments() (found []attachment) {
	if media := object(p.UserRequest.Params["media"]); media != nil {
		kind := strings.ToLower(words(media["type"]))
		if address := words(media["url"]); address != "" {
			found = append(found, attachment{kind, address})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Action.Params)) {
		plugin := object(p.Action.Params[name])
		for _, address := range addresses(plugin["secureUrls"]) {
			found = append(found, attachment{pluginKind(name, plugin), address})
		}
	}
	return found
}

// pluginKind is what a plugin sends. Without a word of it, it is a picture, as
// the oldest of them ("secure image transfer").
func pluginKind(name string, plugin map[string]json.RawMessage) string {
	said := strings.ToLower(name + " " + words(plugin["type"]))
	for _, kind := range []string{"video", "audio", "voice", "file"} {
		if strings.Contains(said, kind) {
			return kind
		}
	}
	return "image"
}

// object reads a JSON object, or one that is written inside a string.
func object(raw json.RawMessage) map[string]json.RawMessage {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '"' {
		raw = json.RawMessage(words(raw))
	}
	var fields map[string]json.RawMessage
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	return fields
}

// addresses reads a list of addresses, which the plugins write as "List(a, b)".
func addresses(raw json.RawMessage) (list []string) {
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	text := strings.TrimSpace(words(raw))
	text = strings.TrimSuffix(strings.TrimPrefix(text, "List("), ")")
	for address := range strings.SplitSeq(text, ",") {
		if address = strings.TrimSpace(address); address != "" {
			list = append(list, address)
		}
	}
	return list
}
