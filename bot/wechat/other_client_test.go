package wechat

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount/basic"
	"github.com/silenceper/wechat/v2/officialaccount/broadcast"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	othercontext "github.com/silenceper/wechat/v2/officialaccount/context"
	"github.com/silenceper/wechat/v2/officialaccount/menu"
	other "github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/officialaccount/oauth"
	"github.com/silenceper/wechat/v2/officialaccount/user"
	"github.com/silenceper/wechat/v2/util"

	"plaza/bot/wechat/wechattest"
)

// fixedToken hands the other client a token of the stand-in's.
type fixedToken string

func (f fixedToken) GetAccessToken() (string, error) { return string(f), nil }

// TestTheStandInTakesWhatAnotherClientSends: the stand-in that our calls are
// tried on takes those of an independent client, too, so it is not made to our
// measure. Not parallel: that client has one address for the whole process.
func TestTheStandInTakesWhatAnotherClientSends(t *testing.T) {
	platform := wechattest.New(wechattest.App{AppID: testAppID, Secret: testSecret, WebDomain: "shop.example"}, time.Now)
	host := httptest.NewServer(platform)
	defer host.Close()
	util.SetURIModifier(func(uri string) string { return strings.Replace(uri, "https://api.weixin.qq.com", host.URL, 1) })
	defer util.SetURIModifier(nil)
	ours := New(Options{API: host.URL})
	token, err := ours.api.tokens.get(t.Context(), Credentials{AppID: testAppID, Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	theirs := &othercontext.Context{Config: &config.Config{AppID: testAppID, AppSecret: testSecret, Cache: cache.NewMemory()}, AccessTokenHandle: fixedToken(token)}
	platform.AddFollowers("anna", "bert")
	platform.AddTemplate(wechattest.Template{ID: "T1", Title: "订单", Content: "单号：{{character_string1.DATA}}\n金额：{{amount2.DATA}}"})
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}

	m := menu.NewMenu(theirs)
	shop, help := new(menu.Button).SetViewButton("商城", "https://shop.example/"), new(menu.Button).SetClickButton("帮助", "help")
	check("menu", m.SetMenu([]*menu.Button{shop, new(menu.Button).SetSubButton("更多", []*menu.Button{help})}))
	check("conditional menu", m.AddConditional([]*menu.Button{help}, &menu.MatchRule{ClientPlatformType: "2"}))
	_, err = m.GetMenu()
	check("menu get", err)

	people := user.NewUser(theirs)
	list, err := people.ListUserOpenIDs()
	if check("followers", err); err == nil && len(list.Data.OpenIDs) != 2 {
		t.Errorf("they see %+v", list)
	}
	check("remark", people.UpdateRemark("anna", "常客"))
	tag, err := people.CreateTag("VIP")
	if check("tag", err); err == nil {
		check("tagging", people.BatchTag([]string{"anna"}, tag.ID))
	}
	info, err := people.GetUserInfo("anna")
	if check("info", err); err == nil && (info.Remark != "常客" || len(info.TagIDList) != 1) {
		t.Errorf("they see %+v", info)
	}
	_, err = other.NewTemplate(theirs).Send(&other.TemplateMessage{ToUser: "anna", TemplateID: "T1",
		Data: map[string]*other.TemplateDataItem{"character_string1": {Value: "A7"}, "amount2": {Value: "¥12.50"}}})
	check("template", err)
	list2, err := other.NewTemplate(theirs).List()
	if check("templates", err); err == nil && len(list2) != 1 {
		t.Errorf("they see %+v", list2)
	}
	sent, err := broadcast.NewBroadcast(theirs).SendText(&broadcast.User{OpenID: []string{"anna", "bert"}}, "今天有草莓")
	if check("mass send", err); err == nil {
		_, err = broadcast.NewBroadcast(theirs).GetMassStatus(jsonText(sent.MsgID))
		check("mass state", err)
	}
	_, err = basic.NewBasic(theirs).GetQRTicket(basic.NewLimitQrRequest("window"))
	check("code", err)
	if _, err := oauth.NewOauth(theirs).GetUserAccessToken("nosuchcode"); err == nil || !strings.Contains(err.Error(), "40029") {
		t.Errorf("a wrong code: %v", err)
	}

	// Ours sees what theirs did.
	details, err := ours.api.Details(t.Context(), Credentials{AppID: testAppID, Secret: testSecret}, []string{"anna", "bert"})
	if check("our details", err); err == nil && (details[0].Remark != "常客" || len(details[0].Tags) != 1 || !details[1].Follows) {
		t.Errorf("we see %+v", details)
	}
	address, err := oauth.NewOauth(theirs).GetRedirectURL("https://shop.example/in?to=/shop", "snsapi_base", "abc")
	if got := ours.authorizeURL(testAppID, "https://shop.example/in?to=/shop", BaseScope, "abc"); err != nil || got != address {
		t.Errorf("sign-in begins at\n%s, with them at\n%s", got, address)
	}
}

func TestAPageIsSignedAsTheDocumentsSay(t *testing.T) {
	t.Parallel()
	// The vector of the platform's own document.
	const ticket, nonce, at, page = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg", "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value"
	if got := pageSignature(ticket, nonce, at, page+"#part"); got != "0f9de62fce790f9a083d5c99e95740ceb90c27ed" {
		t.Error(got)
	}
	s := newStage(t)
	a, _ := s.channel.accounts.decode(s.credentials)
	for range 2 {
		if signed, err := s.channel.api.SignPage(t.Context(), a.Credentials, "https://shop.example/shop/corner"); err != nil || len(signed.Signature) != 40 || signed.AppID != testAppID {
			t.Errorf("%+v, %v", signed, err)
		}
	}
	if calls := s.platform.Calls("/cgi-bin/ticket/getticket"); calls != 1 {
		t.Errorf("%d tickets", calls)
	}
}
