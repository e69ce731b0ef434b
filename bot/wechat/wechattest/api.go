package wechattest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/bot/standin"
)

// refusal is an error code with its text.
type refusal struct {
	code int
	text string
}

var (
	busy              = refusal{-1, "system error"}
	invalidCredential = refusal{40001, "invalid credential, access_token is invalid or not latest"}
	unknownPerson     = refusal{40003, "invalid openid"}
	badMediaType      = refusal{40004, "invalid media type"}
	badFileType       = refusal{40005, "invalid file type"}
	badFileSize       = refusal{40006, "invalid meida size"}
	badMedia          = refusal{40007, "invalid media_id"}
	badAppID          = refusal{40013, "invalid appid"}
	badURL            = refusal{40016, "invalid url"}
	badListSize       = refusal{40032, "invalid openid list size"}
	badCharacters     = refusal{40033, "invalid charset. please check your request, if include \\uxxxx will create fail"}
	badTemplate       = refusal{40037, "invalid template_id"}
	badSecret         = refusal{40125, "invalid appsecret"}
	badAccountType    = refusal{40200, "invalid account type"}
	missingToken      = refusal{41001, "access_token missing"}
	needGet           = refusal{43001, "require GET method"}
	needPost          = refusal{43002, "require POST method"}
	notFollowing      = refusal{43004, "require subscribe"}
	refused           = refusal{43101, "user refuse to accept the msg"}
	emptyContent      = refusal{44004, "empty content"}
	tooLong           = refusal{45002, "content size out of limit"}
	tooManyArticles   = refusal{45008, "article size out of limit"}
	quotaUsedUp       = refusal{45009, "reach max api daily quota limit"}
	tooFast           = refusal{45011, "api minute-quota reach limit, must slower, retry next minute"}
	windowClosed      = refusal{45015, "response out of time limit or subscription is canceled"}
	massQuota         = refusal{45028, "has no masssend quota"}
	countUsedUp       = refusal{45047, "out of response count limit"}
	dataFormat        = refusal{47001, "data format error"}
	notGranted        = refusal{48001, "api unauthorized"}
)

type answer = map[string]any

// endpoint is one call of the API.
type endpoint struct {
	method string
	serve  func(p *Platform, r *http.Request, body []byte) (answer, *refusal)
}

// posts is an endpoint that takes a JSON body.
func posts(serve func(p *Platform, body []byte) (answer, *refusal)) endpoint {
	return endpoint{http.MethodPost, func(p *Platform, _ *http.Request, body []byte) (answer, *refusal) { return serve(p, body) }}
}

// gets is an endpoint that only reads.
func gets(serve func(p *Platform, r *http.Request) (answer, *refusal)) endpoint {
	return endpoint{http.MethodGet, func(p *Platform, r *http.Request, _ []byte) (answer, *refusal) { return serve(p, r) }}
}

var endpoints = map[string]endpoint{
	"/cgi-bin/message/custom/send":               posts((*Platform).customSend),
	"/cgi-bin/message/custom/typing":             posts((*Platform).typing),
	"/cgi-bin/qrcode/create":                     posts((*Platform).qrcode),
	"/cgi-bin/media/upload":                      {http.MethodPost, (*Platform).upload},
	"/cgi-bin/media/uploadimg":                   {http.MethodPost, (*Platform).uploadImage},
	"/cgi-bin/material/add_material":             {http.MethodPost, (*Platform).upload},
	"/cgi-bin/draft/add":                         posts((*Platform).addDraft),
	"/cgi-bin/menu/create":                       posts((*Platform).createMenu),
	"/cgi-bin/menu/get":                          gets((*Platform).getMenu),
	"/cgi-bin/menu/delete":                       gets((*Platform).deleteMenu),
	"/cgi-bin/menu/addconditional":               posts((*Platform).addConditional),
	"/cgi-bin/menu/delconditional":               posts((*Platform).deleteConditional),
	"/cgi-bin/menu/trymatch":                     posts((*Platform).tryMatch),
	"/cgi-bin/tags/get":                          gets((*Platform).listTags),
	"/cgi-bin/tags/create":                       posts((*Platform).createTag),
	"/cgi-bin/tags/members/batchtagging":         posts((*Platform).tagPeople),
	"/cgi-bin/tags/members/batchuntagging":       posts((*Platform).untagPeople),
	"/cgi-bin/user/get":                          gets((*Platform).listPeople),
	"/cgi-bin/user/info":                         gets((*Platform).showPerson),
	"/cgi-bin/user/info/batchget":                posts((*Platform).showPeople),
	"/cgi-bin/user/info/updateremark":            posts((*Platform).remark),
	"/cgi-bin/template/get_all_private_template": gets((*Platform).listTemplates),
	"/cgi-bin/message/template/send":             posts((*Platform).templateSend),
	"/wxaapi/newtmpl/gettemplate":                gets((*Platform).listNotices),
	"/cgi-bin/message/subscribe/bizsend":         posts((*Platform).noticeSend),
	"/cgi-bin/message/mass/sendall":              posts((*Platform).massSendAll),
	"/cgi-bin/message/mass/send":                 posts((*Platform).massSend),
	"/cgi-bin/message/mass/preview":              posts((*Platform).massPreview),
	"/cgi-bin/message/mass/delete":               posts((*Platform).massDelete),
	"/cgi-bin/message/mass/get":                  posts((*Platform).massGet),
	"/cgi-bin/message/mass/speed/set":            posts((*Platform).massSpeed),
	"/cgi-bin/ticket/getticket":                  gets((*Platform).getTicket),
	"/cgi-bin/openapi/quota/get":                 posts((*Platform).getQuota),
	"/cgi-bin/media/get":                         gets((*Platform).noAnswer),
	"/cgi-bin/media/get/jssdk":                   gets((*Platform).noAnswer),
}

// withoutToken are the calls that carry credentials of their own.
var withoutToken = map[string]endpoint{
	"/cgi-bin/stable_token":    posts((*Platform).stableToken),
	"/sns/oauth2/access_token": gets((*Platform).signInToken),
	"/sns/userinfo":            gets((*Platform).signedInPerson),
}

// ServeHTTP is the API host, and the pages of web sign-in.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/connect/oauth2/authorize" {
		p.authorize(w, r)
		return
	}
	if r.URL.Path == "/open/js/jweixin-1.6.0.js" {
		giveScript(w)
		return
	}
	trouble := p.Troubles.Next()
	switch trouble {
	case standin.Slow:
		time.Sleep(p.Troubles.Pause)
	case standin.Cut:
		standin.Abort()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[r.URL.Path]++
	reply, refused := p.serve(r, trouble)
	switch {
	case trouble == standin.Lost:
		standin.Abort()
	case refused == nil && reply == nil:
		p.giveMedium(w, r)
		return
	case refused != nil:
		if reply == nil {
			reply = answer{}
		}
		reply["errcode"], reply["errmsg"] = refused.code, fmt.Sprintf("%s rid: 69560000-%08x", refused.text, p.serial)
	}
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	if err := json.NewEncoder(w).Encode(reply); err != nil {
		panic(http.ErrAbortHandler) // the caller has gone
	}
}

func (p *Platform) serve(r *http.Request, trouble standin.Trouble) (answer, *refusal) {
	path := r.URL.Path
	called, open := withoutToken[path]
	if !open {
		called = endpoints[path]
	}
	switch {
	case called.serve == nil:
		return nil, &refusal{40066, "invalid url"}
	case r.Method != called.method && called.method == http.MethodGet:
		return nil, &needGet
	case r.Method != called.method:
		return nil, &needPost
	}
	if codes := p.failures[path]; len(codes) > 0 {
		p.failures[path] = codes[1:]
		return nil, &refusal{codes[0], "made to fail"}
	}
	switch trouble {
	case standin.Throttle:
		return nil, &tooFast
	case standin.Fail:
		return nil, &busy
	case standin.Expire:
		p.endToken()
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		return nil, &dataFormat
	}
	if !open {
		switch token := r.URL.Query().Get("access_token"); {
		case token == "":
			return nil, &missingToken
		case !p.validToken(token):
			return nil, &invalidCredential
		}
	}
	if !p.within(path) {
		return nil, &quotaUsedUp
	}
	return called.serve(p, r, body)
}

// within counts a call and says whether the day's quota lets it pass.
func (p *Platform) within(path string) bool {
	key := p.day() + path
	p.used[key]++
	limit, limited := p.quotas[path]
	return !limited || p.used[key] <= limit
}

// noAnswer leaves the answer to giveMedium, or refuses.
func (p *Platform) noAnswer(r *http.Request) (answer, *refusal) {
	if _, ok := p.medium(r.URL.Query().Get("media_id")); !ok {
		return nil, &badMedia
	}
	return nil, nil
}

var fine = answer{"errcode": 0, "errmsg": "ok"}

// ok is a success with something besides.
func ok(more answer) answer {
	made := answer{"errcode": 0, "errmsg": "ok"}
	for name, value := range more {
		made[name] = value
	}
	return made
}

// strict decodes a body that holds exactly the documented fields, in UTF-8 and
// without the escapes that the platform refuses.
func strict(body []byte, into any) *refusal {
	if !utf8.Valid(body) || bytes.Contains(body, []byte(`\u`)) {
		return &badCharacters
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil || decoder.More() {
		return &dataFormat
	}
	return nil
}

func (p *Platform) stableToken(body []byte) (answer, *refusal) {
	var call struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	switch {
	case call.Grant != "client_credential":
		return nil, &refusal{40002, "invalid grant_type"}
	case call.AppID != p.app.AppID:
		return nil, &badAppID
	case call.Secret != p.app.Secret:
		return nil, &badSecret
	}
	if call.Force && !p.mayForce() {
		return nil, &quotaUsedUp
	}
	token, expires := p.currentToken(call.Force)
	return answer{"access_token": token, "expires_in": expires}, nil
}

// mayForce allows twenty forced renewals a day, thirty seconds apart.
func (p *Platform) mayForce() bool {
	now := p.now()
	for len(p.forced) > 0 && now.Sub(p.forced[0]) >= 24*time.Hour {
		p.forced = p.forced[1:]
	}
	if n := len(p.forced); n >= 20 || n > 0 && now.Sub(p.forced[n-1]) < 30*time.Second {
		return false
	}
	p.forced = append(p.forced, now)
	return true
}

func (p *Platform) getQuota(body []byte) (answer, *refusal) {
	var call struct {
		Path string `json:"cgi_path"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if !strings.HasPrefix(call.Path, "/") {
		return nil, &refusal{76021, "cgi_path not found, please check"}
	}
	limit, limited := p.quotas[call.Path]
	if !limited {
		limit = 500000
	}
	used := min(p.used[p.day()+call.Path], limit)
	return ok(answer{"quota": answer{"daily_limit": limit, "used": used, "remain": limit - used}}), nil
}
