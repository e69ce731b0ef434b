package wechat

import (
	"bytes"
	"encoding/xml"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	other "github.com/silenceper/wechat/v2/officialaccount/message"

	"plaza/fault"
	"plaza/message"
)

func inboundFiles(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("testdata/inbound/*.xml")
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	files := make(map[string]string, len(paths))
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimSuffix(path, ".xml")] = string(content)
	}
	return files
}

func TestEveryMessageAndEventIsUnderstood(t *testing.T) {
	t.Parallel()
	channel := testChannel()
	for path, document := range inboundFiles(t) {
		received, err := channel.Receive(plainCredentials(), plainPush(document))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		golden(t, path+".json", indented(t, received.Inbound[0]))
		sealed, err := channel.Receive(sealedCredentials(), sealedPush(t, document, testAppID, testKey))
		if err != nil {
			t.Errorf("%s, encrypted: %v", path, err)
			continue
		}
		if got, want := indented(t, sealed.Inbound[0]), indented(t, received.Inbound[0]); !bytes.Equal(got, want) {
			t.Errorf("%s reads differently when encrypted: %s", path, got)
		}
	}
}

// What the other side's structs find in a document is what we find.
func TestTheOtherSideReadsTheSame(t *testing.T) {
	t.Parallel()
	for path, document := range inboundFiles(t) {
		received, err := testChannel().Receive(plainCredentials(), plainPush(document))
		if err != nil {
			t.Fatal(err)
		}
		in := received.Inbound[0]
		var theirs other.MixMessage
		if strings.HasSuffix(path, "text-menu-tap") {
			document = strings.Replace(document, "buy:01JGFJJZ00", "17", 1) // they take numbers only
		}
		if err := xml.Unmarshal([]byte(document), &theirs); err != nil {
			t.Errorf("%s: they can't read it: %v", path, err)
			continue
		}
		theirType := string(theirs.MsgType)
		if theirType == "event" {
			theirType += "/" + string(theirs.Event)
		}
		if in.User != string(theirs.FromUserName) || in.At.Unix() != theirs.CreateTime || in.Type != theirType {
			t.Errorf("%s: we have %s %v %s, they %s %d %s", path, in.User, in.At, in.Type, theirs.FromUserName, theirs.CreateTime, theirType)
		}
		if in.MediaID != theirs.MediaID || theirs.Content != "" && in.Text != theirs.Content {
			t.Errorf("%s: we have %q %q, they %q %q", path, in.MediaID, in.Text, theirs.MediaID, theirs.Content)
		}
		for ours, want := range map[string]string{
			in.Fields["SendLocationInfo.Poiname"]:              theirs.SendLocationInfo.Poiname,
			in.Fields["ScanCodeInfo.ScanType"]:                 theirs.ScanCodeInfo.ScanType,
			in.Fields["Status"]:                                theirs.Status,
			in.Fields["PublishEventInfo.article_id"]:           theirs.PublishEventInfo.ArticleID,
			in.Fields["SendPicsInfo.PicList.item#2.PicMd5Sum"]: secondPicture(theirs),
		} {
			if ours != want {
				t.Errorf("%s: we have %q, they %q", path, ours, want)
			}
		}
	}
}

func secondPicture(m other.MixMessage) string {
	if list := m.SendPicsInfo.PicList; len(list) > 1 {
		return list[1].PicMd5Sum
	}
	return ""
}

func TestPushesTheOtherSideWritesAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"你好", "a]]>b", "", "😀<xml>&amp;"} {
		theirs := other.NewText(text)
		theirs.SetToUserName("gh_7f083739789a")
		theirs.SetFromUserName("oUser")
		theirs.SetCreateTime(testNow.Unix())
		theirs.SetMsgType(other.MsgTypeText)
		document, err := xml.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		received, err := testChannel().Receive(plainCredentials(), plainPush(string(document)))
		if err != nil || received.Inbound[0].Text != text || received.Inbound[0].User != "oUser" {
			t.Errorf("%q: %+v, %v", text, received.Inbound, err)
		}
	}
}

func TestInCompatibleModeOnlyTheEncryptedPartCounts(t *testing.T) {
	t.Parallel()
	request := sealedPush(t, textPush("what was written"), testAppID, testKey)
	clear := "<Content><![CDATA[what somebody put there]]></Content><FromUserName>oOther</FromUserName>"
	request.Body = bytes.Replace(request.Body, []byte("<xml>"), []byte("<xml>"+clear), 1)
	received, err := testChannel().Receive(sealedCredentials(), request)
	if err != nil || received.Inbound[0].Text != "what was written" || received.Inbound[0].User == "oOther" {
		t.Errorf("%+v, %v", received.Inbound, err)
	}
}

func TestEventKeysTellEventsApartAndRetriesTogether(t *testing.T) {
	t.Parallel()
	key := func(change ...string) string {
		document := strings.NewReplacer(change...).Replace(followPush)
		received, err := testChannel().Receive(plainCredentials(), plainPush(document))
		if err != nil {
			t.Fatal(err)
		}
		return received.Inbound[0].Key
	}
	first := key()
	if key() != first {
		t.Error("a retry has another key")
	}
	long := strings.Repeat("k", 1000)
	seen := map[string]bool{first: true}
	for name, other := range map[string]string{
		"time":  key("1767225600", "1767225601"),
		"event": key("subscribe", "unsubscribe"),
		"key":   key("<EventKey><![CDATA[", "<EventKey><![CDATA[x"),
		"job":   key("</xml>", "<MsgID>5</MsgID></xml>"),
		"long":  key("<EventKey><![CDATA[", "<EventKey><![CDATA["+long),
		"long2": key("<EventKey><![CDATA[", "<EventKey><![CDATA[x"+long),
	} {
		if seen[other] || len(other) > 2*maxKey {
			t.Errorf("another %s has the key %q", name, other)
		}
		seen[other] = true
	}
}

func TestBadWebhooksAreRefusedClearly(t *testing.T) {
	t.Parallel()
	with := func(r message.Request, key, value string) message.Request {
		query := url.Values{}
		for k, v := range r.Query {
			query[k] = v
		}
		query.Set(key, value)
		r.Query = query
		return r
	}
	good, sealed := plainPush(textPush("hi")), sealedPush(t, textPush("hi"), testAppID, testKey)
	late, early, put, charset := good, good, good, good
	late.At, early.At = testNow.Add(11*time.Minute), testNow.Add(-11*time.Minute)
	put.Method = "PUT"
	charset.Header = map[string][]string{"Content-Type": {"text/xml; charset=GBK"}}
	sealedLate := sealed
	sealedLate.At = testNow.Add(time.Hour)
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>` + textPush("&b;")
	for name, test := range map[string]struct {
		request     message.Request
		credentials []byte
		want        error
	}{
		"no such method":            {put, plainCredentials(), ErrMethod},
		"oversized":                 {plainPush(textPush(strings.Repeat("x", MaxBody))), plainCredentials(), ErrTooLarge},
		"half sent":                 {plainPush(textPush("hi")[:150]), plainCredentials(), ErrMalformed},
		"empty":                     {plainPush(""), plainCredentials(), ErrMalformed},
		"JSON":                      {plainPush(`{"MsgType":"text"}`), plainCredentials(), ErrMalformed},
		"another root":              {plainPush("<html/>"), plainCredentials(), ErrMalformed},
		"no sender":                 {plainPush("<xml><MsgType>text</MsgType></xml>"), plainCredentials(), ErrMissingSender},
		"endless sender":            {plainPush(strings.Replace(textPush(""), "oia2", strings.Repeat("o", 200), 1)), plainCredentials(), ErrMalformed},
		"wrong signature":           {with(good, "signature", strings.Repeat("0", 40)), plainCredentials(), ErrSignature},
		"no signature":              {with(good, "signature", ""), plainCredentials(), ErrSignature},
		"other nonce":               {with(good, "nonce", "1"), plainCredentials(), ErrSignature},
		"replayed later":            {late, plainCredentials(), ErrTimestamp},
		"from the future":           {early, plainCredentials(), ErrFuture},
		"charset in the header":     {charset, plainCredentials(), ErrCharset},
		"charset in the XML":        {plainPush(`<?xml version="1.0" encoding="GBK"?>` + textPush("hi")), plainCredentials(), ErrCharset},
		"GBK bytes":                 {plainPush(textPush("\xc4\xe3\xba\xc3")), plainCredentials(), ErrCharset},
		"entity bomb":               {plainPush(bomb), plainCredentials(), ErrMalformed},
		"external entity":           {plainPush(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + textPush("hi")), plainCredentials(), ErrMalformed},
		"deep nesting":              {plainPush("<xml>" + strings.Repeat("<a>", 5000)), plainCredentials(), ErrMalformed},
		"very many elements":        {plainPush("<xml>" + strings.Repeat("<a/>", 5000) + "</xml>"), plainCredentials(), ErrMalformed},
		"plain though key is set":   {good, sealedCredentials(), ErrNotEncrypted},
		"encrypted without key":     {sealed, plainCredentials(), ErrNoKey},
		"wrong message signature":   {with(sealed, "msg_signature", strings.Repeat("0", 40)), sealedCredentials(), ErrSignature},
		"plain signature for it":    {with(sealed, "msg_signature", sealed.Query.Get("signature")), sealedCredentials(), ErrSignature},
		"only one signature right":  {with(sealed, "signature", strings.Repeat("0", 40)), sealedCredentials(), ErrSignature},
		"encrypted, replayed":       {sealedLate, sealedCredentials(), ErrTimestamp},
		"nothing encrypted":         {with(good, "encrypt_type", "aes"), sealedCredentials(), ErrMalformed},
		"for another app":           {sealedPush(t, textPush("hi"), "wxffffffffffffffff", testKey), sealedCredentials(), ErrDecrypt},
		"with another key":          {sealedPush(t, textPush("hi"), testAppID, testOtherKey), sealedCredentials(), ErrDecrypt},
		"for another account":       {good, plainCredentials(func(c *Credentials) { c.OriginalID = "gh_000000000000" }), ErrOtherAccount},
		"unreadable credentials":    {good, []byte("{"), message.ErrCredentials},
		"verification without echo": {message.Request{Method: "GET", At: testNow, Query: good.Query}, plainCredentials(), ErrMalformed},
		"verification, unsigned":    {message.Request{Method: "GET", At: testNow, Query: url.Values{"echostr": {"x"}}}, plainCredentials(), ErrSignature},
	} {
		received, err := testChannel().Receive(test.credentials, test.request)
		if !errors.Is(err, test.want) || len(received.Inbound) > 0 || received.Echo != "" {
			t.Errorf("%s: %+v, %v; want %v", name, received, err, test.want)
		}
	}
}

func TestAMessageOfExactlyTheLimitIsTaken(t *testing.T) {
	t.Parallel()
	body := textPush(strings.Repeat("x", MaxBody-len(textPush(""))))
	received, err := testChannel().Receive(plainCredentials(), plainPush(body))
	if err != nil || len(body) != MaxBody || len(received.Inbound[0].Text) < MaxBody/2 {
		t.Errorf("%d bytes: %v", len(body), err)
	}
}

func TestCredentialsSayWhichFieldIsWrong(t *testing.T) {
	t.Parallel()
	good := Credentials{AppID: testAppID, Secret: strings.Repeat("s", 32), Token: "token1", EncodingAESKey: testKey, PreviousAESKey: testOtherKey, OriginalID: "gh_7f083739789a"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*Credentials){
		"app_id":           func(c *Credentials) { c.AppID = "wx1" },
		"secret":           func(c *Credentials) { c.Secret = "short" },
		"token":            func(c *Credentials) { c.Token = "with space" },
		"encoding_aes_key": func(c *Credentials) { c.EncodingAESKey = testKey + "=" },
		"previous_aes_key": func(c *Credentials) { c.PreviousAESKey = testKey[1:] },
		"original_id":      func(c *Credentials) { c.OriginalID = "corner" },
	} {
		bad := good
		change(&bad)
		err := bad.Check()
		if err == nil || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: %v", field, err)
		}
		encoded, _ := bad.Encode()
		if _, err := testChannel().Receive(encoded, plainPush(textPush("hi"))); err == nil {
			t.Errorf("%s: used all the same", field)
		}
	}
}

func TestAPlaceOffTheEarthIsNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"31.2": 31.2, " -90 ": -90, "90.1": 0, "-1e300": 0, "NaN": 0, "Inf": 0, "": 0, "north": 0} {
		push := strings.Replace(textPush("here"), "</xml>", "<Location_X>"+text+"</Location_X></xml>", 1)
		received, err := testChannel().Receive(plainCredentials(), plainPush(push))
		if err != nil || received.Inbound[0].Latitude != want {
			t.Errorf("%q: %v, %v", text, received.Inbound[0].Latitude, err)
		}
	}
}

func TestARefusedTimeSaysHowFarTheClockIsOff(t *testing.T) {
	t.Parallel()
	for off, want := range map[time.Duration]*fault.Error{17 * time.Minute: ErrTimestamp, -90 * time.Minute: ErrFuture} {
		push := plainPush(textPush("hi"))
		push.At = testNow.Add(off)
		_, err := testChannel().Receive(plainCredentials(), push)
		told, ok := errors.AsType[*fault.Error](err)
		if !ok || told.Code != want.Code || len(told.Args) != 1 || told.Args[0] != int64(off.Abs().Minutes()) {
			t.Errorf("%v off: %v %v", off, err, told)
		}
	}
}
