package message

import "strings"

// Person is a subscriber as the rest of the program needs them: who, where,
// and in which language.
type Person struct {
	ID       string `bson:"id" json:"id"`           // SubscriberID of the three below
	Account  string `bson:"account" json:"account"` // the account they follow
	Channel  string `bson:"channel" json:"channel"` // "wechat", "webchat", ...
	User     string `bson:"user" json:"user"`       // the channel's own user id
	Name     string `bson:"name,omitempty" json:"name,omitempty"`
	Language string `bson:"language" json:"language"` // "zh", "ko" or "en"
}

// SubscriberID is the natural key of a subscriber. Accounts and channels never
// contain a colon, so the parts can always be told apart again.
func SubscriberID(account, channel, user string) string {
	return account + ":" + channel + ":" + user
}

// SplitSubscriberID takes a key apart; ok is false if it is not one.
func SplitSubscriberID(id string) (account, channel, user string, ok bool) {
	parts := strings.SplitN(id, ":", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

// Languages that all texts exist in, the first being the fallback.
var Languages = [...]string{"en", "zh", "ko"}

// LanguageOf maps a platform's or browser's language tag ("zh_CN", "ko-KR") to
// one of Languages; anything unknown is English.
func LanguageOf(tag string) string {
	tag = strings.ToLower(tag)
	for _, language := range Languages {
		if strings.HasPrefix(tag, language) {
			return language
		}
	}
	return Languages[0]
}

// AnswerIn is the language in which a word is answered that belongs to one.
// English words are in everybody's mouth and tell nothing of whoever says them;
// a Chinese or a Korean one does. Both may be empty.
func AnswerIn(ofWord, own string) string {
	if ofWord == "" || ofWord == Languages[0] && own != "" {
		return own
	}
	return ofWord
}

// LanguagesFrom are all languages, the given one first.
func LanguagesFrom(first string) []string {
	all := []string{LanguageOf(first)}
	for _, language := range Languages {
		if language != all[0] {
			all = append(all, language)
		}
	}
	return all
}
