package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"plaza/bot/wechat/wechattest"
)

// The official account that both sides know.
const (
	appID    = "wx2f4b1c0d9e8a7b6c"
	secret   = "0123456789abcdef0123456789abcdef"
	token    = "cornertoken"
	aesKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	follower = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
)

// connected is a demo whose store is connected to a stand-in of WeChat.
type connected struct {
	t       *testing.T
	data    string
	process *process
	member  *member
	app     wechattest.App
	wechat  *wechattest.Platform
}

// connect starts a demo and connects it by the console's form. An empty key is
// the plain mode.
func connect(t *testing.T, key string) *connected {
	t.Helper()
	c := &connected{t: t}
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.wechat.ServeHTTP(w, r) }))
	t.Cleanup(host.Close)
	c.data = t.TempDir()
	c.process = start(t, "demo", c.data, "PLAZA_WECHAT_API="+host.URL)
	c.app = wechattest.App{AppID: appID, Secret: secret, OriginalID: "gh_7f083739789a", Token: token,
		EncodingAESKey: key, Webhook: c.process.base + "/webhooks/wechat/corner"}
	c.wechat = wechattest.New(c.app, time.Now)
	c.member = signIn(t, c.process, c.process.signInLink(), "corner")
	c.member.submit("/settings/channels/wechat", url.Values{
		"app_id": {appID}, "secret": {secret}, "token": {token}, "encoding_aes_key": {key}})
	return c
}

func TestWeChatIsAnsweredInPlainAndSafeMode(t *testing.T) {
	for mode, key := range map[string]string{"plain": "", "safe": aesKey} {
		t.Run(mode, func(t *testing.T) {
			c := connect(t, key)
			if err := c.wechat.Verify(t.Context()); err != nil {
				t.Fatal(err)
			}
			reply, err := c.wechat.Follow(t.Context(), follower, "")
			if err != nil || !strings.Contains(reply.Text, "Welcome to Corner 24") {
				t.Errorf("followed: %q, %v", reply.Text, err)
			}
			reply, err = c.wechat.Say(t.Context(), follower, "你们几点营业？")
			if err != nil || !strings.Contains(reply.Text, "day and night") || reply.Attempts != 1 {
				t.Errorf("asked: %q after %d attempts, %v", reply.Text, reply.Attempts, err)
			}
			c.replyByHand()
			c.member.submit("/settings/channels/wechat/test", nil)
			if !strings.Contains(c.member.page("/settings/channels/wechat"), "connected") {
				t.Error("the console does not say that the connection works")
			}
		})
	}
}

// replyByHand answers in the console; WeChat's API gets it, once.
func (c *connected) replyByHand() {
	c.t.Helper()
	conversation := c.member.find("/inbox", `href="/console/corner(/inbox/c/[^"]+)"`)
	key := c.member.find(conversation, `name="key" value="([^"]+)"`)
	for range 2 { // an impatient finger
		c.member.submit(conversation+"/reply", url.Values{"key": {key}, "text": {"Come by at six."}})
	}
	eventually(c.t, "the answer to reach WeChat", func() bool { return len(c.wechat.Delivered()) > 0 })
	sent := c.wechat.Delivered()
	if len(sent) != 1 || sent[0].To != follower || sent[0].Content["content"] != "Come by at six." {
		c.t.Errorf("WeChat was given %v", sent)
	}
}

// push is one text message as WeChat posts it, in plain mode.
func (c *connected) push(ctx context.Context, id, text string, sign func(url.Values)) (*http.Request, error) {
	now, nonce := strconv.FormatInt(time.Now().Unix(), 10), util.RandomStr(10)
	query := url.Values{"timestamp": {now}, "nonce": {nonce}, "openid": {follower},
		"signature": {util.Signature(token, now, nonce)}}
	if sign != nil {
		sign(query)
	}
	body := "<xml><ToUserName><![CDATA[" + c.app.OriginalID + "]]></ToUserName><FromUserName><![CDATA[" + follower +
		"]]></FromUserName><CreateTime>" + now + "</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[" + text +
		"]]></Content><MsgId>" + id + "</MsgId></xml>"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.app.Webhook+"?"+query.Encode(), strings.NewReader(body))
	if err == nil {
		request.Header.Set("Content-Type", "text/xml")
	}
	return request, err
}

// post pushes and gives status and body.
func (c *connected) post(id, text string, sign func(url.Values)) (int, string) {
	c.t.Helper()
	status, body, err := c.try(id, text, sign)
	if err != nil {
		c.t.Fatal(err)
	}
	return status, body
}

// try is post for a server that may be gone.
func (c *connected) try(id, text string, sign func(url.Values)) (int, string, error) {
	request, err := c.push(c.t.Context(), id, text, sign)
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// words are a reply without the second in which it was put into its envelope.
func words(reply string) string { return envelope.ReplaceAllString(reply, "") }

var envelope = regexp.MustCompile(`<CreateTime>\d+</CreateTime>`)

func TestWeChatsRetryGetsTheSameAnswerAndOthersGetNone(t *testing.T) {
	c := connect(t, "")
	status, first := c.post("24817263548194", "hours", nil)
	if status != http.StatusOK || !strings.Contains(first, "day and night") {
		t.Fatalf("status %d: %s", status, first)
	}
	if status, again := c.post("24817263548194", "hours", nil); status != http.StatusOK || words(again) != words(first) {
		t.Errorf("a retry is answered with %d: %s", status, again)
	}
	forged := func(query url.Values) {
		query.Set("signature", util.Signature("another", query.Get("timestamp"), query.Get("nonce")))
	}
	if status, _ := c.post("24817263548195", "hours", forged); status != http.StatusUnauthorized && status != http.StatusForbidden {
		t.Errorf("a forged message is answered with %d", status)
	}
	stale := func(query url.Values) {
		at := strconv.FormatInt(time.Now().Add(-24*time.Hour).Unix(), 10)
		query.Set("timestamp", at)
		query.Set("signature", util.Signature(token, at, query.Get("nonce")))
	}
	if status, _ := c.post("24817263548196", "hours", stale); status != http.StatusUnauthorized && status != http.StatusForbidden {
		t.Errorf("a message of yesterday is answered with %d", status)
	}
	if status, _ := c.post("24817263548197", strings.Repeat("长", 400<<10), nil); status != http.StatusRequestEntityTooLarge {
		t.Errorf("an oversized message is answered with %d", status)
	}
	conversation := c.member.find("/inbox", `href="/console/corner(/inbox/c/[^"]+)"`)
	if heard := strings.Count(c.member.page(conversation), ">hours<"); heard != 1 {
		t.Errorf("the thread shows the message %d times", heard)
	}
}

// TestWhatWasAnsweredSurvivesAKill kills the process while messages come in from
// all sides: each one that was answered is there afterwards, and WeChat's retry
// of it gets the answer that was given before.
func TestWhatWasAnsweredSurvivesAKill(t *testing.T) {
	c := connect(t, "")
	const callers, enough = 16, 100
	var mu sync.Mutex
	answers := map[string]string{}
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for i := 0; ; i++ {
				id := strconv.Itoa(24817263000000 + caller*100000 + i)
				status, answer, err := c.try(id, "hours", nil)
				if err != nil {
					return // the line is dead
				}
				if status != http.StatusOK {
					t.Errorf("message %s is answered with %d", id, status)
				}
				mu.Lock()
				answers[id] = answer
				mu.Unlock()
			}
		})
	}
	eventually(t, "many answers", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(answers) >= enough
	})
	c.process.kill()
	group.Wait()

	c.process = start(t, "demo", c.data)
	c.app.Webhook = c.process.base + "/webhooks/wechat/corner"
	for id, first := range answers {
		if status, again := c.post(id, "hours", nil); status != http.StatusOK || words(again) != words(first) {
			t.Fatalf("message %s was answered with\n%s\nand is now, with status %d,\n%s", id, first, status, again)
		}
	}
	if code := c.process.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	f := openFolder(t, filepath.Join(c.data, "demo"))
	defer f.close()
	if kept := f.heard("wechat", follower, "hours"); kept < len(answers) || kept > len(answers)+callers {
		t.Errorf("%d messages were answered and %d are kept", len(answers), kept)
	}
}

// TestStoppingAnswersTheWebhooksUnderWay sends messages halfway, asks the
// process to stop, and then sends the other halves.
func TestStoppingAnswersTheWebhooksUnderWay(t *testing.T) {
	c := connect(t, "")
	const calls = 20
	var halves []half
	for i := range calls {
		halves = append(halves, c.halfway(strconv.Itoa(24817263549000+i), "hours"))
	}
	// An answered call shows that the halves before it have been taken, too:
	// connections are accepted in order.
	c.post("24817263549999", "hours", nil)
	stopping := make(chan int, 1)
	go func() { stopping <- c.process.stop() }()
	eventually(t, "no more calls to be taken", func() bool { return c.process.get("/healthz") == 0 })
	for i, call := range halves {
		if status, body := call.finish(t); status != http.StatusOK || !strings.Contains(body, "day and night") {
			t.Errorf("call %d is answered with %d: %s", i, status, body)
		}
	}
	if code := <-stopping; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// half is a call of which the first half was sent.
type half struct {
	connection net.Conn
	rest       string
}

func (c *connected) halfway(id, text string) half {
	c.t.Helper()
	request, err := c.push(c.t.Context(), id, text, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	var whole strings.Builder
	if err := request.Write(&whole); err != nil {
		c.t.Fatal(err)
	}
	connection, err := net.Dial("tcp", request.URL.Host)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = connection.Close() })
	cut := strings.Index(whole.String(), "<MsgType>")
	if _, err := io.WriteString(connection, whole.String()[:cut]); err != nil {
		c.t.Fatal(err)
	}
	return half{connection, whole.String()[cut:]}
}

func (h half) finish(t *testing.T) (int, string) {
	t.Helper()
	if _, err := io.WriteString(h.connection, h.rest); err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(h.connection)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	status, _ := strconv.Atoi(strings.Fields(head + " 0 0")[1])
	return status, body
}
