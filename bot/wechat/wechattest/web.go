package wechattest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plaza/bot/standin"
)

// signIn is a code of web sign-in on its way.
type signIn struct {
	openID, scope string
	ends          time.Time
	used          bool
}

// authorize is the page that web sign-in begins at. Parameters come in the
// documented order, and the fragment stays in the browser.
func (p *Platform) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	query := r.URL.Query()
	back, err := url.Parse(query.Get("redirect_uri"))
	person, stranger := r.Cookie(standin.As("").Name)
	names := []string{}
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		names = append(names, name)
	}
	scope, state := query.Get("scope"), query.Get("state")
	switch {
	case strings.Join(names, " ") != "appid redirect_uri response_type scope state":
		http.Error(w, "parameters in another order than documented", http.StatusBadRequest)
	case query.Get("appid") != p.app.AppID:
		http.Error(w, "appid 参数错误", http.StatusBadRequest)
	case err != nil || back.Host != p.app.WebDomain:
		http.Error(w, "redirect_uri 参数错误", http.StatusBadRequest)
	case scope != "snsapi_base" && scope != "snsapi_userinfo":
		http.Error(w, "Scope 参数错误或没有 Scope 权限", http.StatusBadRequest)
	case len(state) > 128 || strings.Trim(state, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "":
		http.Error(w, "state 参数错误", http.StatusBadRequest)
	case stranger != nil:
		http.Error(w, "请在微信客户端打开链接", http.StatusForbidden)
	case person.Value == "declines":
		given := back.Query()
		given.Set("state", state)
		back.RawQuery = given.Encode()
		http.Redirect(w, r, back.String(), http.StatusFound)
	default:
		p.nextID++
		code := fmt.Sprintf("061%d", p.nextID)
		p.codes[code] = signIn{openID: person.Value, scope: scope, ends: p.now().Add(5 * time.Minute)}
		given := back.Query()
		given.Set("code", code)
		given.Set("state", state)
		back.RawQuery = given.Encode()
		http.Redirect(w, r, back.String(), http.StatusFound)
	}
}

func (p *Platform) signInToken(r *http.Request) (answer, *refusal) {
	query := r.URL.Query()
	code, known := p.codes[query.Get("code")]
	switch {
	case query.Get("appid") != p.app.AppID:
		return nil, &badAppID
	case query.Get("secret") != p.app.Secret:
		return nil, &badSecret
	case query.Get("grant_type") != "authorization_code":
		return nil, &refusal{40002, "invalid grant_type"}
	case !known:
		return nil, &refusal{40029, "invalid code"}
	case code.used:
		return nil, &refusal{40163, "code been used"}
	case !p.now().Before(code.ends):
		return nil, &refusal{42003, "code expired"}
	}
	code.used = true
	p.codes[query.Get("code")] = code
	return answer{"access_token": "user-" + code.openID, "expires_in": 7200, "refresh_token": "again-" + code.openID,
		"openid": code.openID, "scope": code.scope}, nil
}

func (p *Platform) signedInPerson(r *http.Request) (answer, *refusal) {
	query := r.URL.Query()
	if query.Get("access_token") != "user-"+query.Get("openid") {
		return nil, &invalidCredential
	}
	return answer{"openid": query.Get("openid"), "nickname": "小红", "sex": 0, "province": "", "city": "", "country": "", "headimgurl": "", "privilege": []string{}}, nil
}

// getTicket gives the same ticket for two hours.
func (p *Platform) getTicket(r *http.Request) (answer, *refusal) {
	if r.URL.Query().Get("type") != "jsapi" {
		return nil, &refusal{40097, "invalid args"}
	}
	now := p.now()
	if !now.Before(p.ticketEnds) {
		p.serial++
		p.ticket, p.ticketEnds = fmt.Sprintf("sM4AOVdWfPE4DxkXGEs8V%065d", p.serial), now.Add(2*time.Hour)
	}
	return ok(answer{"ticket": p.ticket, "expires_in": int(p.ticketEnds.Sub(now) / time.Second)}), nil
}

// Ticket is the ticket that pages are signed with now.
func (p *Platform) Ticket() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ticket
}

// script stands for WeChat's script for pages: it keeps what it was configured
// with and what was shared, where a test finds it.
const script = `window.wx = (() => {
  const kept = {ready: []};
  return {
    kept,
    ready(call) { kept.ready.push(call); },
    config(given) { kept.config = given; setTimeout(() => kept.ready.forEach(call => call())); },
    updateAppMessageShareData(given) { kept.shared = given; },
    updateTimelineShareData(given) { kept.posted = given; },
    scanQRCode(given) { kept.scan = given; },
  };
})();`

func giveScript(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write([]byte(script))
}
