package app

import (
	"crypto/x509"
	"strings"

	"plaza/bot"
	"plaza/bot/webchat/notify"
)

// PushOptions are how browsers' push services are spoken to.
type PushOptions struct {
	// Contact is where those who run one reach the operator: mailto: or https:.
	// Empty: the public address, if that is https.
	Contact string
	// Roots are whom TLS trusts; nil: whom this machine does. For tests.
	Roots *x509.CertPool
}

// notifying makes the web chat's notifications, and the bot mark who is to get
// one.
func (a *App) notifying(texts bot.Texts, accounts bot.Accounts) *notify.Service {
	contact := a.Push.Contact
	if contact == "" && strings.HasPrefix(a.PublicURL, "https://") {
		contact = a.PublicURL
	}
	made := notify.New(notify.Dependencies{
		DB: a.DB, Bot: a.Bot, Sealer: a.Vault, Texts: texts, Accounts: accounts,
		Contact: contact, Private: a.PrivateCallbacks, Roots: a.Push.Roots, Now: a.Now, Logger: a.Logger,
	})
	a.Bot.Notifier = made
	return made
}
