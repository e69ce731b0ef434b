package telegramtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"plaza/bot/standin"
)

// NewLogin is signing in with Telegram by a bot. The subject of its id tokens is
// not the id that bots know a person by.
func NewLogin(bot, secret, callback string, now func() time.Time) *standin.SignIn {
	return &standin.SignIn{Issuer: "https://oauth.telegram.org", Client: bot, Secret: secret, Callback: callback, Asymmetric: true, Basic: true,
		Authorize: "/auth", Token: "/token", Keys: "/.well-known/jwks.json", Scope: "openid profile", Now: now,
		Claims: func(person string) map[string]any {
			id, _ := strconv.ParseInt(person, 10, 64)
			return map[string]any{"sub": "9" + person, "id": id, "name": "Ann", "preferred_username": "ann"}
		}}
}

// Statement is what Telegram gives to a page that it opens inside itself.
func Statement(token string, person int64, at time.Time) string {
	user, _ := json.Marshal(map[string]any{"id": person, "first_name": "Ann", "language_code": "en", "allows_write_to_pm": true})
	fields := url.Values{"query_id": {"AAHdF6IQAAAAAN0XohDhrOrc"}, "user": {string(user)}, "auth_date": {strconv.FormatInt(at.Unix(), 10)},
		"chat_instance": {"-3788475317572404878"}, "signature": {"bm90IGNoZWNrZWQgaGVyZQ"}}
	lines := []string{}
	for name := range fields {
		lines = append(lines, name+"="+fields.Get(name))
	}
	slices.Sort(lines)
	key := hmac.New(sha256.New, []byte("WebAppData"))
	key.Write([]byte(token))
	sum := hmac.New(sha256.New, key.Sum(nil))
	sum.Write([]byte(strings.Join(lines, "\n")))
	fields.Set("hash", hex.EncodeToString(sum.Sum(nil)))
	return fields.Encode()
}
