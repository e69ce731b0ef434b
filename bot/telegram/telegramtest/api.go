package telegramtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"reflect"
	"strconv"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/bot/standin"
)

// refusal is an answer that is no.
type refusal struct {
	Code        int
	Description string
	RetryAfter  int
}

func bad(format string, args ...any) *refusal {
	return &refusal{Code: http.StatusBadRequest, Description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(description string) *refusal {
	return &refusal{Code: http.StatusForbidden, Description: "Forbidden: " + description}
}

func tooMany(seconds int) *refusal {
	return &refusal{Code: http.StatusTooManyRequests, Description: fmt.Sprintf("Too Many Requests: retry after %d", seconds), RetryAfter: seconds}
}

// maxCall bounds the body of a call, in bytes.
const maxCall = 64 << 20

// ServeHTTP is the API host.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.o.Login != nil && p.o.Login.Serve(w, r) {
		return
	}
	rest, isFile := strings.CutPrefix(r.URL.Path, "/file/bot"+p.o.Token+"/")
	if isFile {
		p.serveFile(w, rest)
		return
	}
	trouble := standin.None
	if strings.HasPrefix(strings.ToLower(path.Base(r.URL.Path)), "send") {
		trouble = p.o.Troubles.Next()
	}
	switch trouble {
	case standin.Slow:
		time.Sleep(p.o.Troubles.Pause)
	case standin.Cut:
		standin.Abort()
	}
	method, known := strings.CutPrefix(r.URL.Path, "/bot"+p.o.Token+"/")
	var result any
	no := &refusal{Code: http.StatusUnauthorized, Description: "Unauthorized"}
	if known {
		var args *arguments
		if args, no = readArguments(w, r); no == nil {
			result, no = p.call(method, args, trouble)
		}
	}
	if trouble == standin.Lost {
		standin.Abort()
	}
	answer(w, result, no)
}

func answer(w http.ResponseWriter, result any, no *refusal) {
	body, status := map[string]any{"ok": true, "result": result}, http.StatusOK
	if no != nil {
		body, status = map[string]any{"ok": false, "error_code": no.Code, "description": no.Description}, no.Code
		if no.RetryAfter > 0 {
			body["parameters"] = map[string]any{"retry_after": no.RetryAfter}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(http.ErrAbortHandler) // the caller has gone
	}
}

func (p *Platform) serveFile(w http.ResponseWriter, at string) {
	p.mu.Lock()
	found, ok := p.files[p.paths[at]]
	p.mu.Unlock()
	if !ok {
		answer(w, nil, &refusal{Code: http.StatusNotFound, Description: "Not Found"})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(found.content)))
	_, _ = w.Write(found.content) // a caller that has gone sees nothing of it
}

// call is one method. The troubles of the platform's own come before it.
func (p *Platform) call(method string, args *arguments, trouble standin.Trouble) (result any, no *refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[strings.ToLower(method)]++
	defer func() {
		if no != nil {
			p.refused = append(p.refused, method+": "+no.Description)
		}
	}()
	switch trouble {
	case standin.Throttle:
		return nil, tooMany(1)
	case standin.Fail, standin.Expire:
		return nil, &refusal{Code: http.StatusInternalServerError, Description: "Internal Server Error"}
	}
	known, ok := methods[strings.ToLower(method)]
	if !ok {
		return nil, &refusal{Code: http.StatusNotFound, Description: "Not Found: method not found"}
	}
	for name := range args.values {
		if !known.parameters[name] {
			return nil, bad("%s takes no parameter %q", method, name)
		}
	}
	return known.serve(p, args)
}

// method is one that the stand-in speaks: its parameters are the library's.
type method struct {
	parameters map[string]bool
	serve      func(*Platform, *arguments) (any, *refusal)
}

var methods = map[string]method{
	"getme":                  {nil, (*Platform).getMe},
	"getwebhookinfo":         {nil, (*Platform).getWebhookInfo},
	"setwebhook":             {named[tg.SetWebhookParams](), (*Platform).setWebhook},
	"deletewebhook":          {named[tg.DeleteWebhookParams](), (*Platform).deleteWebhook},
	"sendmessage":            {named[tg.SendMessageParams](), send("sendMessage")},
	"sendphoto":              {named[tg.SendPhotoParams](), send("sendPhoto", "photo")},
	"sendvoice":              {named[tg.SendVoiceParams](), send("sendVoice", "voice")},
	"sendaudio":              {named[tg.SendAudioParams](), send("sendAudio", "audio")},
	"sendvideo":              {named[tg.SendVideoParams](), send("sendVideo", "video")},
	"senddocument":           {named[tg.SendDocumentParams](), send("sendDocument", "document")},
	"sendsticker":            {named[tg.SendStickerParams](), send("sendSticker", "sticker")},
	"sendlocation":           {named[tg.SendLocationParams](), send("sendLocation")},
	"sendvenue":              {named[tg.SendVenueParams](), send("sendVenue")},
	"sendmediagroup":         {named[tg.SendMediaGroupParams](), (*Platform).sendMediaGroup},
	"sendchataction":         {named[tg.SendChatActionParams](), (*Platform).sendChatAction},
	"getfile":                {named[tg.GetFileParams](), (*Platform).getFile},
	"setmycommands":          {named[tg.SetMyCommandsParams](), (*Platform).setMyCommands},
	"deletemycommands":       {named[tg.DeleteMyCommandsParams](), (*Platform).deleteMyCommands},
	"setchatmenubutton":      {named[tg.SetChatMenuButtonParams](), (*Platform).setChatMenuButton},
	"createinvoicelink":      {named[tg.CreateInvoiceLinkParams](), (*Platform).createInvoiceLink},
	"answerprecheckoutquery": {named[tg.AnswerPreCheckoutQueryParams](), (*Platform).answerPreCheckoutQuery},
	"answercallbackquery": {named[tg.AnswerCallbackQueryParams](), func(_ *Platform, args *arguments) (any, *refusal) {
		if args.values["callback_query_id"] == "" {
			return nil, bad("query is too old and response timeout expired or query ID is invalid")
		}
		return true, nil
	}},
}

// named are the names of a method's parameters in the library.
func named[Params any]() map[string]bool {
	names := make(map[string]bool)
	for field := range reflect.TypeFor[Params]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}

// arguments of a call: all are texts, objects among them as JSON.
type arguments struct {
	values  map[string]string
	uploads map[string][]byte
	names   map[string]string // of uploaded files
}

// readArguments reads the three kinds of bodies that the platform takes.
func readArguments(w http.ResponseWriter, r *http.Request) (*arguments, *refusal) {
	args := &arguments{values: make(map[string]string), uploads: make(map[string][]byte), names: make(map[string]string)}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	if err != nil {
		return nil, &refusal{Code: http.StatusRequestEntityTooLarge, Description: "Request Entity Too Large"}
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(body) == 0:
		return args, nil
	case kind == "application/json":
		return args, args.readJSON(body)
	case kind == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, bad("can't parse the body")
		}
		for name := range values {
			args.values[name] = values.Get(name)
		}
		return args, nil
	case kind == "multipart/form-data":
		return args, args.readForm(body, params["boundary"])
	}
	return nil, bad("unsupported content type")
}

func (a *arguments) readJSON(body []byte) *refusal {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return bad("can't parse the JSON body")
	}
	for name, raw := range all {
		text := string(raw)
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &text); err != nil {
				return bad("can't parse the JSON body")
			}
		}
		a.values[name] = text
	}
	return nil
}

// strict decodes an argument that is an object, with known fields only.
func (a *arguments) strict(name string, into any) *refusal {
	decoder := json.NewDecoder(bytes.NewReader([]byte(a.values[name])))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil || decoder.More() {
		return bad("can't parse %s: %v", name, err)
	}
	return nil
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (p *Platform) getMe(*arguments) (any, *refusal) {
	return models.User{ID: p.bot, IsBot: true, FirstName: p.o.Username, Username: p.o.Username}, nil
}
