package phones

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"plaza/bot/standin"
)

// What goes wrong when a switch is on, and with how large a share of the calls.
var shares = map[standin.Trouble]float64{standin.Slow: 0.4, standin.Throttle: 0.2, standin.Fail: 0.05, standin.Expire: 0.1}

// slowness is how late a slow answer comes.
const slowness = 3 * time.Second

const (
	maxText = 2000 // bytes of a body that is not a picture: eight times what people type
	maxBody = 8 * maxText
)

var (
	errNotPayable = errors.New("this can't be paid (any more)")
	errNoButton   = errors.New("this button is no longer there")
	errNoPicture  = errors.New("a phone sends pictures here: PNG, JPEG or GIF, up to 5 MB")
	errBody       = errors.New("the request can't be read")
	errNoPhone    = errors.New("there is no such phone")
)

// handler serves the platforms, each under its name, and the page.
func (w *World) handler() http.Handler {
	mux := http.NewServeMux()
	for _, p := range w.phones {
		mux.Handle("/"+p.Messenger+"/", http.StripPrefix("/"+p.Messenger, p.handler))
	}
	mux.Handle("/wechatpay/", http.StripPrefix("/wechatpay", w.tills.wechatPay))
	mux.Handle("/alipay/", http.StripPrefix("/alipay", w.tills.alipay))
	mux.Handle("/kakaopay/", http.StripPrefix("/kakaopay", http.HandlerFunc(w.kakaoPayAPI)))
	mux.HandleFunc("GET /phones", w.page)
	mux.HandleFunc("GET /phones/page/{file}", giveAsset)
	mux.HandleFunc("GET /phones/files/{messenger}/{id}", w.giveFile)
	mux.HandleFunc("GET /phones/fetched/{path...}", w.fetch)
	mux.HandleFunc("GET /phones/state", w.state)
	mux.HandleFunc("POST /phones/faults", w.setFaults)
	mux.HandleFunc("POST /phones/{messenger}/{act}", w.act)
	mux.Handle("GET /{$}", http.RedirectHandler("/phones", http.StatusSeeOther))
	return w.ownName(http.NewCrossOriginProtection().Handler(mux))
}

// ownName refuses requests to any other name than this machine's own: by a name
// of theirs that they point at 127.0.0.1, other sites could read this one (DNS
// rebinding).
func (w *World) ownName(next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(w.listener.Addr().String())
	names := []string{"127.0.0.1:" + port, "localhost:" + port}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !slices.Contains(names, strings.ToLower(r.Host)) {
			http.Error(rw, "The phones answer only to "+names[0]+" and "+names[1]+".", http.StatusMisdirectedRequest)
			return
		}
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		rw.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(rw, r)
	})
}

// State is everything that the page shows.
type State struct {
	Phones []Screen                 `json:"phones"`
	Faults map[standin.Trouble]bool `json:"faults"`
}

func (w *World) state(rw http.ResponseWriter, _ *http.Request) {
	var now State
	for _, p := range w.phones {
		now.Phones = append(now.Phones, p.look())
	}
	w.mu.Lock()
	now.Faults = w.faults
	encoded, err := json.Marshal(now)
	w.mu.Unlock()
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write(encoded) // the page asks again
}

// setFaults switches troubles on and off, for all platforms.
func (w *World) setFaults(rw http.ResponseWriter, r *http.Request) {
	var wanted map[standin.Trouble]bool
	if err := decode(r, &wanted); err != nil {
		refuse(rw, err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	on := map[standin.Trouble]float64{}
	w.faults = map[standin.Trouble]bool{}
	for trouble, share := range shares {
		if wanted[trouble] {
			on[trouble], w.faults[trouble] = share, true
		}
	}
	w.trouble.Vary(on)
	rw.WriteHeader(http.StatusNoContent)
}

// asked is what the page asks of a phone.
type asked struct {
	Text  string `json:"text"`
	Press int    `json:"press"`
	Place Place  `json:"place"`
}

// act does something as a phone's owner. What became of it is on the screen.
func (w *World) act(rw http.ResponseWriter, r *http.Request) {
	p := w.phone(r.PathValue("messenger"))
	if p == nil {
		refuse(rw, errNoPhone)
		return
	}
	var err error
	// Whoever closes the page has still pressed the button.
	ctx := context.WithoutCancel(r.Context())
	switch act := r.PathValue("act"); act {
	case "picture", "scan-picture":
		var content []byte
		if content, err = io.ReadAll(http.MaxBytesReader(rw, r.Body, maxPicture)); err != nil {
			err = errNoPicture
		} else if act == "picture" {
			err = w.sendPicture(ctx, p, content)
		} else if code, unread := readCode(content); unread != nil {
			err = unread
		} else {
			err = w.scan(ctx, p, code)
		}
	default:
		var call asked
		if err = decode(r, &call); err == nil {
			err = w.perform(ctx, p, act, call)
		}
	}
	if err != nil {
		refuse(rw, err)
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

func (w *World) perform(ctx context.Context, p *phone, act string, call asked) error {
	if len(call.Text) > maxText || len(call.Place.Name) > maxText {
		return errBody
	}
	switch act {
	case "follow":
		p.setFollows(true)
		return p.do(nil, func() ([]Bubble, error) { return p.app.follow(ctx, "") })
	case "block":
		p.setFollows(false)
		return p.do(&Bubble{Note: "blocked"}, func() ([]Bubble, error) { return nil, p.app.block(ctx) })
	case "say":
		if strings.TrimSpace(call.Text) == "" {
			return errBody
		}
		return p.do(&Bubble{Text: plain(call.Text)}, func() ([]Bubble, error) { return p.app.say(ctx, call.Text) })
	case "locate":
		return p.do(&Bubble{Note: "place", Title: call.Place.Name}, func() ([]Bubble, error) { return p.app.locate(ctx, call.Place) })
	case "scan":
		return w.scan(ctx, p, call.Text)
	case "press":
		return p.tap(ctx, call.Press)
	}
	return errBody
}

// tap presses what has a number on the screen.
func (p *phone) tap(ctx context.Context, number int) error {
	press := p.pressed(number)
	if press == nil {
		return errNoButton
	}
	var mine *Bubble
	if press.says != "" {
		mine = &Bubble{Text: plain(press.says)}
	}
	return p.do(mine, func() ([]Bubble, error) { return press.act(ctx) })
}

// scan lets the messenger's camera read a code.
func (w *World) scan(ctx context.Context, p *phone, code string) error {
	code = strings.TrimSpace(code)
	return p.do(&Bubble{Note: "scanned", Text: plain(code)}, func() ([]Bubble, error) {
		if p.Messenger == "wechat" && strings.HasPrefix(code, "weixin://wxpay/") {
			return w.payByScan(code)
		}
		if strings.HasPrefix(code, w.PublicURL+"/") { // a page of the account's
			return []Bubble{{Note: "opens", Link: code, Text: plain(code)}}, nil
		}
		answer, err := p.app.scan(ctx, code)
		if err == nil {
			p.setFollows(true)
		}
		return answer, err
	})
}

func (w *World) sendPicture(ctx context.Context, p *phone, content []byte) error {
	contentType := http.DetectContentType(content)
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif"}, contentType) {
		return errNoPicture
	}
	id := w.shown.keep(content, contentType)
	return p.do(&Bubble{Picture: w.Address() + "/phones/files/sent/" + id}, func() ([]Bubble, error) {
		return p.app.picture(ctx, content, contentType)
	})
}

func (w *World) giveFile(rw http.ResponseWriter, r *http.Request) {
	if r.PathValue("messenger") == "sent" {
		w.shown.serve(rw, r, r.PathValue("id"))
		return
	}
	if p := w.phone(r.PathValue("messenger")); p != nil {
		if app, ok := p.app.(keeping); ok {
			content, contentType, found := app.open(r.PathValue("id"))
			giveFile(rw, r, content, contentType, found)
			return
		}
	}
	http.NotFound(rw, r)
}

func decode(r *http.Request, into any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || json.Unmarshal(body, into) != nil {
		return errBody
	}
	return nil
}

func refuse(rw http.ResponseWriter, err error) {
	http.Error(rw, err.Error(), http.StatusUnprocessableEntity)
}
