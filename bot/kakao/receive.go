package kakao

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/message"
)

// SecretHeader is the header that a skill's settings have to send.
const SecretHeader = "X-Plaza-Secret"

// MaxBody is the largest body of a call, in bytes. Kakao documents no limit; a
// call with a long utterance and many parameters has some ten thousand.
const MaxBody = 128 << 10

// The values of the address's parameter "for", which the merchant gives to the
// skills of two special blocks.
const (
	forWelcome = "welcome" // the welcome block: somebody opened the chat
	forEvent   = "event"   // the event block: Kakao fetches what we knocked for
)

// call is a decoded call and what is needed to answer it.
type call struct {
	account  *account
	user     string
	language string
	kind     message.Kind
	callback string
	relation bool // of Kakao Developers: nobody sees an answer
	inbound  [1]message.Inbound
}

// Receive verifies and decodes one call: of the skill, or of Kakao Developers,
// which tells who adds or blocks the channel. The Inbound has no Account yet;
// the caller knows it. Errors are the faults of this package.
func (c *Channel) Receive(credentials []byte, r message.Request) (message.Received, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.Received{}, err
	}
	if r.At.IsZero() {
		r.At = c.now()
	}
	k := &call{account: a}
	switch given := header(r, "Authorization"); {
	case r.Method != "POST":
		return message.Received{}, ErrMethod
	case given != "":
		if a.AdminKey == "" || !same(given, a.adminKey) {
			return message.Received{}, ErrAdminKey
		}
		k.relation = true
	case !same(header(r, SecretHeader), a.secret):
		return message.Received{}, ErrSecret
	}
	switch {
	case len(r.Body) > MaxBody:
		return message.Received{}, ErrTooLarge
	case !utf8.Valid(r.Body):
		return message.Received{}, ErrMalformed
	case k.relation:
		err = k.decodeRelation(r)
	default:
		err = k.decode(r)
	}
	if err != nil {
		return message.Received{}, err
	}
	return message.Received{Inbound: k.inbound[:], Context: k}, nil
}

func header(r message.Request, name string) string {
	if values := r.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// same compares in constant time, whatever the lengths.
func same(given string, want [sha256.Size]byte) bool {
	digest := sha256.Sum256([]byte(given))
	return given != "" && subtle.ConstantTimeCompare(digest[:], want[:]) == 1
}

func (k *call) decode(r message.Request) error {
	var p payload
	if json.Unmarshal(r.Body, &p) != nil || p.UserRequest.User.ID == "" || len(p.UserRequest.User.ID) > maxUser {
		return ErrMalformed
	}
	if want := k.account.BotID; want != "" && strings.TrimSuffix(p.Bot.ID, "!") != want {
		return ErrOtherBot
	}
	request := p.UserRequest
	k.user, k.callback = request.User.ID, request.CallbackURL
	k.language = message.LanguageOf(strings.Replace(request.Lang, "kr", "ko", 1))
	in := &k.inbound[0]
	*in = message.Inbound{
		Channel: Name, User: k.user, Key: key(r), At: r.At.UTC().Truncate(time.Millisecond),
		Type: "skill", Follows: request.User.Properties.IsFriend,
	}
	if request.Lang != "" {
		in.Language = k.language
	}
	if p.Flow.Trigger.Type != "" {
		in.Type = "skill/" + short(p.Flow.Trigger.Type)
	}
	p.said(in)
	switch r.Query.Get("for") {
	case forEvent:
		in.Kind, in.Text = message.Fetch, ""
	case forWelcome:
		// Who has not added the channel has opened the chat all the same.
		in.Kind, in.Text, in.Payload = message.Press, "", forWelcome
		if in.Follows {
			in.Kind, in.Payload = message.Follow, ""
		}
	}
	k.kind = in.Kind
	p.keep(in)
	return nil
}

// said finds what the person said or did.
func (p *payload) said(in *message.Inbound) {
	in.Text = strings.TrimSpace(p.UserRequest.Utterance)
	extra := p.Action.ClientExtra
	sent := p.attachments()
	switch {
	case words(extra[fetchExtra]) == "true":
		in.Kind, in.Text = message.Fetch, ""
	case words(extra[payloadExtra]) != "":
		in.Kind, in.Payload = message.Press, words(extra[payloadExtra])
	case len(sent) > 0:
		in.Kind, in.MediaURL = mediaKind(sent[0].kind), sent[0].url
		if in.Text == in.MediaURL || strings.HasPrefix(in.Text, "http") {
			in.Text = "" // Kakao says the address of what was sent
		}
		for i, more := range sent[1:] {
			note(in, more.kind+"."+strconv.Itoa(i+2), more.url)
		}
	case in.Text != "":
		in.Kind = message.TextIn
	default:
		in.Kind = message.Unknown
	}
}

func mediaKind(kind string) message.Kind {
	switch kind {
	case "image", "photo":
		return message.ImageIn
	case "video":
		return message.VideoIn
	case "audio", "voice":
		return message.VoiceIn
	case "file":
		return message.FileIn
	}
	return message.Unknown
}

// The names of what buttons of ours bring back (clientExtra).
const (
	payloadExtra = "payload"
	fetchExtra   = "fetch"
)

// keep puts what has no place of its own into Fields.
func (p *payload) keep(in *message.Inbound) {
	note(in, "intent", p.Intent.Name)
	note(in, "block", p.UserRequest.Block.Name)
	note(in, "last_block", p.Flow.LastBlock.Name)
	note(in, "timezone", p.UserRequest.Timezone)
	note(in, appUserField, p.UserRequest.User.Properties.AppUserID)
	for name, raw := range p.Action.Params {
		if detail, ok := p.Action.DetailParams[name]; ok {
			raw = detail.Value
		}
		if object(raw)["secureUrls"] == nil { // what a plugin sent has its place
			note(in, "param."+name, words(raw))
		}
	}
	for _, context := range p.Contexts {
		note(in, "context."+context.Name, "1")
	}
}

// The most that is kept of a field, and how many there may be.
const (
	maxUser   = 128
	maxField  = 1000
	maxFields = 60
)

func short(text string) string {
	head, _ := message.Cut(text, maxField, message.Bytes)
	return head
}

func note(in *message.Inbound, name, value string) {
	if value == "" || name == "" || len(in.Fields) >= maxFields {
		return
	}
	if in.Fields == nil {
		in.Fields = make(map[string]string)
	}
	in.Fields[short(name)] = short(value)
}

// key names a call. Kakao gives its calls no message id and never repeats one,
// but numbers its requests; without a number, the instant and the content tell
// one call from the next: the same word said twice is two messages.
func key(r message.Request) string {
	if id := header(r, "X-Request-Id"); id != "" && len(id) <= 100 && plain(id, "-_.:") {
		return id
	}
	digest := sha256.Sum256(r.Body)
	return strconv.FormatInt(r.At.UnixMilli(), 10) + "/" + hex.EncodeToString(digest[:12])
}
