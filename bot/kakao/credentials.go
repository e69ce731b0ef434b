package kakao

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"plaza/bot/kakao/alimtalk"
	"plaza/fault"
	"plaza/message"
)

// Credentials connect one Kakao Talk channel. Only Secret is needed to answer.
type Credentials struct {
	// Secret is chosen by the merchant and entered as a header of the skill
	// (chatbot admin centre, Skill > header). Kakao signs nothing, so it alone
	// says that a call is Kakao's.
	Secret string `json:"secret"`
	// BotID, when set, refuses calls of any other bot. The development channel's
	// id is the same with "!" at its end, and taken as well.
	BotID string `json:"bot_id,omitempty"`
	// BlockID is the block that runs our skill. Buttons then run it whatever the
	// word on them; without it they only say their word.
	BlockID string `json:"block_id,omitempty"`
	// RESTKey and EventName let the account speak first, through the Event API.
	RESTKey   string `json:"rest_key,omitempty"`
	EventName string `json:"event_name,omitempty"`
	// AdminKey verifies the callback of Kakao Developers that tells of people
	// who add or block the channel.
	AdminKey string `json:"admin_key,omitempty"`
	// KakaoAgents hands conversations over to Kakao's own agent console instead
	// of Plaza's inbox.
	KakaoAgents bool `json:"kakao_agents,omitempty"`

	// The dealer for notice templates.
	alimtalk.Access
}

// Check says what is wrong with the values, field by field, without asking
// anybody.
func (c Credentials) Check() error {
	return fault.All(
		fault.If(len(c.Secret) < 16 || len(c.Secret) > 128 || !plain(c.Secret, "-_"), ErrSecretForm),
		fault.If(!plain(c.BotID, ""), ErrBotID),
		fault.If(!plain(c.BlockID, ""), ErrBlockID),
		fault.If(c.RESTKey != "" && !goodKey(c.RESTKey), ErrKey.In("rest_key")),
		fault.If(c.AdminKey != "" && !goodKey(c.AdminKey), ErrKey.In("admin_key")),
		fault.If((c.EventName != "" || c.RESTKey != "") && (c.EventName == "" || c.RESTKey == "" || c.BotID == ""), ErrEvent),
		fault.If(c.Access != alimtalk.Access{} && !c.Access.Complete(), ErrDealer),
		fault.If(c.SenderKey != "" && (len(c.SenderKey) != 40 || !plain(c.SenderKey, "")), ErrSenderKey),
		fault.If(c.Signature != "" && (len(c.Signature) < 16 || !plain(c.Signature, "-_")), ErrSignatureForm),
	)
}

// speaksFirst says whether the Event API can be used.
func (c Credentials) speaksFirst() bool { return c.EventName != "" }

// plain text has letters, digits and these other characters only.
func plain(s, others string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'z') && strings.IndexByte(others, s[i]) < 0 {
			return false
		}
	}
	return true
}

func goodKey(key string) bool { return len(key) == 32 && plain(key, "") }

// Encode is the form in which a connection is stored (before it is sealed) and
// which Channel takes.
func (c Credentials) Encode() ([]byte, error) { return json.Marshal(c) }

// account is a connection made ready for use.
type account struct {
	Credentials
	secret, adminKey [sha256.Size]byte // digests, so that comparing tells no length
	scope            string            // tells this connection's people from others'
}

func newAccount(c Credentials) (*account, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	a := &account{Credentials: c, secret: sha256.Sum256([]byte(c.Secret)), adminKey: sha256.Sum256([]byte("KakaoAK " + c.AdminKey))}
	scope := sha256.Sum256([]byte("scope " + c.Secret + "/" + c.BotID))
	a.scope = hex.EncodeToString(scope[:12])
	return a, nil
}

// accounts are the connections that were decoded lately.
type accounts struct {
	opened message.Opened[*account]
}

func (a *accounts) decode(credentials []byte) (*account, error) {
	return a.opened.Open(credentials, func(credentials []byte) (*account, error) {
		c, err := message.DecodeCredentials[Credentials](credentials)
		if err != nil {
			return nil, err
		}
		return newAccount(c)
	})
}
