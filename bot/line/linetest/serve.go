package linetest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"plaza/bot/standin"
)

// refusal is an answer that is none of success.
type refusal struct {
	status   int
	message  string
	details  []detail
	accepted string // request id of the call that had the same retry key
}

type detail struct {
	Message  string `json:"message,omitempty"`
	Property string `json:"property,omitempty"`
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, message: fmt.Sprintf(format, args...)}
}

// call is one request, read.
type call struct {
	*http.Request
	body []byte
	id   string // request id
}

// answer is what is written: JSON, or content as it is.
type answer struct {
	status  int
	value   any
	content *Content
}

const maxRequest = 2 << 20 // bytes

// ServeHTTP serves https://api.line.me and https://api-data.line.me.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if login := p.account.Login; login != nil && login.Serve(w, r) {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 12<<20))
	if err != nil {
		standin.Abort()
	}
	trouble := p.troubles.Next()
	switch trouble {
	case standin.Slow:
		time.Sleep(p.troubles.Pause)
	case standin.Cut:
		standin.Abort()
	}
	p.mu.Lock()
	p.serial++
	c := call{Request: r, body: body, id: fmt.Sprintf("%08x-0000-4000-8000-%012x", p.serial, p.serial)}
	p.calls[r.URL.Path]++
	done, refused := p.troubled(trouble, c)
	p.mu.Unlock()
	if trouble == standin.Lost {
		standin.Abort()
	}
	p.write(w, c, done, refused)
}

// troubled is serve with what goes wrong without an effect.
func (p *Platform) troubled(trouble standin.Trouble, c call) (answer, *refusal) {
	switch trouble {
	case standin.Throttle:
		return answer{}, tooFast()
	case standin.Fail:
		return answer{}, refuse(http.StatusInternalServerError, "Internal Server Error")
	case standin.Expire:
		if len(p.stateless) == 0 {
			return answer{}, refuse(http.StatusInternalServerError, "Internal Server Error")
		}
		clear(p.stateless)
	}
	return p.serve(c)
}

func tooFast() *refusal {
	return refuse(http.StatusTooManyRequests, "The API rate limit has been exceeded. Try again later.")
}

func (p *Platform) write(w http.ResponseWriter, c call, done answer, refused *refusal) {
	w.Header().Set("X-Line-Request-Id", c.id)
	if refused != nil {
		if refused.accepted != "" {
			w.Header().Set("X-Line-Accepted-Request-Id", refused.accepted)
		}
		done = answer{status: refused.status, value: struct {
			Message string   `json:"message"`
			Details []detail `json:"details,omitempty"`
		}{refused.message, refused.details}}
	}
	if done.content != nil {
		w.Header().Set("Content-Type", done.content.Type)
		_, _ = w.Write(done.content.Body)
		return
	}
	if done.status == 0 {
		done.status = http.StatusOK
	}
	if done.value == nil {
		done.value = struct{}{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(done.status)
	_ = json.NewEncoder(w).Encode(done.value)
}

// serve checks what all calls have in common, and passes on.
func (p *Platform) serve(c call) (answer, *refusal) {
	if len(c.body) > maxRequest && !strings.HasSuffix(c.URL.Path, "/content") {
		return answer{}, refuse(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	}
	if c.Method+" "+c.URL.Path == "POST /oauth2/v3/token" {
		return p.issue(c)
	}
	if refused := p.authorize(c); refused != nil {
		return answer{}, refused
	}
	if refused := p.throttle(c.URL.Path); refused != nil {
		return answer{}, refused
	}
	if refused := retryable(c); refused != nil {
		return answer{}, refused
	}
	for _, route := range p.routes() {
		arguments, ok := match(route.pattern, c.Method+" "+c.URL.Path)
		if !ok {
			continue
		}
		if len(c.body) > 0 && route.json {
			media, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
			if err != nil || media != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
				return answer{}, refuse(http.StatusUnsupportedMediaType, "Unsupported Media Type")
			}
		}
		return route.serve(c, arguments)
	}
	return answer{}, refuse(http.StatusNotFound, "Not found")
}

type route struct {
	pattern string
	json    bool
	serve   func(call, []string) (answer, *refusal)
}

func (p *Platform) routes() []route {
	return []route{
		{"POST /v2/bot/message/reply", true, p.reply},
		{"POST /v2/bot/message/push", true, p.push},
		{"POST /v2/bot/message/multicast", true, p.multicast},
		{"GET /v2/bot/message/quota", false, p.quota},
		{"GET /v2/bot/message/quota/consumption", false, p.consumption},
		{"GET /v2/bot/message/*/content", false, p.content},
		{"GET /v2/bot/message/*/content/transcoding", false, p.transcoding},
		{"POST /v2/bot/chat/loading/start", true, p.loading},
		{"POST /v2/bot/chat/markAsRead", true, p.markAsRead},
		{"GET /v2/bot/profile/*", false, p.profile},
		{"GET /v2/bot/info", false, p.info},
		{"GET /v2/bot/channel/webhook/endpoint", false, p.endpoint},
		{"POST /v2/bot/channel/webhook/test", true, p.test},
		{"POST /v2/bot/richmenu", true, p.createMenu},
		{"POST /v2/bot/richmenu/*/content", false, p.uploadMenu},
		{"DELETE /v2/bot/richmenu/*", false, p.deleteMenu},
		{"GET /v2/bot/richmenu/list", false, p.listMenus},
		{"POST /v2/bot/user/all/richmenu/*", false, p.setDefaultMenu},
		{"DELETE /v2/bot/user/all/richmenu", false, p.cancelDefaultMenu},
		{"GET /v2/bot/user/all/richmenu", false, p.defaultMenu},
		{"POST /v2/bot/user/*/richmenu/*", false, p.linkMenu},
		{"POST /v2/bot/richmenu/bulk/link", true, p.linkMany},
		{"POST /v2/bot/richmenu/bulk/unlink", true, p.unlinkMany},
		{"DELETE /v2/bot/user/*/richmenu", false, p.unlinkMenu},
		{"POST /v2/bot/richmenu/alias", true, p.createAlias},
		{"POST /v2/bot/richmenu/alias/*", true, p.updateAlias},
		{"DELETE /v2/bot/richmenu/alias/*", false, p.deleteAlias},
		{"GET /v2/bot/richmenu/alias/list", false, p.listAliases},
	}
}

// match takes a path apart; "*" is one part of it.
func match(pattern, path string) (arguments []string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	for i := range want {
		if want[i] == "*" {
			arguments = append(arguments, got[i])
		} else if want[i] != got[i] {
			return nil, false
		}
	}
	return arguments, true
}

func (p *Platform) authorize(c call) *refusal {
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if ok && p.account.Token != "" && token == p.account.Token {
		return nil
	}
	if until, known := p.stateless[token]; ok && known && p.now().Before(until) {
		return nil
	}
	return refuse(http.StatusUnauthorized, "Authentication failed. Confirm that the access token in the authorization header is valid.")
}

// issue gives a stateless token out.
func (p *Platform) issue(c call) (answer, *refusal) {
	c.Request.Body = io.NopCloser(strings.NewReader(string(c.body)))
	if c.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || c.ParseForm() != nil {
		return answer{}, refuse(http.StatusBadRequest, "invalid_request")
	}
	if c.PostForm.Get("grant_type") != "client_credentials" || c.PostForm.Get("client_id") != p.account.ID ||
		c.PostForm.Get("client_secret") != p.account.Secret {
		return answer{status: http.StatusBadRequest, value: map[string]string{
			"error": "invalid_client", "error_description": "invalid client_secret"}}, nil
	}
	token := fmt.Sprintf("stateless.%040d", p.serial)
	p.stateless[token] = p.now().Add(15 * time.Minute)
	return answer{value: map[string]any{"token_type": "Bearer", "access_token": token, "expires_in": 900}}, nil
}

func (p *Platform) throttle(path string) *refusal {
	r := p.rates[path]
	if r == nil {
		return nil
	}
	return r.take(p.now(), time.Second)
}

// take counts a call, and refuses it if there were too many.
func (r *rate) take(now time.Time, period time.Duration) *refusal {
	if now.Sub(r.start) >= period {
		r.start, r.count = now, 0
	}
	if r.count++; r.count > r.limit {
		return tooFast()
	}
	return nil
}

// retryable refuses a retry key where there is none, and one that is no UUID.
func retryable(c call) *refusal {
	key, given := c.Header["X-Line-Retry-Key"]
	if !given {
		return nil
	}
	switch c.URL.Path {
	case "/v2/bot/message/push", "/v2/bot/message/multicast":
	default:
		return refuse(http.StatusBadRequest, "The retry key is not supported by this API.")
	}
	parts := strings.Split(key[0], "-")
	if len(key[0]) != 36 || len(parts) != 5 || strings.Trim(key[0], "0123456789abcdefABCDEF-") != "" {
		return refuse(http.StatusBadRequest, "Invalid retry key")
	}
	return nil
}

// read decodes a body that holds exactly these fields.
func (c call) read(into any) *refusal {
	decoder := json.NewDecoder(strings.NewReader(string(c.body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil || decoder.More() {
		return refuse(http.StatusBadRequest, "The request body could not be parsed as JSON (%v)", err)
	}
	return nil
}
