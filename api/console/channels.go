package console

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/templates"
)

const weChatName = "wechat"

func (s *Console) channels(c *gin.Context) error {
	base, err := s.base(c, "inbox")
	if err != nil {
		return err
	}
	weChat, err := s.channelRow(c, weChatName)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, &templates.Channels{Base: base, Rows: []templates.ChannelRow{
		{Name: webchat.Name, URL: "/chat/" + base.Account.Slug, State: "connected"}, weChat,
	}})
}

func (s *Console) channelRow(c *gin.Context, channel string) (templates.ChannelRow, error) {
	row := templates.ChannelRow{Name: channel, State: "off"}
	if web.At(c).Access.May(account.Settings) {
		row.URL = path(c, "settings", "channels", channel)
	}
	found, err := s.Bot.Connections().Get(c, accountID(c), channel)
	if errors.Is(err, bot.ErrNotConnected) {
		return row, nil
	}
	row.LastHeard = instant(found.LastHeardAt)
	switch {
	case !found.Enabled:
	case found.State == bot.Broken:
		row.State, row.Problem = "error", found.LastError
	case found.State == bot.Untested && found.LastHeardAt == nil:
		row.State = "untested"
	default:
		row.State = "connected"
	}
	return row, err
}

func (s *Console) weChat(c *gin.Context) error {
	kept, err := s.weChatCredentials(c)
	if err != nil {
		return err
	}
	page, err := s.weChatPage(c, kept)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// weChatCredentials are what was saved, or nothing.
func (s *Console) weChatCredentials(c *gin.Context) (wechat.Credentials, error) {
	var kept wechat.Credentials
	saved, err := s.Bot.Connections().Credentials(c, accountID(c), weChatName)
	if errors.Is(err, bot.ErrNotConnected) {
		return kept, nil
	}
	if err != nil {
		return kept, err
	}
	return kept, json.Unmarshal(saved, &kept)
}

func (s *Console) weChatPage(c *gin.Context, shown wechat.Credentials) (*templates.WeChatChannel, error) {
	base, err := s.base(c, "inbox")
	if err != nil {
		return nil, err
	}
	row, err := s.channelRow(c, weChatName)
	return &templates.WeChatChannel{
		Base: base, Row: row, WebhookURL: s.Surface.PublicURL + "/webhooks/wechat/" + base.Account.Slug,
		AppID: shown.AppID, HasSecret: shown.Secret != "", Token: shown.Token, AESKey: shown.EncodingAESKey,
		OutsideReach: reachable(s.Surface.PublicURL),
	}, err
}

// reachable says whether WeChat's servers can be expected to reach an address.
func reachable(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" {
		return false
	}
	host := parsed.Hostname()
	return host != "localhost" && !strings.HasPrefix(host, "127.") && host != "::1"
}

func (s *Console) saveWeChat(c *gin.Context) error {
	typed, err := s.weChatCredentials(c)
	if err != nil {
		return err
	}
	typed.AppID, typed.Token = field(c, "app_id"), field(c, "token")
	if secret := field(c, "secret"); secret != "" { // an empty field keeps it
		typed.Secret = secret
	}
	if key := field(c, "aes_key"); key != typed.EncodingAESKey {
		// WeChat changes over gradually: the old key is still tried.
		typed.EncodingAESKey, typed.PreviousAESKey = key, typed.EncodingAESKey
	}
	err = typed.Check()
	if err == nil {
		err = s.audited(c, "channel.connected", "channel:"+weChatName, func() error {
			encoded, err := typed.Encode()
			if err != nil {
				return err
			}
			_, err = s.Bot.Connections().Save(c, accountID(c), weChatName, encoded)
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "settings", "channels", weChatName), "wechat.done.saved", nil)
	}
	page, shown := s.weChatPage(c, typed)
	if shown != nil {
		return shown
	}
	if err := s.refused(c, &page.Base, err, map[string]string{"encoding_aes_key": "aes_key", "previous_aes_key": "aes_key"},
		"app_id", "secret", "token", "aes_key"); err != nil {
		return err
	}
	return s.again(c, page)
}

// testWeChat tries the connection and says in words how it went.
func (s *Console) testWeChat(c *gin.Context) error {
	var tried bot.Connection
	err := s.audited(c, "channel.tested", "channel:"+weChatName, func() (err error) {
		tried, err = s.Bot.Connections().Check(c, accountID(c), weChatName)
		return err
	})
	back := path(c, "settings", "channels", weChatName)
	if err == nil && tried.State == bot.Broken {
		return web.RedirectSaying(c, back, templates.Flash{Kind: "bad", Text: tried.LastError})
	}
	return s.done(c, back, "wechat.done.works", err)
}

func (s *Console) disconnectWeChat(c *gin.Context) error {
	err := s.audited(c, "channel.disconnected", "channel:"+weChatName, func() error {
		return s.Bot.Connections().Remove(c, accountID(c), weChatName)
	})
	return s.done(c, path(c, "settings", "channels"), "wechat.done.disconnected", err)
}
