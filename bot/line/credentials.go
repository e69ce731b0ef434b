package line

import (
	"encoding/json"
	"strings"

	"plaza/fault"
	"plaza/message"
)

// Credentials connect one official account. All values are copied from the LINE
// Developers Console.
type Credentials struct {
	// Secret signs webhooks: 32 hexadecimal digits.
	Secret string `json:"channel_secret"`
	// Token is the long-lived channel access token.
	Token string `json:"channel_access_token,omitempty"`
	// ID is the channel's; with it and no Token, tokens that live a quarter of an
	// hour are fetched as needed (platform document: "Stateless channel access
	// token").
	ID string `json:"channel_id,omitempty"`
	// LoginID and LoginSecret are those of a LINE Login channel of the same
	// provider, so that pages can learn who has them open; both or none.
	LoginID     string `json:"login_channel_id,omitempty"`
	LoginSecret string `json:"login_channel_secret,omitempty"`
}

// Check says what is wrong with the values, field by field, without asking LINE.
func (c Credentials) Check() error {
	return fault.All(
		fault.If(len(c.Secret) != 32 || strings.Trim(c.Secret, "0123456789abcdef") != "", ErrSecret),
		fault.If(c.Token != "" && (len(c.Token) < 40 || len(c.Token) > maxToken || strings.Trim(c.Token, tokenLetters) != ""), ErrToken),
		fault.If(c.ID != "" && (len(c.ID) < 5 || len(c.ID) > 15 || strings.Trim(c.ID, "0123456789") != ""), ErrChannelID),
		fault.If(c.LoginID != "" && (len(c.LoginID) < 5 || len(c.LoginID) > 15 || strings.Trim(c.LoginID, "0123456789") != ""), ErrChannelID.In("login_channel_id")),
		fault.If(c.LoginID != "" && (len(c.LoginSecret) != 32 || strings.Trim(c.LoginSecret, "0123456789abcdef") != ""), ErrSecret.In("login_channel_secret")),
		fault.If(c.Token == "" && c.ID == "", ErrNoToken),
	)
}

const (
	maxToken = 1024
	// tokenLetters are those of base64 and of a JWT.
	tokenLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_."
)

// Encode is the form in which a connection is stored (before it is sealed) and
// which Channel takes.
func (c Credentials) Encode() ([]byte, error) { return json.Marshal(c) }

// Fields are what a member copies from the LINE Developers Console.
func (c *Channel) Fields() []message.Field {
	return []message.Field{
		{Name: "channel_secret", Secret: true, Limit: 32},
		{Name: "channel_access_token", Secret: true, Optional: true, Kind: message.LongField, Limit: maxToken},
		{Name: "channel_id", Optional: true, Limit: 15},
		{Name: "login_channel_id", Optional: true, Limit: 15},
		{Name: "login_channel_secret", Secret: true, Optional: true, Limit: 32},
	}
}

// Validate says what is wrong with the values, field by field.
func (c *Channel) Validate(credentials []byte) error {
	typed, err := message.DecodeCredentials[Credentials](credentials)
	if err != nil {
		return err
	}
	return typed.Check()
}

// accounts are the connections that were decoded lately.
type accounts struct {
	opened message.Opened[Credentials]
}

// maxAccounts bounds what is remembered by account.
const maxAccounts = 4096

func (a *accounts) decode(credentials []byte) (Credentials, error) {
	return a.opened.Open(credentials, func(credentials []byte) (Credentials, error) {
		c, err := message.DecodeCredentials[Credentials](credentials)
		if err != nil {
			return c, err
		}
		return c, c.Check()
	})
}
