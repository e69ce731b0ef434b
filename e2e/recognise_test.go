package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/silenceper/wechat/v2/util"

	"plaza/bot/standin"
	"plaza/bot/wechat/wechattest"
)

// TestABrowserInWeChatIsKnownAndMayUseItsScript: a person opens the shop in
// WeChat, is signed in without a word, and the page is let use WeChat's script,
// whose signature another library makes the same.
func TestABrowserInWeChatIsKnownAndMayUseItsScript(t *testing.T) {
	var wechat *wechattest.Platform
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { wechat.ServeHTTP(w, r) }))
	t.Cleanup(host.Close)
	plaza := start(t, "demo", t.TempDir(), "PLAZA_WECHAT_API="+host.URL, "PLAZA_WECHAT_OPEN="+host.URL, "PLAZA_WECHAT_SCRIPTS="+host.URL)
	wechat = wechattest.New(wechattest.App{AppID: appID, Secret: secret, Token: token, WebDomain: strings.TrimPrefix(plaza.base, "http://")}, time.Now)
	signIn(t, plaza, plaza.signInLink(), "corner").submit("/settings/channels/wechat", url.Values{
		"app_id": {appID}, "secret": {secret}, "token": {token}, "web_sign_in": {"true"}})

	p := newTab(t, openBrowser(t), "a follower", "zh-CN", phone)
	if _, err := chromedp.Call(p.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: agents[phone] + " MicroMessenger/8.0.55", AcceptLanguage: "zh-CN"}); err != nil {
		t.Fatal(err)
	}
	me := standin.As(follower)
	p.open(host.URL + "/nothing") // where the person is signed in to WeChat
	p.value(fmt.Sprintf("document.cookie = %q", me.Name+"="+me.Value))
	p.open(plaza.base + "/shop/corner")
	p.at("/shop/corner")
	p.until("WeChat's script to share the page", `window.wx?.kept.shared`)
	p.shot("in-wechat")

	var asked struct {
		AppID     string   `json:"appId"`
		Timestamp int64    `json:"timestamp"`
		Nonce     string   `json:"nonceStr"`
		Signature string   `json:"signature"`
		Calls     []string `json:"jsApiList"`
	}
	if err := json.Unmarshal([]byte(p.value(`JSON.stringify(wx.kept.config)`)), &asked); err != nil {
		t.Fatal(err)
	}
	want := util.Signature(fmt.Sprintf("jsapi_ticket=%s&noncestr=%s&timestamp=%d&url=%s", wechat.Ticket(), asked.Nonce, asked.Timestamp, plaza.base+"/shop/corner"))
	if asked.AppID != appID || asked.Signature != want || len(asked.Calls) == 0 {
		t.Errorf("asked with %+v; another library signs %s", asked, want)
	}
	p.click("[data-scan]", "")
	p.until("the scanner to open", `window.wx.kept.scan`)
	p.open(plaza.base + "/shop/corner/orders")
	p.until("the page to say who they are", `document.body.textContent.includes('微信')`)
	p.shot("orders-in-wechat")
	if got := wechat.Calls("/sns/oauth2/access_token"); got != 1 {
		t.Errorf("signed in %d times", got)
	}
}
