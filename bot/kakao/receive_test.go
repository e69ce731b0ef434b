package kakao

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plaza/bot/kakao/alimtalk"
	"plaza/fault"
	"plaza/message"
)

// Each file of testdata/inbound is a body as Kakao sends it; beside it is what
// becomes of it.
func TestEveryCallIsDecoded(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/inbound/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden.json") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			request := skill(string(body))
			if name := filepath.Base(file); strings.HasPrefix(name, "event") {
				request.Query = url.Values{"for": {"event"}}
			} else if strings.HasPrefix(name, "welcome") {
				request.Query = url.Values{"for": {"welcome"}}
			} else if strings.HasPrefix(name, "channel") {
				request.Header = map[string][]string{"Authorization": {"KakaoAK " + testKey}, "X-Kakao-Resource-Id": {"rel-1"}}
			}
			received, err := testChannel(t).Receive(credentials(func(c *Credentials) { c.AdminKey = testKey }), request)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".json")+".golden.json", indented(t, received.Inbound))
		})
	}
}

func TestOnlyKakaoIsHeard(t *testing.T) {
	t.Parallel()
	channel := testChannel(t)
	for name, test := range map[string]struct {
		change func(*message.Request)
		want   error
	}{
		"no secret":      {func(r *message.Request) { delete(r.Header, SecretHeader) }, ErrSecret},
		"empty secret":   {func(r *message.Request) { r.Header[SecretHeader] = []string{""} }, ErrSecret},
		"another secret": {func(r *message.Request) { r.Header[SecretHeader] = []string{testSecret + "4"} }, ErrSecret},
		"a beginning":    {func(r *message.Request) { r.Header[SecretHeader] = []string{testSecret[:10]} }, ErrSecret},
		"no admin key":   {func(r *message.Request) { r.Header["Authorization"] = []string{"KakaoAK "} }, ErrAdminKey},
		"GET":            {func(r *message.Request) { r.Method = "GET" }, ErrMethod},
		"too large": {func(r *message.Request) {
			r.Body = append(r.Body, bytes.Repeat([]byte(" "), MaxBody)...)
		}, ErrTooLarge},
		"no JSON":     {func(r *message.Request) { r.Body = []byte("<xml/>") }, ErrMalformed},
		"no UTF-8":    {func(r *message.Request) { r.Body = []byte("{\"a\":\"\xff\"}") }, ErrMalformed},
		"no sender":   {func(r *message.Request) { r.Body = []byte(`{"userRequest":{"utterance":"hi"}}`) }, ErrMalformed},
		"another bot": {func(r *message.Request) { r.Body = bytes.ReplaceAll(r.Body, []byte(testBot), []byte("other")) }, ErrOtherBot},
	} {
		request := skill(hello)
		test.change(&request)
		received, err := channel.Receive(credentials(), request)
		if f, ok := err.(*fault.Error); !ok || !f.Is(test.want) || len(received.Inbound) > 0 {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	dev := skill(strings.ReplaceAll(hello, testBot, testBot+"!"))
	if _, err := channel.Receive(credentials(), dev); err != nil {
		t.Errorf("the development channel: %v", err)
	}
}

func TestTheSameWordTwiceIsTwoMessages(t *testing.T) {
	t.Parallel()
	channel := testChannel(t)
	key := func(change func(*message.Request)) string {
		request := skill(hello)
		change(&request)
		received, err := channel.Receive(credentials(), request)
		if err != nil {
			t.Fatal(err)
		}
		return received.Inbound[0].Key
	}
	if first, second := key(func(*message.Request) {}), key(func(r *message.Request) { r.Header["X-Request-Id"] = []string{"req-2"} }); first == second {
		t.Error("two requests have one key")
	}
	bare := func(r *message.Request) { delete(r.Header, "X-Request-Id") }
	later := func(r *message.Request) { bare(r); r.At = r.At.Add(1000000) }
	if first, again := key(bare), key(bare); key(later) == first || again != first {
		t.Error("without a number, the instant does not tell them apart")
	}
	if odd := key(func(r *message.Request) { r.Header["X-Request-Id"] = []string{"a b\x00"} }); strings.ContainsRune(odd, 0) {
		t.Errorf("a strange number became the key %q", odd)
	}
}

func TestCredentialsAreCheckedFieldByField(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*Credentials)
		field  string
	}{
		"secret":      {func(c *Credentials) { c.Secret = "short" }, "secret"},
		"bot":         {func(c *Credentials) { c.BotID = "a/b" }, "bot_id"},
		"block":       {func(c *Credentials) { c.BlockID = "?" }, "block_id"},
		"key":         {func(c *Credentials) { c.RESTKey, c.EventName = "x", "e" }, "rest_key"},
		"event alone": {func(c *Credentials) { c.EventName = "e" }, "event_name"},
		"admin":       {func(c *Credentials) { c.AdminKey = "x" }, "admin_key"},
		"dealer":      {func(c *Credentials) { c.AppKey = "x" }, "dealer_app_key"},
		"sender":      {func(c *Credentials) { c.AppKey, c.SecretKey, c.SenderKey = "x", "y", "z" }, "sender_key"},
		"signature": {func(c *Credentials) {
			c.Access = alimtalk.Access{AppKey: "a", SecretKey: "b", SenderKey: strings.Repeat("s", 40), Signature: "short"}
		}, "dealer_signature"},
	} {
		err := testChannel(t).Validate(credentials(test.change))
		if f, ok := err.(*fault.Error); !ok || f.Field != test.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := testChannel(t).Validate([]byte("{")); err != message.ErrCredentials {
		t.Errorf("no JSON: %v", err)
	}
}

func FuzzSkill(f *testing.F) {
	files, _ := filepath.Glob("testdata/inbound/*.json")
	for _, file := range files {
		if body, err := os.ReadFile(file); err == nil {
			f.Add(body, "", false)
		}
	}
	f.Add([]byte(hello), "welcome", false)
	f.Add([]byte(hello), "event", false)
	f.Add([]byte(`{"event":"added","id":"1","id_type":"open_id","updated_at":"x"}`), "", true)
	channel, typed := testChannel(f), credentials(func(c *Credentials) { c.AdminKey, c.BotID = testKey, "" })
	f.Fuzz(func(t *testing.T, body []byte, special string, relation bool) {
		request := skill(string(body))
		request.Query.Set("for", special)
		if relation {
			request.Header = map[string][]string{"Authorization": {"KakaoAK " + testKey}}
		}
		received, err := channel.Receive(typed, request)
		if err != nil {
			if _, ok := err.(*fault.Error); !ok {
				t.Fatalf("an error without words: %v", err)
			}
			return
		}
		in := received.Inbound[0]
		if (in.User == "") != relation || in.Key == "" || len(in.Key) > 256 || in.Kind == "" || in.At.IsZero() || len(in.Fields) > maxFields {
			t.Fatalf("%+v", in)
		}
		if _, _, err := channel.Render(typed, received, []message.Outbound{message.Text("hi")}); err != nil {
			t.Fatal(err)
		}
	})
}
