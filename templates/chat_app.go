package templates

import "strings"

// ChatApp makes the chat an app on a phone or a desk, and has the person told of
// messages while they look away.
//
//	GET  /chat/{slug}/manifest.webmanifest?language=
//	GET  /chat/{slug}/worker.js              the service worker; scope /chat/{slug}/
//	GET  /chat/{slug}/offline                what it shows without a network
//	GET  /chat/{slug}/icon/{size}.png, .../icon/{size}-maskable.png
//	POST /chat/{slug}/notifications          endpoint, p256dh, auth, text, news ("on")
//	POST /chat/{slug}/notifications/off      endpoint
//
// A subscription without text and news leaves the wishes as they are.
type ChatApp struct {
	Scope     string // /chat/{slug}/
	Manifest  string
	Worker    string
	TouchIcon string
	Colour    string // of the account, as CSS: "#ad3f1b"
	Name      string
	PushKey   string // what subscriptions are bound to
	Notify    string // where they are sent
	ShowText  bool   // notifications show what was written
	ShowNews  bool   // campaigns are told as well
	Notices   bool   // and they are an agency's notices
}

// ChatOffline is shown in the place of the chat while there is no network. It is
// kept on the person's device, so it holds nothing of theirs.
type ChatOffline struct {
	Base
	ChatPath string
}

// Template names the file that draws the page.
func (*ChatOffline) Template() string { return "public/chat-offline" }

// OfflineAssets are what the offline page of an account needs.
func (a *Assets) OfflineAssets(colour string) []string {
	var urls []string
	for _, name := range []string{"plaza.svg", "css/tokens.css", "css/base.css", "css/components.css", "css/bubbles.css", "css/chat.css", "js/offline.js"} {
		urls = append(urls, a.URL(name))
	}
	if colour != "" {
		urls = append(urls, a.AccentURL(colour))
	}
	return urls
}

// Prefix is what the addresses of today's assets begin with.
func (a *Assets) Prefix() string { return AssetsRoute + a.hash + "/" }

// Script is the text of a script that is served in its own place, not as an asset.
func (a *Assets) Script(name string) []byte { return a.files["js/"+name+".js"].plain }

// AccentOf is the shade of an account's colour that a label can be read on;
// Plaza's own for what isn't a colour.
func AccentOf(hex string) string {
	base, ok := parseColour(strings.TrimPrefix(hex, "#"))
	if !ok {
		base, _ = parseColour("ad3f1b")
	}
	return base.towards(colour{}, readable(lightGrounds, white)).String()
}

// Initial is the first letter of a name, for a face without a picture.
func Initial(name string) string { return initial(name) }
