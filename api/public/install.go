package public

import (
	"bytes"
	"encoding/json"
	"image/color"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/webchat"
	"plaza/bot/webchat/notify"
	"plaza/message"
	"plaza/picture"
	"plaza/templates"
)

// The chat of each account is an app of its own. Scopes are compared letter by
// letter, so its own ends with a slash: /chat/corner is the beginning of
// /chat/corner-two as well.
func appScope(of account.Account) string { return chatPath(of) + "/" }

// installable adds the routes of the chat as an app.
func (p *pages) installable(get, post func(string, web.Handler)) {
	get("/chat/:account/", p.inLanguage(p.chat))
	get("/chat/:account/manifest.webmanifest", p.manifest)
	get("/chat/:account/worker.js", p.worker)
	get("/chat/:account/offline", p.inLanguage(p.offline))
	get("/chat/:account/icon/:icon", p.appIcon)
	post("/chat/:account/notifications", p.subscribe)
	post("/chat/:account/notifications/off", p.unsubscribe)
}

// inScope leads a window to the page's address within the app, where the worker
// and an offer to install count. Who else asks gets the page itself.
func (p *pages) inScope(handle web.Handler) web.Handler {
	return func(c *gin.Context) error {
		if c.GetHeader("Sec-Fetch-Dest") != "document" {
			return handle(c)
		}
		address := *c.Request.URL
		address.Path, address.RawPath = address.Path+"/", ""
		return web.Redirect(c, address.RequestURI())
	}
}

// inLanguage says which language a page is in, for the worker.
func (p *pages) inLanguage(handle web.Handler) web.Handler {
	return func(c *gin.Context) error {
		c.Header("Content-Language", web.Language(c))
		return handle(c)
	}
}

// app is what a page of the chat has to be installed with.
func (p *pages) app(c *gin.Context, of account.Account, visitor webchat.Visitor) (*templates.ChatApp, error) {
	key, err := p.Notify.PublicKey(c)
	if err != nil {
		return nil, err
	}
	wishes, known, err := p.Notify.WishesOf(c, visitor.Person())
	if err != nil {
		return nil, err
	}
	if !known {
		wishes = standardWishes(of)
	}
	language, path := web.Language(c), chatPath(of)
	return &templates.ChatApp{Scope: appScope(of), Notices: of.Kind != account.Merchant, Manifest: path + "/manifest.webmanifest?language=" + language,
		Worker: path + "/worker.js", TouchIcon: path + "/icon/180-maskable.png", Colour: templates.AccentOf(of.Colour), Name: of.Name(language),
		PushKey: key, Notify: path + "/notifications", ShowText: wishes.Text, ShowNews: wishes.News}, nil
}

// standardWishes are those of somebody who has not chosen. What a shop writes may
// be read over their shoulder; what a clinic or an office writes should not lie on
// a locked screen unless they want it to. News are for who asks for news.
func standardWishes(of account.Account) notify.Wishes {
	return notify.Wishes{Text: of.Kind == account.Merchant}
}

// manifest of W3C's Web Application Manifest.
type manifest struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	ShortName   string         `json:"short_name"`
	Description string         `json:"description,omitempty"`
	Language    string         `json:"lang"`
	Start       string         `json:"start_url"`
	Scope       string         `json:"scope"`
	Display     string         `json:"display"`
	Background  string         `json:"background_color"`
	Theme       string         `json:"theme_color"`
	Icons       []manifestIcon `json:"icons"`
}

type manifestIcon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// maxShortName is what fits under an icon, in characters.
const maxShortName = 12

func (p *pages) manifest(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	language := message.LanguageOf(c.Query("language"))
	name := of.Name(language)
	m := manifest{ID: appScope(of), Name: name, ShortName: name, Description: of.Description(language), Language: language,
		Start: appScope(of), Scope: appScope(of), Display: "standalone", Background: "#faf8f5", Theme: templates.AccentOf(of.Colour)}
	if letters := []rune(name); len(letters) > maxShortName {
		m.ShortName = strings.TrimSpace(string(letters[:maxShortName-1])) + "…"
	}
	for _, size := range []string{"192", "512"} {
		for file, purpose := range map[string]string{size + ".png": "any", size + "-maskable.png": "maskable"} {
			m.Icons = append(m.Icons, manifestIcon{chatPath(of) + "/icon/" + file, size + "x" + size, "image/png", purpose})
		}
	}
	return sendJSON(c, "application/manifest+json", m)
}

func sendJSON(c *gin.Context, contentType string, value any) error {
	body, err := json.Marshal(value)
	if err == nil {
		sendCached(c, contentType, "no-cache", body)
	}
	return err
}

// iconFiles are the icons there are, by the names of their files.
var iconFiles = map[string]struct {
	size     int
	maskable bool
}{
	"180-maskable.png": {180, true}, // for iOS, which fills what is transparent with black
	"192.png":          {192, false}, "192-maskable.png": {192, true},
	"512.png": {512, false}, "512-maskable.png": {512, true},
}

func (p *pages) appIcon(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	icon, ok := iconFiles[c.Param("icon")]
	if !ok {
		return web.ErrNotFound
	}
	if err := p.drawings.limit.Check(c); err != nil {
		return err
	}
	face := picture.Face{Picture: of.Logo, Letter: templates.Initial(of.Name(of.Language)), Colour: colourOf(of)}
	drawn, err := p.Pictures.Icon(c, face, icon.size, icon.maskable)
	if err != nil {
		return err
	}
	sendCached(c, "image/png", keepDrawn, drawn)
	return nil
}

func colourOf(of account.Account) color.RGBA {
	bits, _ := strconv.ParseUint(strings.TrimPrefix(templates.AccentOf(of.Colour), "#"), 16, 32) // ours
	return color.RGBA{uint8(bits >> 16), uint8(bits >> 8), uint8(bits), 255}
}

// workerSettings are what the worker's script calls app.
type workerSettings struct {
	Scope   string   `json:"scope"`
	Name    string   `json:"name"`
	Icon    string   `json:"icon"`
	Key     string   `json:"key"`
	Notify  string   `json:"notify"`
	Offline string   `json:"offline"`
	Assets  string   `json:"assets"`
	Shell   []string `json:"shell"`
	// Family is what the names of its caches begin with: all workers of a host
	// share them.
	Family string `json:"family"`
	Cache  string `json:"cache"`
}

// worker is the chat's service worker. Where it lies is what it may see.
func (p *pages) worker(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	key, err := p.Notify.PublicKey(c)
	if err != nil {
		return err
	}
	assets, path := p.Renderer.Assets, chatPath(of)
	family := "plaza " + appScope(of) + " "
	settings, err := json.Marshal(workerSettings{Scope: appScope(of), Name: of.Name(of.Language), Icon: path + "/icon/192.png",
		Key: key, Notify: path + "/notifications", Offline: path + "/offline", Assets: assets.Prefix(),
		Shell: assets.OfflineAssets(of.Colour), Family: family, Cache: family + assets.Prefix() + of.Colour})
	if err != nil {
		return err
	}
	script := bytes.Join([][]byte{[]byte("const app = "), settings, []byte(";\n"), assets.Script("worker")}, nil)
	sendCached(c, "text/javascript; charset=utf-8", "no-cache", script)
	return nil
}

// offline is what the worker keeps for when there is no network.
func (p *pages) offline(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	base := p.base(c, of)
	base.CSRF, base.Member, base.Flash = "", nil, nil
	return p.Draw(c, &templates.ChatOffline{Base: base, ChatPath: appScope(of)})
}

// subscribe has a browser of the visitor's told of what is written to them.
func (p *pages) subscribe(c *gin.Context) error {
	of, visitor, known, err := p.acted(c)
	if err != nil {
		return err
	}
	if !known {
		return webchat.ErrVisitor
	}
	var wishes *notify.Wishes
	if text, sent := c.GetPostForm("text"); sent {
		wishes = &notify.Wishes{Text: text == "on", News: c.PostForm("news") == "on"}
	}
	err = p.Notify.Subscribe(c, visitor.Person(), c.PostForm("endpoint"), c.PostForm("p256dh"), c.PostForm("auth"), wishes)
	if err != nil {
		return err
	}
	return done(c, chatPath(of), gin.H{"notifications": true})
}

func (p *pages) unsubscribe(c *gin.Context) error {
	of, visitor, known, err := p.acted(c)
	if err != nil {
		return err
	}
	if !known {
		return webchat.ErrVisitor
	}
	if err := p.Notify.Unsubscribe(c, visitor.Person(), c.PostForm("endpoint")); err != nil {
		return err
	}
	return done(c, chatPath(of), gin.H{"notifications": false})
}
