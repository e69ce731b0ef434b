package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"

	"plaza/account/vault"
	"plaza/shop/pay/wallet"
)

// Settings are the operator's. Each has one name in three places: the flag
// --public-url, the variable PLAZA_PUBLIC_URL, and public_url in plaza.toml;
// the flag wins over the variable, the variable over the file.
type Settings struct {
	Addr      string `default:":8080" env:"PLAZA_ADDR" help:"Address to listen on."`
	PublicURL string `env:"PLAZA_PUBLIC_URL" help:"Where people reach this server, such as https://chat.example.com. Printed in QR codes and links."`
	Data      string `default:"./data" env:"PLAZA_DATA" type:"path" help:"Folder of the embedded database."`

	MongoDBURI string `name:"mongodb-uri" env:"PLAZA_MONGODB_URI" help:"MongoDB connection string with the database's name. Empty: the embedded database."`
	MasterKey  string `env:"PLAZA_MASTER_KEY" help:"Key that encrypts secrets at rest: 32 bytes in base64. Empty: a file beside the embedded database."`

	LogLevel       string   `default:"info" env:"PLAZA_LOG_LEVEL" help:"debug, info, warn or error."`
	LogFormat      string   `default:"text" env:"PLAZA_LOG_FORMAT" help:"text or json."`
	MetricsToken   string   `env:"PLAZA_METRICS_TOKEN" help:"Bearer token for /metrics. Empty: only this machine may read it."`
	TrustedProxies []string `env:"PLAZA_TRUSTED_PROXIES" help:"Addresses or networks of reverse proxies whose X-Forwarded-For is believed."`

	PrivateCallbacks bool `env:"PLAZA_PRIVATE_CALLBACKS" help:"Let developers' callbacks lie in private networks and on this machine. For development only; the demo permits it."`

	PushContact string `env:"PLAZA_PUSH_CONTACT" help:"Where those who run browsers' push services reach you: mailto: and an address, or an https: page. Empty: the public URL."`

	PlacesFile string `env:"PLAZA_PLACES_FILE" type:"path" help:"City database in the MaxMind DB format, such as GeoLite2-City.mmdb: about where network addresses are, to notice impossible journeys. Empty: places are not known."`

	BalanceMost []string `env:"PLAZA_BALANCE_MOST" help:"The most that a subscriber's balance may hold, without a PIN and with one, by currency, such as CNY=1000/5000. Members set their limits below it. Empty: what rules for prepaid money allow (docs/trust.md)."`

	RatesURL string `default:"https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml" env:"PLAZA_RATES_URL" help:"Where the European Central Bank's daily exchange rates are, for accounts that want them. Empty: none are fetched."`

	WeChatAPI   string `name:"wechat-api" default:"https://api.weixin.qq.com" env:"PLAZA_WECHAT_API" help:"API host of WeChat."`
	KakaoPayAPI string `name:"kakaopay-api" default:"https://open-api.kakaopay.com" env:"PLAZA_KAKAOPAY_API" help:"API host of KakaoPay."`
	LINEAPI     string `name:"line-api" default:"https://api.line.me" env:"PLAZA_LINE_API" help:"API host of LINE; any other than LINE's own also gives out what people have sent."`

	TelegramAPI string `name:"telegram-api" default:"https://api.telegram.org" env:"PLAZA_TELEGRAM_API" help:"API host of Telegram's bots."`

	WeChatOpen    string `name:"wechat-open" default:"https://open.weixin.qq.com" env:"PLAZA_WECHAT_OPEN" help:"Where signing in with WeChat begins."`
	WeChatScripts string `name:"wechat-scripts" default:"https://res.wx.qq.com" env:"PLAZA_WECHAT_SCRIPTS" help:"Host of WeChat's script for pages that are opened in WeChat."`
	LINEAccess    string `name:"line-access" default:"https://access.line.me" env:"PLAZA_LINE_ACCESS" help:"Where signing in with LINE begins."`
	TelegramLogin string `name:"telegram-login" default:"https://oauth.telegram.org" env:"PLAZA_TELEGRAM_LOGIN" help:"Where signing in with Telegram begins and ends."`

	KakaoAPI       string `name:"kakao-api" default:"https://bot-api.kakao.com" env:"PLAZA_KAKAO_API" help:"API host of KakaoTalk's bots."`
	KakaoDealerAPI string `name:"kakao-dealer-api" default:"https://kakaotalk-bizmessage.api.nhncloudservice.com" env:"PLAZA_KAKAO_DEALER_API" help:"API host of the dealer of KakaoTalk's notice templates (NHN Cloud)."`

	WeChatPayAPI string `name:"wechatpay-api" default:"https://api.mch.weixin.qq.com" env:"PLAZA_WECHATPAY_API" help:"API host of WeChat Pay."`

	AlipayGateway string `name:"alipay-gateway" default:"https://openapi.alipay.com/gateway.do" env:"PLAZA_ALIPAY_GATEWAY" help:"Gateway of Alipay, with its path."`
}

// check looks at everything at once, so that one start shows all mistakes.
func (s *Settings) check() error {
	mistakes := s.checkAddresses()
	if _, port, err := net.SplitHostPort(s.Addr); err != nil || !isPort(port) {
		mistakes = append(mistakes, fmt.Errorf("addr: %q is not an address to listen on, such as :8080 or 127.0.0.1:8080", s.Addr))
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, s.LogLevel) {
		mistakes = append(mistakes, fmt.Errorf("log-level: %q is none of debug, info, warn and error", s.LogLevel))
	}
	if !slices.Contains([]string{"text", "json"}, s.LogFormat) {
		mistakes = append(mistakes, fmt.Errorf("log-format: %q is neither text nor json", s.LogFormat))
	}
	for _, proxy := range s.TrustedProxies {
		_, notAddress := netip.ParseAddr(proxy)
		_, notNetwork := netip.ParsePrefix(proxy)
		if notAddress != nil && notNetwork != nil {
			mistakes = append(mistakes, fmt.Errorf("trusted-proxies: %q is neither an address nor a network such as 10.0.0.0/8", proxy))
		}
	}
	if s.MasterKey != "" {
		if _, err := vault.ParseMasterKey(s.MasterKey); err != nil {
			mistakes = append(mistakes, fmt.Errorf("master-key: %w", err))
		}
	}
	if s.PushContact != "" && !strings.HasPrefix(s.PushContact, "mailto:") && !strings.HasPrefix(s.PushContact, "https://") {
		mistakes = append(mistakes, errors.New("push-contact: has to begin with mailto: or https://"))
	}
	if s.MongoDBURI != "" && !strings.HasPrefix(s.MongoDBURI, "mongodb://") && !strings.HasPrefix(s.MongoDBURI, "mongodb+srv://") {
		mistakes = append(mistakes, errors.New("mongodb-uri: has to begin with mongodb:// or mongodb+srv://"))
	}
	if _, err := wallet.ReadCeilings(s.BalanceMost); err != nil {
		mistakes = append(mistakes, fmt.Errorf("balance-most: %w", err))
	}
	return errors.Join(mistakes...)
}

func (s *Settings) checkAddresses() (mistakes []error) {
	addresses := map[string]string{
		"public-url": s.PublicURL, "wechat-api": s.WeChatAPI, "line-api": s.LINEAPI, "telegram-api": s.TelegramAPI,
		"wechat-open": s.WeChatOpen, "wechat-scripts": s.WeChatScripts, "line-access": s.LINEAccess, "telegram-login": s.TelegramLogin,
		"kakao-api": s.KakaoAPI, "kakao-dealer-api": s.KakaoDealerAPI,
		"wechatpay-api": s.WeChatPayAPI, "kakaopay-api": s.KakaoPayAPI,
		"alipay-gateway": s.AlipayGateway,
		"rates-url":      s.RatesURL,
	}
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		value := addresses[name]
		if value == "" {
			continue
		}
		address, err := url.Parse(value)
		if err != nil || (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" ||
			strings.Trim(address.Path, "/") != "" && name != "alipay-gateway" && name != "rates-url" || // these have one
			address.RawQuery != "" || address.User != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %q is not an address such as https://chat.example.com", name, value))
		}
	}
	return mistakes
}

// isPort takes names of services as well, as net.Listen does.
func isPort(text string) bool {
	_, err := net.LookupPort("tcp", text)
	return err == nil
}

// publicURL is the address people use, without a slash at its end.
func (s *Settings) publicURL() string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	host := s.Addr
	if strings.HasPrefix(host, ":") {
		host = "localhost" + host
	}
	return "http://" + host
}

// noPublicURL says which address links were made for when none was set.
func (s *Settings) noPublicURL() string {
	return "The address is " + s.publicURL() + ", because none is set: set PLAZA_PUBLIC_URL or say --public-url, the same as for the server."
}

// listen takes the port that the server listens on. Of port 0, which lets the
// machine choose, Addr has the chosen one from then on, and so has publicURL.
func (s *Settings) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return nil, err
	}
	if host, port, err := net.SplitHostPort(s.Addr); err == nil && port == "0" {
		_, port, _ = net.SplitHostPort(listener.Addr().String()) // which Go has written
		s.Addr = net.JoinHostPort(host, port)
	}
	return listener, nil
}

// port the server listens on, as it stands in an address: ":8080".
func (s *Settings) port() string { return s.Addr[max(0, strings.LastIndex(s.Addr, ":")):] }

func (s *Settings) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// settingsFile is plaza.toml, if there is one.
type settingsFile struct{ values map[string]any }

func (f *settingsFile) read(file io.Reader) (kong.Resolver, error) {
	if err := toml.NewDecoder(file).Decode(&f.values); err != nil {
		return nil, fmt.Errorf("plaza.toml: %w", err)
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		for _, variable := range flag.Envs {
			if _, set := os.LookupEnv(variable); set {
				return nil, nil
			}
		}
		return f.values[settingName(flag)], nil
	}), nil
}

// check names what the file sets although no command has it: a misspelt setting
// would otherwise keep its default without a word.
func (f *settingsFile) check(program *kong.Node) error {
	known := map[string]bool{}
	var learn func(*kong.Node)
	learn = func(node *kong.Node) {
		for _, flag := range node.Flags {
			known[settingName(flag)] = true
		}
		for _, command := range node.Children {
			learn(command)
		}
	}
	learn(program)
	var mistakes []error
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if !known[name] {
			mistakes = append(mistakes, fmt.Errorf("plaza.toml: there is no setting %q", name))
		}
	}
	return errors.Join(mistakes...)
}

func settingName(flag *kong.Flag) string { return strings.ReplaceAll(flag.Name, "-", "_") }
