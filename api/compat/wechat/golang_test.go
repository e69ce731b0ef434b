package wechat_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/officialaccount"
	"github.com/silenceper/wechat/v2/officialaccount/basic"
	"github.com/silenceper/wechat/v2/officialaccount/broadcast"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	"github.com/silenceper/wechat/v2/officialaccount/draft"
	"github.com/silenceper/wechat/v2/officialaccount/material"
	"github.com/silenceper/wechat/v2/officialaccount/menu"
	other "github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
)

// goProgram is a bot written with silenceper/wechat.
type goProgram struct {
	account *officialaccount.OfficialAccount
	server  *httptest.Server
	host    string
	failed  sync.Map // numbers of messages that were refused once

	mu       sync.Mutex
	messages []*other.MixMessage
}

// otherHost sends what is for WeChat's hosts to another: the only change that
// the library needs.
type otherHost struct{ host *url.URL }

func (o otherHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Host, ".weixin.qq.com") {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.URL.Path, r.Host = o.host.Scheme, o.host.Host, o.host.Path+r.URL.Path, o.host.Host
	}
	return http.DefaultTransport.RoundTrip(r)
}

func startGo(t *testing.T, s *stage) program {
	t.Helper()
	host, err := url.Parse(s.host)
	s.Must(err)
	util.DefaultHTTPClient = &http.Client{Transport: otherHost{host}} // the library's own, for the whole process
	memory := cache.NewMemory()
	p := &goProgram{host: s.host, account: officialaccount.NewOfficialAccount(&config.Config{AppID: s.app.AppID, AppSecret: s.secret,
		Token: testToken, EncodingAESKey: testKey, Cache: memory})}
	p.account.SetAccessTokenHandle(credential.NewStableAccessToken(s.app.AppID, s.secret, t.Name(), memory))
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

// ServeHTTP is the callback, as the library's documentation has it.
func (p *goProgram) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	written := httptest.NewRecorder()
	server := p.account.GetServer(r, written)
	special := ""
	server.SetMessageHandler(func(m *other.MixMessage) *other.Reply {
		p.mu.Lock()
		p.messages = append(p.messages, m)
		p.mu.Unlock()
		if _, again := p.failed.LoadOrStore(m.MsgID, true); m.Content == "broken" || m.Content == "again" && !again {
			special = m.Content
			return nil
		}
		return p.reply(m)
	})
	err := server.Serve()
	if err == nil {
		err = server.Send()
	}
	switch {
	case special == "broken":
		fmt.Fprint(w, `{"not": "xml"}`)
	case special == "again", err != nil:
		w.WriteHeader(http.StatusInternalServerError)
	default:
		w.WriteHeader(written.Code)
		_, _ = w.Write(written.Body.Bytes())
	}
}

func (p *goProgram) reply(m *other.MixMessage) *other.Reply {
	text := func(format string, args ...any) *other.Reply {
		return &other.Reply{MsgType: other.MsgTypeText, MsgData: other.NewText(strings.TrimSpace(fmt.Sprintf(format, args...)))}
	}
	if m.MsgType == other.MsgTypeEvent {
		switch m.Event {
		case other.EventSubscribe:
			return text("welcome %s", m.EventKey)
		case other.EventScan:
			return text("scanned %s", m.EventKey)
		case other.EventClick:
			return text("clicked %s", m.EventKey)
		}
		return nil
	}
	switch m.Content {
	case "custom":
		if err := p.account.GetCustomerMessageManager().Send(other.NewCustomerTextMessage(string(m.FromUserName), "by the API")); err != nil {
			panic(err)
		}
		return nil
	case "news":
		return &other.Reply{MsgType: other.MsgTypeNews, MsgData: other.NewNews([]*other.Article{
			other.NewArticle("Bread", "at four", "https://shop.example/bread.jpg", "https://shop.example/bread")})}
	case "agent":
		return &other.Reply{MsgType: other.MsgTypeTransfer, MsgData: other.NewTransferCustomer("")}
	case "again":
		return text("at the second attempt")
	}
	return text("you said %s", m.Content)
}

func (p *goProgram) callback() string { return p.server.URL + "/callback?of=ours" }

func (p *goProgram) heard(event, field string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []string
	for _, m := range p.messages {
		if string(m.Event) == event {
			found = append(found, map[string]string{"EventKey": m.EventKey, "Ticket": m.Ticket, "Status": m.Status}[field])
		}
	}
	return found
}

func (p *goProgram) menu(click, link string) error {
	return p.account.GetMenu().SetMenu([]*menu.Button{menu.NewClickButton("Prices", click),
		menu.NewSubButton("More", []*menu.Button{menu.NewViewButton("Everything", link)})})
}

func (p *goProgram) scene(name string) (string, string, error) {
	made, err := p.account.GetBasic().GetQRTicket(basic.NewTmpQrRequest(time.Hour, name))
	if err != nil {
		return "", "", err
	}
	return made.Ticket, made.URL, nil
}

func (p *goProgram) showCode(ticket string) string {
	return strings.Replace(basic.ShowQRCode(&basic.Ticket{Ticket: ticket}), "https://mp.weixin.qq.com", p.host, 1)
}

func (p *goProgram) massTo(people []string, text string) (string, error) {
	return p.mass(&broadcast.User{OpenID: people}, text)
}

func (p *goProgram) massToAll(text string) (string, error) { return p.mass(nil, text) }

func (p *goProgram) mass(to *broadcast.User, text string) (string, error) {
	sent, err := p.account.GetBroadcast().SendText(to, text)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(sent.MsgID), nil
}

func (p *goProgram) massStatus(id string) (string, error) {
	found, err := p.account.GetBroadcast().GetMassStatus(id)
	if err != nil {
		return "", err
	}
	return found.MsgStatus, nil
}

func (p *goProgram) addTemplate(short string) (string, error) {
	return p.account.GetTemplate().Add(short, []string{"Amount"})
}

func (p *goProgram) sendTemplate(to, template string, data map[string]string) error {
	items := map[string]*other.TemplateDataItem{}
	for name, value := range data {
		items[name] = &other.TemplateDataItem{Value: value}
	}
	_, err := p.account.GetTemplate().Send(&other.TemplateMessage{ToUser: to, TemplateID: template, URL: "https://shop.example/order", Data: items})
	return err
}

func (p *goProgram) uploadImage(content []byte) (string, error) {
	made, err := p.account.GetMaterial().MediaUploadFromReader(material.MediaTypeImage, "bread.png", bytes.NewReader(content))
	return made.MediaID, err
}

func (p *goProgram) download(id string) ([]byte, error) {
	address, err := p.account.GetMaterial().GetMediaURL(id)
	if err != nil {
		return nil, err
	}
	return util.HTTPGet(address)
}

func (p *goProgram) sendImage(to, id string) error {
	return p.account.GetCustomerMessageManager().Send(other.NewCustomerImgMessage(to, id))
}

func (p *goProgram) addArticle(cover, title, body string) (string, error) {
	return p.account.GetDraft().AddDraft([]*draft.Article{{Title: title, Content: body, ThumbMediaID: cover, ShowCoverPic: 1}})
}

func (p *goProgram) sendArticle(to, id string) error {
	return p.account.GetCustomerMessageManager().Send(&other.CustomerMessage{ToUser: to, Msgtype: "mpnews", Mpnews: &other.MediaResource{MediaID: id}})
}

func (p *goProgram) massArticle(people []string, id string) error {
	_, err := p.account.GetBroadcast().SendNews(&broadcast.User{OpenID: people}, id, true)
	return err
}

func (p *goProgram) followers() ([]string, error) { return p.account.GetUser().ListAllUserOpenIDs() }

func (p *goProgram) remark(openID, text string) error {
	return p.account.GetUser().UpdateRemark(openID, text)
}

func (p *goProgram) remarkOf(openID string) (string, error) {
	found, err := p.account.GetUser().GetUserInfo(openID)
	if err != nil {
		return "", err
	}
	return found.Remark, nil
}

func (p *goProgram) tag(name, openID string) (int, error) {
	user := p.account.GetUser()
	made, err := user.CreateTag(name)
	if err != nil {
		return 0, err
	}
	if err := user.BatchTag([]string{openID}, made.ID); err != nil {
		return 0, err
	}
	list, err := user.OpenIDListByTag(made.ID)
	if err != nil {
		return 0, err
	}
	return list.Count, nil
}

func (p *goProgram) nameByCode(code string) (string, string, error) {
	oauth := p.account.GetOauth()
	token, err := oauth.GetUserAccessToken(code)
	if err != nil {
		return "", "", err
	}
	if ok, err := oauth.CheckAccessToken(token.AccessToken, token.OpenID); err != nil || !ok {
		return "", "", fmt.Errorf("the token is not good: %w", err)
	}
	token, err = oauth.RefreshAccessToken(token.RefreshToken)
	if err != nil {
		return "", "", err
	}
	info, err := oauth.GetUserInfo(token.AccessToken, token.OpenID, "")
	return info.OpenID, info.Nickname, err
}
