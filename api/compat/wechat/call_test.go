package wechat_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"plaza/api/apitest"
	compat "plaza/api/compat/wechat"
	"plaza/bot/developer"
)

// caller is a program that calls with a token, without any SDK.
type caller struct {
	*apitest.World
	app    developer.App
	secret string
	token  string
	user   string
}

func newCaller(t *testing.T) *caller {
	t.Helper()
	w := apitest.New(t, apitest.Options{})
	account := w.Merchant("corner")
	app, secret, err := w.Developer.Open(t.Context(), account.ID)
	w.Must(err)
	c := &caller{World: w, app: app, secret: secret}
	echo := echoing(t)
	w.Must(w.Developer.Save(t.Context(), account.ID, developer.Saved{Order: developer.Instead,
		Callback: developer.Callback{URL: echo, Token: testToken, Mode: "plain"}}))
	token, err := w.Developer.NewToken(t.Context(), app.AppID, secret)
	w.Must(err)
	c.token = token.Token
	_, visitor, err := w.Webchat.Welcome(t.Context(), account.ID, "en")
	w.Must(err)
	_, err = w.Webchat.Follow(t.Context(), visitor, "")
	w.Must(err)
	c.user = visitor.User
	return c
}

// do calls and gives back the errcode, with the whole answer.
func (c *caller) do(method, path, contentType, body string) (int, string) {
	c.T.Helper()
	request, err := http.NewRequestWithContext(c.T.Context(), method, compat.Prefix+path, strings.NewReader(body))
	c.Must(err)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer := c.Browser().Do(request)
	if answer.StatusCode != http.StatusOK {
		c.T.Errorf("%s %s: status %d", method, path, answer.StatusCode)
	}
	var code struct {
		Code int `json:"errcode"`
	}
	if json.Unmarshal([]byte(answer.Text), &code) != nil && answer.Header.Get("Content-Type") == "application/json; encoding=utf-8" {
		c.T.Errorf("%s %s: %s", method, path, answer.Text)
	}
	return code.Code, answer.Text
}

func TestWhatIsWrongIsSaidInWeChatsNumbers(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	with := "?access_token=" + c.token
	for name, test := range map[string]struct {
		method, path, body string
		want               int
	}{
		"no token":             {"GET", "/cgi-bin/user/get", "", 41001},
		"a wrong token":        {"GET", "/cgi-bin/user/get?access_token=x", "", 40001},
		"no such call":         {"GET", "/cgi-bin/teleport" + with, "", 40066},
		"the wrong method":     {"GET", "/cgi-bin/message/custom/send" + with, "", 43002},
		"the other method":     {"POST", "/cgi-bin/user/info" + with, "{}", 43001},
		"no body":              {"POST", "/cgi-bin/message/custom/send" + with, "", 44002},
		"no JSON":              {"POST", "/cgi-bin/message/custom/send" + with, "{", 47001},
		"another type":         {"POST", "/cgi-bin/message/custom/send" + with, `{"touser":7}`, 47001},
		"not UTF-8":            {"POST", "/cgi-bin/message/custom/send" + with, "{\"touser\":\"\xff\"}", 40033},
		"nobody":               {"POST", "/cgi-bin/message/custom/send" + with, `{"touser":"nobody","msgtype":"text","text":{"content":"x"}}`, 40003},
		"no such form":         {"POST", "/cgi-bin/message/custom/send" + with, `{"touser":"` + c.user + `","msgtype":"hologram"}`, 40008},
		"form without content": {"POST", "/cgi-bin/message/custom/send" + with, `{"touser":"` + c.user + `","msgtype":"text"}`, 40008},
		"nobody's file":        {"POST", "/cgi-bin/message/custom/send" + with, `{"touser":"` + c.user + `","msgtype":"image","image":{"media_id":"x"}}`, 40007},
		"not granted":          {"POST", "/cgi-bin/message/custom/send" + with, `{"touser":"` + c.user + `","msgtype":"wxcard","wxcard":{"card_id":"x"}}`, 48001},
		"nobody's articles":    {"POST", "/cgi-bin/message/custom/send" + with, `{"touser":"` + c.user + `","msgtype":"mpnews","mpnews":{"media_id":"x"}}`, 40007},
		"no articles":          {"POST", "/cgi-bin/draft/add" + with, `{"articles":[]}`, 45008},
		"without a title":      {"POST", "/cgi-bin/draft/add" + with, `{"articles":[{"content":"x","thumb_media_id":"y"}]}`, 45003},
		"without a cover":      {"POST", "/cgi-bin/media/uploadnews" + with, `{"articles":[{"title":"x","content":"x"}]}`, 41006},
		"a cover of nobody":    {"POST", "/cgi-bin/material/add_news" + with, `{"articles":[{"title":"x","content":"x","thumb_media_id":"y"}]}`, 40007},
		"a script as source":   {"POST", "/cgi-bin/draft/add" + with, `{"articles":[{"title":"x","content":"x","thumb_media_id":"y","content_source_url":"javascript:alert(1)"}]}`, 45005},
		"fine":                 {"POST", "/cgi-bin/message/custom/send" + with, `{"touser":"` + c.user + `","msgtype":"text","text":{"content":"<b>&x"},"unheard_of":1}`, 0},
		"a wrong secret":       {"GET", "/cgi-bin/token?grant_type=client_credential&appid=" + c.app.AppID + "&secret=x", "", 40125},
		"a wrong app":          {"GET", "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=x", "", 40013},
		"a wrong grant":        {"GET", "/cgi-bin/token?grant_type=password&appid=wx1&secret=x", "", 40002},
		"no secret":            {"GET", "/cgi-bin/token?grant_type=client_credential&appid=wx1", "", 41004},
		"a scene of zero":      {"POST", "/cgi-bin/qrcode/create" + with, `{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":0}}}`, 40053},
		"a strange code":       {"POST", "/cgi-bin/qrcode/create" + with, `{"action_name":"QR_X"}`, 40052},
		"a scene as a text":    {"POST", "/cgi-bin/qrcode/create" + with, `{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":"12"}}}`, 0},
		"no ticket":            {"GET", "/cgi-bin/showqrcode?ticket=x", "", 40087},
		"no menu":              {"GET", "/cgi-bin/menu/get" + with, "", 46003},
		"a menu for some only": {"POST", "/cgi-bin/menu/addconditional" + with, `{"button":[{"type":"click","name":"x","key":"k"}],"matchrule":{"tag_id":2}}`, 65305},
		"a mass to nobody":     {"POST", "/cgi-bin/message/mass/send" + with, `{"msgtype":"text","text":{"content":"x"}}`, 40032},
		"another's app":        {"POST", "/cgi-bin/clear_quota" + with, `{"appid":"wx1"}`, 40013},
		"a wrong code":         {"GET", "/sns/oauth2/access_token?grant_type=authorization_code&appid=" + c.app.AppID + "&secret=" + c.secret + "&code=x", "", 40029},
		"a strange page token": {"GET", "/sns/userinfo?access_token=x&openid=y", "", 40001},
		"no refresh token":     {"GET", "/sns/oauth2/refresh_token?grant_type=refresh_token&appid=" + c.app.AppID, "", 40030},
		"not a file":           {"POST", "/cgi-bin/media/upload" + with + "&type=image", "x", 41005},
	} {
		if got, text := c.do(test.method, test.path, "", test.body); got != test.want {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestAnAnswerIsExactlyAsWeChatWritesIt(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	if _, text := c.do("POST", "/cgi-bin/tags/create?access_token="+c.token, "", `{"tag":{"name":"a<b>&c"}}`); text != `{"tag":{"id":100,"name":"a<b>&c"}}` {
		t.Errorf("%q", text)
	}
	if code, text := c.do("GET", "/cgi-bin/getcallbackip?access_token="+c.token, "", ""); code != 0 || !strings.HasPrefix(text, `{"ip_list":[`) {
		t.Errorf("%s", text)
	}
}

// uploaded is a file in a form.
func uploaded(t testing.TB, field, name string, content []byte) (contentType, body string) {
	t.Helper()
	var written bytes.Buffer
	form := multipart.NewWriter(&written)
	part, err := form.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), written.String()
}

func TestUploadsAreBoundedAndServedAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	upload := "/cgi-bin/media/upload?access_token=" + c.token + "&type="
	for name, test := range map[string]struct {
		kind, field string
		content     []byte
		want        int
	}{
		"a picture":      {"image", "media", picture(t), 0},
		"another field":  {"image", "file", picture(t), 41005},
		"another kind":   {"news", "media", picture(t), 40004},
		"a page":         {"image", "media", []byte("<html>"), 40005},
		"nothing":        {"image", "media", nil, 44001},
		"eleven MB":      {"image", "media", make([]byte, 11<<20), 45001},
		"a large record": {"voice", "media", append([]byte("#!AMR\n"), make([]byte, 2<<20)...), 45001},
	} {
		contentType, body := uploaded(t, test.field, "x.png", test.content)
		if got, text := c.do("POST", upload+test.kind, contentType, body); got != test.want {
			t.Errorf("%s: %s", name, text)
		}
	}
	contentType, body := uploaded(t, "media", "x.png", picture(t))
	_, text := c.do("POST", upload+"image", contentType, body)
	seen := c.Browser().Get(developer.FilesPath + between(text, `"media_id":"`, `"`))
	if seen.Text != string(picture(t)) || seen.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(seen.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v", seen.StatusCode, seen.Header)
	}
	for _, id := range []string{"x", "..%2f..%2fetc", c.app.Account + "-x"} {
		if seen := c.Browser().Get(developer.FilesPath + id); seen.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", id, seen.StatusCode)
		}
	}
}

func TestGuessingASecretIsSlowedDown(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	for range 60 {
		c.do("GET", "/cgi-bin/token?grant_type=client_credential&appid="+c.app.AppID+"&secret=x", "", "")
	}
	if got, text := c.do("GET", "/cgi-bin/token?grant_type=client_credential&appid="+c.app.AppID+"&secret=x", "", ""); got != 45011 {
		t.Errorf("%s", text)
	}
}

func FuzzCalls(f *testing.F) {
	for _, body := range []string{`{"touser":"x","msgtype":"text","text":{"content":"x"}}`, `{"button":[{"name":"x","sub_button":[{}]}]}`,
		`{"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"x"}}}`, `{"filter":{"tag_id":"1e9"},"clientmsgid":7}`, `{"tag":{"id":null}}`, `[]`, `null`} {
		f.Add(uint8(0), body)
	}
	paths := []string{"message/custom/send", "message/template/send", "message/mass/sendall", "message/mass/send", "menu/create", "menu/addconditional",
		"qrcode/create", "tags/create", "tags/members/batchtagging", "user/info/batchget", "material/batchget_material", "template/api_add_template", "stable_token"}
	var c *caller
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		if c == nil || c.T != testing.TB(t) {
			c = newCaller(t)
		}
		for _, path := range []string{paths[int(which)%len(paths)], paths[(int(which)+1)%len(paths)]} {
			if got, text := c.do("POST", "/cgi-bin/"+path+"?access_token="+c.token, "", body); got == -1 {
				t.Errorf("%s of %q: %s", path, body, text)
			}
		}
	})
}

func TestWhatSomebodySendsIsFetchedByTheIDOfItsPush(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	b := c.Browser()
	b.Get("/chat/corner")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/chat/corner/attach?key=01PHOTO&name=me.png", bytes.NewReader(picture(t)))
	c.Must(err)
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("Accept", "application/json")
	if sent := b.Do(request); sent.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", sent.StatusCode, sent.Text)
	}
	pushes, _, err := c.Developer.Pushes(t.Context(), c.app.Account, "", 10)
	c.Must(err)
	i := slices.IndexFunc(pushes, func(p developer.Push) bool { return p.Kind == "image" })
	shown, err := c.Developer.Push(t.Context(), c.app.Account, pushes[i].ID)
	c.Must(err)
	id := between(shown.Request, "<MediaId><![CDATA[", "]]>")
	_, got := c.do("GET", "/cgi-bin/media/get?access_token="+c.token+"&media_id="+id, "", "")
	if _, err := png.Decode(strings.NewReader(got)); err != nil {
		t.Errorf("%v: %.80q", err, got)
	}
	if code, _ := c.do("GET", "/cgi-bin/media/get?access_token="+c.token+"&media_id="+id+"x", "", ""); code != 40007 {
		t.Errorf("a made-up id: %d", code)
	}
}
