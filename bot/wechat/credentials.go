package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"plaza/fault"
	"plaza/message"
)

// Credentials connect one official account. All values are copied from
// WeChat's settings page (设置与开发 → 开发接口管理).
type Credentials struct {
	AppID  string `json:"app_id"`
	Secret string `json:"secret"`
	// Token signs what WeChat pushes; the merchant chooses it.
	Token string `json:"token"`
	// EncodingAESKey encrypts pushes in compatible and safe mode. Once it is
	// set, unencrypted pushes are refused: the plain signature does not cover
	// the body, so taking them would undo what safe mode is for.
	EncodingAESKey string `json:"encoding_aes_key,omitempty"`
	// PreviousAESKey is still tried after a change of key, because WeChat
	// changes over gradually.
	PreviousAESKey string `json:"previous_aes_key,omitempty"`
	// OriginalID (原始ID, "gh_...") is optional; when set, pushes for any other
	// account are refused.
	OriginalID string `json:"original_id,omitempty"`
	// WeChatAgents hands conversations over to WeChat's own agent console
	// instead of Plaza's inbox. WeChat then keeps the person's messages to
	// itself until the agent closes the session.
	WeChatAgents bool `json:"wechat_agents,omitempty"`
	// Subscription: it is a subscription account (订阅号), whose mass sends follow
	// other rules than those of a service account.
	Subscription bool `json:"subscription,omitempty"`
	// WebSignIn: this server's domain is entered in WeChat's settings, so that
	// pages opened in WeChat may ask who has them open.
	WebSignIn bool `json:"web_sign_in,omitempty"`
	// DomainFile is the name of the file by which WeChat sees whose the domain is.
	DomainFile string `json:"domain_file,omitempty"`
	// Notices say messages outside the window, by sort: OrderNotice and those beside it.
	Notices map[string]Notice `json:"notices,omitempty"`
	// AgentAccount names the agent (kf_account) to hand over to; empty for any.
	AgentAccount string `json:"agent_account,omitempty"`
}

// Check says what is wrong with the values, field by field, without asking
// WeChat. The Secret may be empty: then the account can receive and answer,
// but send nothing by itself.
func (c Credentials) Check() error {
	wrong := []error{
		fault.If(len(c.AppID) != 18 || !strings.HasPrefix(c.AppID, "wx") || !lettersAndDigits(c.AppID), ErrAppID),
		fault.If(c.Secret != "" && (len(c.Secret) != 32 || !lettersAndDigits(c.Secret)), ErrSecret),
		fault.If(len(c.Token) < 3 || len(c.Token) > 32 || !lettersAndDigits(c.Token), ErrToken),
		fault.If(c.EncodingAESKey != "" && !goodKey(c.EncodingAESKey), ErrAESKey),
		fault.If(c.PreviousAESKey != "" && !goodKey(c.PreviousAESKey), ErrAESKey.In("previous_aes_key")),
		fault.If(c.DomainFile != "" && !domainFile.MatchString(c.DomainFile), ErrDomainFile),
		fault.If(c.WebSignIn && c.Secret == "", ErrSecret),
		fault.If(c.OriginalID != "" && !strings.HasPrefix(c.OriginalID, "gh_"), ErrOriginalID),
	}
	return fault.All(append(wrong, c.checkNotices())...)
}

func (c Credentials) checkNotices() error {
	for sort, n := range c.Notices {
		if !slices.Contains(noticeSorts, sort) || n.Template == "" || len(n.Fields) == 0 {
			return ErrNotice.In("notices")
		}
		for _, part := range n.Fields {
			if !slices.Contains(Parts[:], part) {
				return ErrNotice.In("notices")
			}
		}
	}
	return nil
}

var domainFile = regexp.MustCompile(`^MP_verify_[A-Za-z0-9]{8,32}\.txt$`)

// Proof is the file at the root of the domain that WeChat looks for before it
// takes the domain. What stands in it is in its name.
func (c *Channel) Proof(credentials []byte) (name, content string) {
	a, err := c.accounts.decode(credentials)
	if err != nil || a.DomainFile == "" {
		return "", ""
	}
	content = strings.TrimSuffix(strings.TrimPrefix(a.DomainFile, "MP_verify_"), ".txt")
	return a.DomainFile, content
}

func lettersAndDigits(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func goodKey(key string) bool { return len(key) == 43 && lettersAndDigits(key) }

// Encode is the form in which a connection is stored (before it is sealed) and
// which Channel takes.
func (c Credentials) Encode() ([]byte, error) { return json.Marshal(c) }

// account is a connection made ready for use.
type account struct {
	Credentials
	keys []key // the current one first
}

// key is an AES key with its cipher set up.
type key struct {
	block cipher.Block
	iv    []byte
}

func newAccount(c Credentials) (*account, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	a := &account{Credentials: c}
	for _, encoded := range []string{c.EncodingAESKey, c.PreviousAESKey} {
		if encoded == "" {
			continue
		}
		k, err := newKey(encoded)
		if err != nil {
			return nil, err
		}
		a.keys = append(a.keys, k)
	}
	return a, nil
}

// newKey decodes an EncodingAESKey. Its last character may hold spare bits, so
// strict base64 would refuse good keys.
func newKey(encoded string) (key, error) {
	if !goodKey(encoded) {
		return key{}, ErrAESKey
	}
	secret, err := base64.StdEncoding.DecodeString(encoded + "=")
	if err != nil {
		return key{}, ErrAESKey.Because(err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return key{}, ErrAESKey.Because(err)
	}
	return key{block: block, iv: secret[:aes.BlockSize]}, nil
}

// accounts are the connections that were decoded lately.
type accounts struct {
	opened message.Opened[*account]
}

// maxAccounts bounds what is remembered by account.
const maxAccounts = 4096

func (a *accounts) decode(credentials []byte) (*account, error) {
	return a.opened.Open(credentials, func(credentials []byte) (*account, error) {
		c, err := message.DecodeCredentials[Credentials](credentials)
		if err != nil {
			return nil, err
		}
		return newAccount(c)
	})
}
