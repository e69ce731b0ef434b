package phones

import (
	"net/http"
	"net/url"
	"strings"

	"plaza/bot/standin"
)

// Know tells the id of a sample account, which pages sign people in for.
func (w *World) Know(slug, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accounts[slug] = id
	for _, p := range w.phones {
		if p.Account == slug && p.connection.Login != nil {
			p.connection.Login.SendBackTo(w.PublicURL + "/sign-in/" + p.Messenger + "/" + id)
		}
	}
}

// signing are the messengers that sign people in on pages. KakaoTalk is none.
func (p *phone) signing() bool { return p.Messenger == "wechat" || p.connection.Login != nil }

// opens is where a link in a messenger leads. A messenger opens pages in a browser
// of its own, in which the platform says who it is; here it is the browser that
// shows the phones, so the page is asked to have that said at once.
func (w *World) opens(p *phone, link string) string {
	path, ours := strings.CutPrefix(link, w.PublicURL+"/")
	first, _, _ := strings.Cut(path, "/")
	w.mu.Lock()
	id := w.accounts[p.Account]
	w.mu.Unlock()
	if !ours || !p.signing() || id == "" || first != "shop" && first != "pay" && first != "wallet" {
		return link
	}
	return w.PublicURL + "/sign-in/" + p.Messenger + "/" + id + "/begin?" + url.Values{"next": {"/" + path}}.Encode()
}

// identify lets each platform know the phones' browser as its phone's owner.
func (w *World) identify(rw http.ResponseWriter) {
	for _, p := range w.phones {
		if p.signing() {
			cookie := standin.As(p.connection.Person)
			cookie.Path, cookie.HttpOnly, cookie.SameSite = "/"+p.Messenger+"/", true, http.SameSiteLaxMode
			http.SetCookie(rw, cookie)
		}
	}
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Host
}
