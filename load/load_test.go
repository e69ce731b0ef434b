package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// TestMain lets the test binary play the roles that the program starts itself
// in.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && slices.Contains([]string{bareRole, hubRole, soakRole, ringRole}, os.Args[1]) {
		main()
		return
	}
	os.Exit(m.Run())
}

const (
	testToken  = "AAAAA"
	testKey    = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	testApp    = "wxb11529c136998cb6"
	testTarget = "http://127.0.0.1:1/webhooks/wechat/shop"
)

func TestOnlyThisMachineCanBeLoaded(t *testing.T) {
	t.Parallel()
	for target, allowed := range map[string]bool{
		"http://127.0.0.1:8080/webhooks/wechat/a": true,
		"http://[::1]:8080/":                      true,
		"http://localhost:8080/":                  true,
		"http://[::ffff:127.0.0.1]:8080/":         true,
		"http://192.0.2.1:8080/":                  false,
		"http://0.0.0.0:8080/":                    false,
		"http://[::ffff:192.0.2.1]:8080/":         false,
		"http://10.0.0.1:80/":                     false,
		"https://127.0.0.1:8080/":                 false,
		"http://127.0.0.1@192.0.2.1:80/":          false,
		"http://127.0.0.1/":                       false,
		"127.0.0.1:8080":                          false,
		"":                                        false,
	} {
		if _, err := parseTarget(t.Context(), target); (err == nil) != allowed {
			t.Errorf("%q: %v, want allowed %v", target, err, allowed)
		}
	}
	_, err := newDialer().DialContext(t.Context(), "tcp", "192.0.2.1:80")
	if err == nil || !strings.Contains(err.Error(), "not loopback") {
		t.Errorf("the socket was not refused: %v", err)
	}
}

func newTestSender(t *testing.T, target, key string) *sender {
	t.Helper()
	parsed, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSender(parsed, testToken, key, testApp, 10)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// textMessage is what WeChat's text message looks like to somebody else.
type textMessage struct {
	ToUserName, FromUserName, MsgType, Content, Encrypt string
	CreateTime, MsgId                                   int64
}

func receive(t *testing.T, raw []byte) (url.Values, textMessage) {
	t.Helper()
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var m textMessage
	if err := xml.NewDecoder(request.Body).Decode(&m); err != nil {
		t.Fatal(err)
	}
	return request.URL.Query(), m
}

func TestMessagesAreWhatWeChatSends(t *testing.T) {
	t.Parallel()
	// Published parameters: see the platform's page on URL verification.
	if got := sign("AAAAA", "1714036504", "1514711492"); got != "f464b24fc39322e44b38aa78f5edd27bd1441696" {
		t.Errorf("the published request is signed %s", got)
	}
	plain := newTestSender(t, testTarget, "")
	ids, users := make(map[int64]bool), make(map[string]bool)
	for range 30 {
		query, m := receive(t, plain.next())
		if query.Get("signature") != util.Signature(testToken, query.Get("timestamp"), query.Get("nonce")) {
			t.Fatal("bad signature")
		}
		if m.MsgType != "text" || m.Content == "" || m.FromUserName != query.Get("openid") {
			t.Fatalf("sent %+v", m)
		}
		ids[m.MsgId], users[m.FromUserName] = true, true
	}
	if len(ids) != 30 || len(users) != 10 {
		t.Errorf("%d ids of %d users, want 30 of 10", len(ids), len(users))
	}
}

func TestEncryptedMessagesCanBeReadByTheOtherSide(t *testing.T) {
	t.Parallel()
	s := newTestSender(t, testTarget, testKey)
	query, m := receive(t, s.next())
	want := util.Signature(testToken, query.Get("timestamp"), query.Get("nonce"), m.Encrypt)
	if query.Get("msg_signature") != want || query.Get("encrypt_type") != "aes" || m.Content != "" {
		t.Fatalf("sent %v, %+v", query, m)
	}
	_, clear, err := util.DecryptMsg(testApp, m.Encrypt, testKey)
	if err != nil || !strings.Contains(string(clear), query.Get("openid")) {
		t.Fatalf("decrypted %s, %v", clear, err)
	}
	for length := range 70 { // every kind of padding
		message := strings.Repeat("x", length+1)
		_, clear, err := util.DecryptMsg(testApp, encrypt(s.key, testApp, []byte(message)), testKey)
		if err != nil || string(clear) != message {
			t.Fatalf("%d bytes: decrypted %q, %v", length+1, clear, err)
		}
	}
	if _, err := newSender(nil, "", "short", "", 1); err == nil {
		t.Error("a key of the wrong length was taken")
	}
}

func TestAnOpenLoopSendsAsPlannedAndAClosedOneAsItCan(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(bareHandler(testToken))
	t.Cleanup(server.Close)
	s := newTestSender(t, server.URL+"/echo", testKey)
	closed, err := drive(t.Context(), s, 8, 100*time.Millisecond, atOnce)
	if err != nil || len(closed.latencies) == 0 || closed.empty != 0 || closed.rate() == 0 {
		t.Fatalf("closed loop: %d answers, %v", len(closed.latencies), err)
	}
	open, err := drive(t.Context(), s, 8, 200*time.Millisecond, evenly(500))
	if err != nil || len(open.latencies) != 100 {
		t.Fatalf("open loop: %d answers, want 100 as planned; %v", len(open.latencies), err)
	}
	if half, most := open.percentile(50), open.percentile(99); half <= 0 || most < half {
		t.Errorf("p50 %v, p99 %v", half, most)
	}
}

func TestAServerThatRefusesEndsTheRun(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(bareHandler("another token"))
	t.Cleanup(server.Close)
	s := newTestSender(t, server.URL+"/echo", "")
	if _, err := drive(t.Context(), s, 2, time.Minute, atOnce); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("got %v, want the refusal", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := drive(ctx, s, 2, time.Minute, atOnce); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the cancellation", err)
	}
}

func TestEmptyAnswersAreCountedAsSuch(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("success"))
	}))
	t.Cleanup(server.Close)
	got, err := drive(t.Context(), newTestSender(t, server.URL+"/", ""), 1, 30*time.Millisecond, atOnce)
	if err != nil || got.empty == 0 || got.empty != len(got.latencies) {
		t.Errorf("%d of %d empty, %v", got.empty, len(got.latencies), err)
	}
}

func TestScenariosRun(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(bareHandler("load"))
	t.Cleanup(server.Close)
	for want, args := range map[string][]string{
		"plaza answers ":       {"wechat", "-turn", "40ms", "-turns", "1", "-connections", "4", "-target", server.URL + "/x"},
		"AES mode":             {"wechat", "-turn", "40ms", "-turns", "1", "-connections", "4", "-aes-key", testKey},
		"40 WebSockets, 3 eve": {"live", "-connections", "40", "-events", "3"},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), args, &out); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v: %v\n%s", args, err, out.String())
		}
	}
}

func TestRunsAreBounded(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		nil, {"else"}, {"start"}, {"start", "-plaza", "x", "-times", "100"}, {"wechat", "-plaza", "x", "-target", "http://127.0.0.1:1/"}, {"wechat", "-turn", "1h"}, {"wechat", "-turns", "100"}, {"wechat", "-connections", "5000"},
		{"wechat", "-users", "0"}, {"live", "-connections", "1000000"}, {"live", "-events", "0"},
		{"wechat", "-target", "http://192.0.2.1:80/"}, {"wechat", "-aes-key", "short"},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), args, &out); err == nil {
			t.Errorf("%v was run", args)
		}
	}
}
