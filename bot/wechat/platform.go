package wechat

import (
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Mode is how pushes travel (platform document: "Message encryption").
type Mode string

// The modes.
const (
	PlainMode      Mode = "plain"
	CompatibleMode Mode = "compatible" // the clear fields and the encrypted ones
	SafeMode       Mode = "safe"
)

// Platform is the other half of the protocol: what WeChat does with a
// connection. It signs and encrypts pushes and reads what a webhook replies, so
// that a messenger of our own can speak to programs that were written for
// WeChat. It is safe for concurrent use.
type Platform struct {
	account *account
	mode    Mode
}

// NewPlatform makes the platform's half of a connection. Any mode but the plain
// one needs an EncodingAESKey.
func NewPlatform(c Credentials, mode Mode) (*Platform, error) {
	made, err := newAccount(c)
	if err != nil {
		return nil, err
	}
	if mode != PlainMode && len(made.keys) == 0 {
		return nil, ErrAESKey
	}
	return &Platform{account: made, mode: mode}, nil
}

// Document is the XML of a push, what stands inside the root.
type Document []byte

// Text adds an element that holds text.
func (d *Document) Text(name, value string) { *d = element(*d, name, value) }

// Number adds an element that holds a number.
func (d *Document) Number(name string, value int64) { *d = number(*d, name, value) }

// Group adds an element that holds others.
func (d *Document) Group(name string, fill func()) {
	*d = append(append(append(*d, '<'), name...), '>')
	fill()
	*d = append(append(append(*d, "</"...), name...), '>')
}

// XML is the whole document.
func (d Document) XML() []byte { return append(append([]byte("<xml>"), d...), "</xml>"...) }

// Verification signs the call that checks a webhook's address: echo has to come
// back as it is. It is never encrypted, whatever the mode.
func (p *Platform) Verification(at time.Time, echo string) url.Values {
	query := p.query(at)
	query.Set("echostr", echo)
	return query
}

// Push signs a document and, unless the mode is plain, encrypts it. Every
// attempt of one push has the same document and a time and nonce of its own.
func (p *Platform) Push(at time.Time, user string, d Document) (query url.Values, body []byte) {
	query, body = p.query(at), d.XML()
	query.Set("openid", user)
	if p.mode == PlainMode {
		return query, body
	}
	encrypted := p.account.keys[0].encrypt([randomLength]byte(random(randomLength)), body, p.account.AppID)
	sum := signature(p.account.Token, query.Get("timestamp"), query.Get("nonce"), encrypted)
	query.Set("encrypt_type", "aes")
	query.Set("msg_signature", string(sum[:]))
	var outer Document
	if p.mode == CompatibleMode {
		outer = append(outer, d...)
	} else {
		outer.Text("ToUserName", p.account.OriginalID)
	}
	outer.Text("Encrypt", encrypted)
	return query, outer.XML()
}

func (p *Platform) query(at time.Time) url.Values {
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), hex.EncodeToString(random(8))
	sum := signature(p.account.Token, timestamp, nonce, "")
	return url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {string(sum[:])}}
}

func random(length int) []byte {
	bytes := make([]byte, length)
	rand.Read(bytes) // never fails: it ends the program instead
	return bytes
}

// ReadReply reads the answer to a push; clear is the document behind the
// encryption. The zero Reply is the answer that says nothing: an empty one, or
// "success". Errors: ErrMalformed, ErrCharset, ErrNotEncrypted, ErrSignature,
// ErrDecrypt; ErrOtherAccount for one that is not from us to user.
func (p *Platform) ReadReply(body []byte, user string) (reply Reply, clear []byte, err error) {
	document := strings.TrimSpace(string(body))
	if document == "" || document == "success" {
		return Reply{}, []byte(document), nil
	}
	if len(document) > MaxBody {
		return Reply{}, nil, ErrTooLarge
	}
	fields, err := readXML(document, nil)
	if err != nil {
		return Reply{}, nil, err
	}
	if encrypted := valueOf(fields, "Encrypt"); encrypted != "" && p.mode != PlainMode {
		// Programs are known that encrypt nothing when they have nothing to say.
		if document, err = p.unseal(fields, encrypted); err != nil || document == "" || document == "success" {
			return Reply{}, []byte(document), err
		}
		if fields, err = readXML(document, nil); err != nil {
			return Reply{}, []byte(document), err
		}
	} else if p.mode == SafeMode {
		return Reply{}, nil, ErrNotEncrypted
	}
	reply, ok := replyOf(fields)
	switch {
	case !ok:
		return Reply{}, []byte(document), ErrMalformed
	case valueOf(fields, "ToUserName") != user || valueOf(fields, "FromUserName") != p.account.OriginalID:
		return Reply{}, []byte(document), ErrOtherAccount
	}
	return reply, []byte(document), nil
}

// unseal checks and decrypts a reply. Its time is the other side's own business.
func (p *Platform) unseal(outer []field, encrypted string) (document string, err error) {
	if !signed(valueOf(outer, "MsgSignature"), p.account.Token, valueOf(outer, "TimeStamp"), valueOf(outer, "Nonce"), encrypted) {
		return "", ErrSignature
	}
	clear, _, ok := p.account.decrypt(encrypted)
	if !ok {
		return "", ErrDecrypt
	}
	return strings.TrimSpace(string(clear)), nil
}

func valueOf(fields []field, path string) string {
	for _, f := range fields {
		if f.path == path {
			return f.value
		}
	}
	return ""
}

// replyOf reads a passive reply; ok is false if it lacks what its type needs.
func replyOf(fields []field) (r Reply, ok bool) {
	r.Type = ReplyType(valueOf(fields, "MsgType"))
	switch r.Type {
	case TextReply:
		r.Text = valueOf(fields, "Content")
		return r, r.Text != ""
	case ImageReply:
		r.MediaID = valueOf(fields, "Image.MediaId")
		return r, r.MediaID != ""
	case VoiceReply:
		r.MediaID = valueOf(fields, "Voice.MediaId")
		return r, r.MediaID != ""
	case VideoReply:
		r.MediaID = valueOf(fields, "Video.MediaId")
		r.Title, r.Description = valueOf(fields, "Video.Title"), valueOf(fields, "Video.Description")
		return r, r.MediaID != ""
	case MusicReply:
		r.Title, r.Description = valueOf(fields, "Music.Title"), valueOf(fields, "Music.Description")
		r.MusicURL, r.HQMusicURL = valueOf(fields, "Music.MusicUrl"), valueOf(fields, "Music.HQMusicUrl")
		r.ThumbMediaID = valueOf(fields, "Music.ThumbMediaId")
		return r, r.MusicURL != "" || r.HQMusicURL != ""
	case NewsReply:
		r.Articles = articlesOf(fields)
		return r, len(r.Articles) > 0 && len(r.Articles) <= eventArticles
	case TransferReply:
		r.Agent = valueOf(fields, "TransInfo.KfAccount")
		return r, true
	}
	return r, false
}

// articlesOf reads the items of a news reply, whose paths are numbered.
func articlesOf(fields []field) []Article {
	var list []Article
	last := ""
	for _, f := range fields {
		item, name, inside := strings.Cut(strings.TrimPrefix(f.path, "Articles."), ".")
		if !inside || !strings.HasPrefix(f.path, "Articles.item") {
			continue
		}
		if item != last {
			list, last = append(list, Article{}), item
		}
		article := &list[len(list)-1]
		switch name {
		case "Title":
			article.Title = f.value
		case "Description":
			article.Description = f.value
		case "PicUrl":
			article.Picture = f.value
		case "Url":
			article.URL = f.value
		}
	}
	return list
}
