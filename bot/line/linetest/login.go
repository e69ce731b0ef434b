package linetest

import (
	"time"

	"plaza/bot/standin"
)

// NewLogin is a LINE Login channel of the same provider. native signs as LINE
// does for its own app.
func NewLogin(id, secret, callback string, native bool, now func() time.Time) *standin.SignIn {
	return &standin.SignIn{Issuer: "https://access.line.me", Client: id, Secret: secret, Callback: callback, Asymmetric: native,
		Authorize: "/oauth2/v2.1/authorize", Token: "/oauth2/v2.1/token", Keys: "/oauth2/v2.1/certs", Scope: "openid profile", Now: now,
		Claims: func(string) map[string]any { return map[string]any{"name": "Brown", "amr": []string{"linesso"}} }}
}
