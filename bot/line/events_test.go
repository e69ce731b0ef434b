package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/webhook"

	"plaza/bot/line/linetest"
	"plaza/fault"
	"plaza/message"
)

const common = `"mode":"active","timestamp":1462629479859,"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR","deliveryContext":{"isRedelivery":false},`
const fromUser = common + `"replyToken":"nHuyWiB7yP5Zw52FIkcQobQuGDXCTA","source":{"type":"user","userId":"U4af4980629aaaaaaaaaaaaaaaaaaaaaa"}`
const fromGroup = common + `"replyToken":"nHuyWiB7yP5Zw52FIkcQobQuGDXCTA","source":{"type":"group","groupId":"Ca56f94637caaaaaaaaaaaaaaaaaaaaaa","userId":"U4af4980629aaaaaaaaaaaaaaaaaaaaaa"}`
const ofAccount = common + `"source":{"type":"group","groupId":"Ca56f94637caaaaaaaaaaaaaaaaaaaaaa"}`

// samples are events of every type, shaped as the platform documents them.
var samples = map[string]string{
	"text":             `{"type":"message",` + fromUser + `,"message":{"id":"444573844083572737","type":"text","quoteToken":"q3Plxr4AgKd","markAsReadToken":"30yhdy232","text":"Hello \ud83c\udf4e (love)","emojis":[{"index":9,"length":6,"productId":"5ac1bfd5040ab15980c9b435","emojiId":"001"}]}}`,
	"text-quote":       `{"type":"message",` + fromUser + `,"message":{"id":"468789577898262530","quotedMessageId":"468789532432007169","quoteToken":"q3Plxr4AgKd","type":"text","text":"Chicken, please."}}`,
	"text-group":       `{"type":"message",` + fromGroup + `,"message":{"id":"444573844083572738","type":"text","quoteToken":"q","text":"what's for lunch?"}}`,
	"text-mention":     `{"type":"message",` + fromGroup + `,"message":{"id":"444573844083572739","type":"text","quoteToken":"q","text":"@All @bot Good Morning!!","mention":{"mentionees":[{"index":0,"length":4,"type":"all"},{"index":5,"length":4,"userId":"U49585cd0d5aaaaaaaaaaaaaaaaaaaaaa","type":"user","isSelf":true}]}}}`,
	"text-standby":     `{"type":"message",` + strings.Replace(fromUser, "active", "standby", 1) + `,"message":{"id":"444573844083572740","type":"text","quoteToken":"q","text":"for the other one"}}`,
	"text-redelivered": `{"type":"message",` + strings.Replace(fromUser, "false", "true", 1) + `,"message":{"id":"444573844083572737","type":"text","quoteToken":"q","text":"Hello"}}`,
	"image":            `{"type":"message",` + fromUser + `,"message":{"type":"image","id":"354718705033693859","quoteToken":"q3","contentProvider":{"type":"line"},"imageSet":{"id":"E005D41A7288F41B65593ED38FF6E9834B046AB36A37921A56BC236F13A91855","index":1,"total":2}}}`,
	"image-external":   `{"type":"message",` + fromUser + `,"message":{"type":"image","id":"354718705033693860","quoteToken":"q3","contentProvider":{"type":"external","originalContentUrl":"https://example.com/a.jpg","previewImageUrl":"https://example.com/p.jpg"}}}`,
	"video":            `{"type":"message",` + fromUser + `,"message":{"id":"325708","type":"video","quoteToken":"yHAz4Ua2wx7","duration":60000,"contentProvider":{"type":"line"}}}`,
	"audio":            `{"type":"message",` + fromUser + `,"message":{"id":"325709","type":"audio","duration":1234,"contentProvider":{"type":"line"}}}`,
	"file":             `{"type":"message",` + fromUser + `,"message":{"id":"325710","type":"file","fileName":"file.txt","fileSize":2138}}`,
	"location":         `{"type":"message",` + fromUser + `,"message":{"id":"325711","type":"location","title":"my location","address":"1-3 Kioicho","latitude":35.67966,"longitude":139.73669}}`,
	"sticker":          `{"type":"message",` + fromUser + `,"message":{"type":"sticker","id":"1501597916","quoteToken":"q3","stickerId":"52002738","packageId":"11537","stickerResourceType":"ANIMATION","keywords":["cony","sally"],"text":"Let's \nhang out!"}}`,
	"unknown-message":  `{"type":"message",` + fromUser + `,"message":{"type":"hologram","id":"1501597917","shape":{"sides":[3,4]}}}`,
	"unsend":           `{"type":"unsend",` + fromUser + `,"unsend":{"messageId":"325708"}}`,
	"follow":           `{"type":"follow",` + fromUser + `,"follow":{"isUnblocked":false}}`,
	"follow-again":     `{"type":"follow",` + fromUser + `,"follow":{"isUnblocked":true}}`,
	"unfollow":         `{"type":"unfollow",` + fromUser + `}`,
	"join":             `{"type":"join",` + ofAccount + `,"replyToken":"t"}`,
	"leave":            `{"type":"leave",` + ofAccount + `}`,
	"member-joined":    `{"type":"memberJoined",` + ofAccount + `,"replyToken":"t","joined":{"members":[{"type":"user","userId":"U4af4980629aaaaaaaaaaaaaaaaaaaaaa"}]}}`,
	"member-left":      `{"type":"memberLeft",` + ofAccount + `,"left":{"members":[{"type":"user","userId":"U4af4980629aaaaaaaaaaaaaaaaaaaaaa"}]}}`,
	"postback":         `{"type":"postback",` + fromUser + `,"postback":{"data":"buy:1"}}`,
	"postback-date":    `{"type":"postback",` + fromUser + `,"postback":{"data":"when","params":{"datetime":"2017-12-25T01:00"}}}`,
	"postback-menu":    `{"type":"postback",` + fromUser + `,"postback":{"data":"tab","params":{"newRichMenuAliasId":"b","status":"SUCCESS"}}}`,
	"video-seen":       `{"type":"videoPlayComplete",` + fromUser + `,"videoPlayComplete":{"trackingId":"track-id"}}`,
	"beacon":           `{"type":"beacon",` + fromUser + `,"beacon":{"hwid":"d41d8cd98f","type":"enter","dm":"616263"}}`,
	"beacon-stay":      `{"type":"beacon",` + fromUser + `,"beacon":{"hwid":"d41d8cd98f","type":"stay"}}`,
	"account-link":     `{"type":"accountLink",` + fromUser + `,"link":{"result":"ok","nonce":"Z2Ey"}}`,
	"membership":       `{"type":"membership",` + fromUser + `,"membership":{"type":"joined","membershipId":3189}}`,
	"things":           `{"type":"things",` + fromUser + `,"things":{"type":"link","deviceId":"t2c449c9d1"}}`,
	"module":           `{"type":"module",` + common + `"module":{"type":"attached","botId":"U53387d54817aaaaaaaaaaaaaaaaaaaaaa","scopes":["message:send"]}}`,
	"activated":        `{"type":"activated",` + fromUser + `,"chatControl":{"expireAt":1462629479860}}`,
	"deactivated":      `{"type":"deactivated",` + fromUser + `}`,
	"suspended":        `{"type":"botSuspended",` + common + `"x":1}`,
	"resumed":          `{"type":"botResumed",` + common + `"x":1}`,
	"delivery":         `{"type":"delivery",` + common + `"delivery":{"data":"15034552939884E28681A7D668CEA94C147C716C0EC9DFE8B80B44EF3B57F6BD0602366BC3menu01"}}`,
	"unknown":          `{"type":"levitation",` + fromUser + `,"levitation":{"metres":[1,2.5],"$x.y":{"why":"because"},"on":true}}`,
	"unreadable":       `{"type":"message",` + fromUser + `,"message":{"type":"text","id":17,"text":["no","text"]}}`,
}

func body(events ...string) string {
	return `{"destination":"U0000000000000000000000000b07b07b","events":[` + strings.Join(events, ",") + `]}`
}

func receive(t testing.TB, events ...string) []message.Inbound {
	t.Helper()
	received, err := testChannel().Receive(testCredentials(), request(body(events...)))
	if err != nil {
		t.Fatal(err)
	}
	return received.Inbound
}

func TestEventsOfEveryTypeAreRead(t *testing.T) {
	t.Parallel()
	for name, sample := range samples {
		in := receive(t, sample)
		if len(in) != 1 {
			t.Fatalf("%s: %d messages", name, len(in))
		}
		golden(t, "testdata/events/"+name+".json", indented(t, struct {
			message.Inbound
			ReplyToken string
		}{in[0], in[0].ReplyToken}))
	}
}

// TestTheSDKReadsTheSame: LINE's own types are the other side.
func TestTheSDKReadsTheSame(t *testing.T) {
	t.Parallel()
	for name, sample := range samples {
		if name == "unreadable" {
			continue // the SDK fails on the whole call
		}
		in := receive(t, sample)[0]
		r := httptest.NewRequest("POST", "/", strings.NewReader(body(sample)))
		r.Header.Set("x-line-signature", linetest.Sign(testSecret, []byte(body(sample))))
		call, err := webhook.ParseRequest(testSecret, r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		theirs := call.Events[0]
		if unknown, ok := theirs.(webhook.UnknownEvent); ok {
			if in.Kind != message.Unknown || unknown.Type != in.Type {
				t.Errorf("%s: %+v", name, in)
			}
			continue
		}
		got := reflect.ValueOf(theirs)
		if at := got.FieldByName("Timestamp").Int(); in.At.UnixMilli() != at {
			t.Errorf("%s: at %v, want %v", name, in.At.UnixMilli(), at)
		}
		if token := got.FieldByName("ReplyToken"); token.IsValid() && in.ReplyToken != "" && token.String() != in.ReplyToken {
			t.Errorf("%s: token %q", name, in.ReplyToken)
		}
		if event, ok := theirs.(webhook.MessageEvent); ok {
			sameMessage(t, name, in, event)
		}
	}
}

func sameMessage(t *testing.T, name string, in message.Inbound, event webhook.MessageEvent) {
	t.Helper()
	want := message.Inbound{}
	switch m := event.Message.(type) {
	case webhook.TextMessageContent:
		want = message.Inbound{Key: m.Id, Text: m.Text}
	case webhook.ImageMessageContent:
		want = message.Inbound{Key: m.Id, MediaURL: m.ContentProvider.OriginalContentUrl}
		if want.MediaURL == "" {
			want.MediaID = m.Id
		}
	case webhook.VideoMessageContent:
		want = message.Inbound{Key: m.Id, MediaID: m.Id, MediaLength: int(m.Duration)}
	case webhook.AudioMessageContent:
		want = message.Inbound{Key: m.Id, MediaID: m.Id, MediaLength: int(m.Duration)}
	case webhook.FileMessageContent:
		want = message.Inbound{Key: m.Id, MediaID: m.Id, FileName: m.FileName, MediaSize: int64(m.FileSize)}
	case webhook.LocationMessageContent:
		want = message.Inbound{Key: m.Id, Text: m.Title + "\n" + m.Address, Latitude: m.Latitude, Longitude: m.Longitude}
	case webhook.StickerMessageContent:
		want = message.Inbound{Key: m.Id, Text: m.Text}
	default:
		return
	}
	got := message.Inbound{Key: in.Key, Text: in.Text, MediaID: in.MediaID, MediaURL: in.MediaURL, MediaLength: in.MediaLength,
		FileName: in.FileName, MediaSize: in.MediaSize, Latitude: in.Latitude, Longitude: in.Longitude}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: read %+v, the SDK %+v", name, got, want)
	}
}

func TestOneBadEventLosesNoOther(t *testing.T) {
	t.Parallel()
	in := receive(t, samples["unreadable"], `17`, `{}`, samples["follow"], samples["unknown"], samples["text"])
	var kinds []string
	for _, one := range in {
		kinds = append(kinds, string(one.Kind))
	}
	if got := strings.Join(kinds, " "); got != "unknown status status follow unknown text" {
		t.Errorf("read: %s", got)
	}
}

func TestACallWithoutEventsIsTheConnectionTest(t *testing.T) {
	t.Parallel()
	if in := receive(t); len(in) != 0 {
		t.Errorf("%+v", in)
	}
	response, rest, err := testChannel().Render(nil, message.Received{}, []message.Outbound{message.Text("hi")})
	if err != nil || response.Status != http.StatusOK || len(response.Body) != 0 || len(rest) != 1 {
		t.Errorf("%+v, %v, %v", response, rest, err)
	}
}

// TestSignaturesAreThoseOfLINE checks vectors that were computed with other
// programs, and LINE's own function on what we take.
func TestSignaturesAreThoseOfLINE(t *testing.T) {
	t.Parallel()
	for body, signature := range map[string]string{
		`{"destination":"U00000000000000000000000000000000","events":[]}`:                                                                     "2kBoHxgh5VtBwf8Xo0g7EZleXTRAUAlsOmhia5o/Mto=",
		`{"destination":"U00000000000000000000000000000000","events":[{"type":"message","message":{"type":"text","id":"1","text":"こんにちは"}}]}`: "QH+A0NUro8avptn5dyLhXDYV/Vk49ndhKX2NRGu0j58=",
	} {
		if !signed("test-channel-secret", []string{signature}, []byte(body)) || !webhook.ValidateSignature("test-channel-secret", signature, []byte(body)) {
			t.Errorf("%s is refused", signature)
		}
	}
}

func TestWhatIsNotFromLINEIsRefused(t *testing.T) {
	t.Parallel()
	good := request(body(samples["text"]))
	altered := func(change func(*message.Request)) message.Request {
		r := request(body(samples["text"]))
		change(&r)
		return r
	}
	for name, test := range map[string]struct {
		r    message.Request
		want *fault.Error
	}{
		"get":          {altered(func(r *message.Request) { r.Method = "GET" }), ErrMethod},
		"no signature": {altered(func(r *message.Request) { r.Header = nil }), ErrSignature},
		"two": {altered(func(r *message.Request) {
			h := r.Header["X-Line-Signature"][0]
			r.Header["X-Line-Signature"] = []string{h, h}
		}), ErrSignature},
		"no base64":     {altered(func(r *message.Request) { r.Header["X-Line-Signature"] = []string{"%"} }), ErrSignature},
		"empty":         {altered(func(r *message.Request) { r.Header["X-Line-Signature"] = []string{""} }), ErrSignature},
		"other key":     {altered(func(r *message.Request) { r.Header["X-Line-Signature"] = []string{linetest.Sign("x", r.Body)} }), ErrSignature},
		"one more byte": {altered(func(r *message.Request) { r.Body = append(r.Body, ' ') }), ErrSignature},
		"too large":     {request(strings.Repeat(" ", MaxBody+1)), ErrTooLarge},
		"no JSON":       {request("<xml/>"), ErrMalformed},
		"a list":        {request("[]"), ErrMalformed},
		"too many":      {request(body(strings.Split(strings.Repeat("{},", maxEvents)+"{}", ",")...)), ErrMalformed},
	} {
		received, err := testChannel().Receive(testCredentials(), test.r)
		if !errors.Is(err, test.want) || len(received.Inbound) != 0 {
			t.Errorf("%s: %v, %d messages", name, err, len(received.Inbound))
		}
	}
	if _, err := testChannel().Receive([]byte(`{"channel_secret":"x"}`), good); !errors.Is(err, ErrSecret) {
		t.Errorf("bad credentials: %v", err)
	}
}

func TestSettingsAreCheckedFieldByField(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		c    Credentials
		want *fault.Error
	}{
		"token":      {Credentials{Secret: testSecret, Token: testToken}, nil},
		"id":         {Credentials{Secret: testSecret, ID: testID}, nil},
		"no secret":  {Credentials{Token: testToken}, ErrSecret},
		"no hex":     {Credentials{Secret: strings.Repeat("G", 32), Token: testToken}, ErrSecret},
		"half token": {Credentials{Secret: testSecret, Token: testToken[:20]}, ErrToken},
		"two lines":  {Credentials{Secret: testSecret, Token: testToken + "\n" + testToken}, ErrToken},
		"id letters": {Credentials{Secret: testSecret, ID: "@corner"}, ErrChannelID},
		"neither":    {Credentials{Secret: testSecret}, ErrNoToken},
	} {
		err := testChannel().Validate(encoded(test.c))
		if test.want == nil && err != nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := testChannel().Validate([]byte(`{"channel_secret":7}`)); !errors.Is(err, message.ErrCredentials) {
		t.Errorf("no text: %v", err)
	}
}

func FuzzReceive(f *testing.F) {
	for _, sample := range samples {
		f.Add(body(sample))
	}
	f.Add(body(samples["text"], samples["follow"], `{"message":null}`))
	f.Add(body())
	channel, credentials := testChannel(), testCredentials()
	f.Fuzz(func(t *testing.T, body string) {
		received, err := channel.Receive(credentials, request(body))
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		for _, in := range received.Inbound {
			if err := sound(in); err != nil {
				t.Fatalf("%v: %+v", err, in)
			}
		}
		forged := request(body)
		forged.Header["X-Line-Signature"] = []string{linetest.Sign("another secret", []byte(body))}
		if _, err := channel.Receive(credentials, forged); !errors.Is(err, ErrSignature) && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("forged: %v", err)
		}
	})
}

// sound is what holds for everything that was taken.
func sound(in message.Inbound) error {
	switch {
	case !validID(in.User), in.Key == "", len(in.Key) > maxKey, in.Kind == "", in.Channel != Name, in.At.IsZero():
		return errors.New("not identified")
	case in.At.After(time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)):
		return errors.New("from the far future")
	case !(in.Latitude >= -90 && in.Latitude <= 90 && in.Longitude >= -180 && in.Longitude <= 180):
		return errors.New("no place on earth")
	case len(in.Fields) > maxFields || len(in.ReplyToken) > maxReplyToken || in.MediaSize < 0 || in.MediaLength < 0:
		return errors.New("out of bounds")
	}
	for name, value := range in.Fields {
		if name == "" || strings.ContainsAny(name, "$\x00") || len(value) > maxField || value == "" {
			return fmt.Errorf("field %q", name)
		}
	}
	_, err := json.Marshal(in)
	return err
}
