package wechattest

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// The platform waits five seconds and then tries three times more.
const (
	pushTimeout = 5 * time.Second
	pushRetries = 3
	maxText     = 2048
)

// Reply is what the person saw, or would see, in answer to a push.
type Reply struct {
	Type     string
	Text     string
	MediaID  string
	Articles []Article
	Agent    string
	Attempts int    // how often the push was made
	Raw      []byte // the body of the webhook's answer
}

// Article of a reply.
type Article struct {
	Title, Description, PicURL, URL string
}

// Verify makes the call that checks the webhook's address.
func (p *Platform) Verify(ctx context.Context) error {
	const echo = "4375120948345356249"
	query := p.query("")
	query.Set("echostr", echo)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.app.Webhook+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	status, body, err := p.exchange(request)
	switch {
	case err != nil:
		return err
	case status != http.StatusOK || string(body) != echo:
		return fmt.Errorf("verification answered with status %d: %q", status, body)
	}
	return nil
}

// Say pushes a text message.
func (p *Platform) Say(ctx context.Context, openID, text string) (Reply, error) {
	p.opens(openID, true, talkMessages, talkWindow)
	return p.Push(ctx, openID, "text", "<Content>"+cdata(text)+"</Content><MsgId>"+p.id()+"</MsgId>")
}

// Send pushes a message of any kind; fields are the elements after MsgType.
func (p *Platform) Send(ctx context.Context, openID, kind, fields string) (Reply, error) {
	p.opens(openID, true, talkMessages, talkWindow)
	return p.Push(ctx, openID, kind, fields+"<MsgId>"+p.id()+"</MsgId>")
}

// Tap pushes what a tap on an option of a menu message does.
func (p *Platform) Tap(ctx context.Context, openID, id, word string) (Reply, error) {
	p.opens(openID, true, eventMessages, eventWindow)
	return p.Push(ctx, openID, "text", "<Content>"+cdata(word)+"</Content><bizmsgmenuid>"+cdata(id)+"</bizmsgmenuid><MsgId>"+p.id()+"</MsgId>")
}

// Follow pushes a subscription, by a scanned code if scene is not empty.
func (p *Platform) Follow(ctx context.Context, openID, scene string) (Reply, error) {
	p.opens(openID, true, eventMessages, eventWindow)
	if scene == "" {
		return p.Event(ctx, openID, "subscribe", "<EventKey>"+cdata("")+"</EventKey>")
	}
	return p.Event(ctx, openID, "subscribe", "<EventKey>"+cdata("qrscene_"+scene)+"</EventKey><Ticket>"+cdata("gQ"+scene)+"</Ticket>")
}

// Unfollow pushes the end of a subscription.
func (p *Platform) Unfollow(ctx context.Context, openID string) error {
	p.opens(openID, false, 0, 0)
	_, err := p.Event(ctx, openID, "unsubscribe", "<EventKey>"+cdata("")+"</EventKey>")
	return err
}

// Scan pushes that a follower scanned a code.
func (p *Platform) Scan(ctx context.Context, openID, scene string) (Reply, error) {
	p.opens(openID, true, eventMessages, eventWindow)
	return p.Event(ctx, openID, "SCAN", "<EventKey>"+cdata(scene)+"</EventKey><Ticket>"+cdata("gQ"+scene)+"</Ticket>")
}

// Click pushes the press of a menu entry.
func (p *Platform) Click(ctx context.Context, openID, key string) (Reply, error) {
	p.opens(openID, true, eventMessages, eventWindow)
	return p.Event(ctx, openID, "CLICK", "<EventKey>"+cdata(key)+"</EventKey>")
}

// Settle makes the pushes that are due: the results of template messages,
// notices and mass sends.
func (p *Platform) Settle(ctx context.Context) error {
	p.mu.Lock()
	due := p.pushes
	p.pushes = nil
	p.mu.Unlock()
	for _, e := range due {
		if _, err := p.Event(ctx, e.openID, e.name, e.fields); err != nil {
			return err
		}
	}
	return nil
}

// Event pushes any event; fields are the elements after Event.
func (p *Platform) Event(ctx context.Context, openID, event, fields string) (Reply, error) {
	return p.Push(ctx, openID, "event", "<Event>"+cdata(event)+"</Event>"+fields)
}

// Push pushes a message with the platform's time limit and retries, and reads
// the reply as strictly as the platform. Every attempt has the same body but
// its own time, nonce and signature.
func (p *Platform) Push(ctx context.Context, openID, kind, fields string) (Reply, error) {
	clear := "<ToUserName>" + cdata(p.app.OriginalID) + "</ToUserName><FromUserName>" + cdata(openID) + "</FromUserName><CreateTime>" +
		strconv.FormatInt(p.now().Unix(), 10) + "</CreateTime><MsgType>" + cdata(kind) + "</MsgType>" + fields
	var failed error
	for attempt := 1; attempt <= 1+pushRetries; attempt++ {
		body, err := p.attempt(ctx, openID, clear)
		if err == nil {
			reply, err := p.readReply(body, openID, kind)
			reply.Attempts = attempt
			return reply, err
		}
		if failed = err; ctx.Err() != nil {
			break
		}
	}
	return Reply{}, fmt.Errorf("no answer: %w", failed)
}

func (p *Platform) attempt(ctx context.Context, openID, clear string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	body, encrypted := "<xml>"+clear+"</xml>", ""
	if p.app.EncodingAESKey != "" {
		sealed, err := util.EncryptMsg([]byte(util.RandomStr(16)), []byte(body), p.app.AppID, p.app.EncodingAESKey)
		if err != nil {
			return nil, err
		}
		encrypted = string(sealed)
		if !p.app.Compatible {
			clear = "<ToUserName>" + cdata(p.app.OriginalID) + "</ToUserName>"
		}
		body = "<xml>" + clear + "<Encrypt>" + cdata(encrypted) + "</Encrypt></xml>"
	}
	query := p.query(encrypted)
	query.Set("openid", openID)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.app.Webhook+"?"+query.Encode(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "text/xml")
	request.Header.Set("User-Agent", "Mozilla/4.0")
	status, answer, err := p.exchange(request)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, answer)
	}
	return answer, err
}

// query signs a call.
func (p *Platform) query(encrypted string) url.Values {
	timestamp, nonce := strconv.FormatInt(p.now().Unix(), 10), util.RandomStr(10)
	query := url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {util.Signature(p.app.Token, timestamp, nonce)}}
	if encrypted != "" {
		query.Set("encrypt_type", "aes")
		query.Set("msg_signature", util.Signature(p.app.Token, timestamp, nonce, encrypted))
	}
	return query
}

func (p *Platform) exchange(request *http.Request) (status int, body []byte, err error) {
	response, err := p.client().Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, body, err
}

func (p *Platform) id() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nextID++
	return strconv.FormatInt(p.nextID, 10)
}

// cdata writes text as CDATA, with any "]]>" in it split over two sections.
func cdata(text string) string {
	return "<![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]>"
}

// mediaPart finds the uploaded file in a form.
func mediaPart(body []byte, boundary string) ([]byte, error) {
	part, err := multipart.NewReader(bytes.NewReader(body), boundary).NextPart()
	if err != nil {
		return nil, err
	}
	if part.FormName() != "media" || part.FileName() == "" {
		return nil, errors.New("no media")
	}
	return io.ReadAll(part)
}

// sealedReply is an encrypted answer.
type sealedReply struct {
	XMLName   xml.Name `xml:"xml"`
	Encrypt   string
	Signature string `xml:"MsgSignature"`
	TimeStamp string
	Nonce     string
}

func (p *Platform) client() *http.Client {
	if p.Client != nil {
		return p.Client
	}
	return http.DefaultClient
}
