package kakao

import (
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"plaza/message"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	testSecret = "0123456789abcdef0123"
	testBot    = "5d1f0a2b3c4d5e6f70819203"
	testKey    = "0123456789abcdef0123456789abcdef"
)

var testNow = time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)

// spoken is what Texts says, from the product's own translations.
type spoken map[string]map[string]string

func (s spoken) Text(language, key string, _ ...any) string { return s[key][language] }

func loadTexts(t testing.TB) spoken {
	t.Helper()
	var texts spoken
	for _, file := range []string{"kakao", "alimtalk"} {
		content, err := os.ReadFile("../../templates/translations/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &texts); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

func testChannel(t testing.TB, change ...func(*Options)) *Channel {
	o := Options{
		PublicURL: "https://shop.example", Texts: loadTexts(t),
		QRPicture: func(link string) string { return "https://shop.example/code.png?u=" + url.QueryEscape(link) },
		Now:       func() time.Time { return testNow },
	}
	for _, f := range change {
		f(&o)
	}
	return New(o)
}

func credentials(change ...func(*Credentials)) []byte {
	c := Credentials{Secret: testSecret, BotID: testBot}
	for _, f := range change {
		f(&c)
	}
	encoded, err := c.Encode()
	if err != nil {
		panic(err)
	}
	return encoded
}

// skill is a call of the skill as Kakao makes it.
func skill(body string) message.Request {
	return message.Request{Method: "POST", At: testNow, Body: []byte(body), Query: url.Values{},
		Header: map[string][]string{SecretHeader: {testSecret}, "X-Request-Id": {"req-1"}, "Content-Type": {"application/json"}}}
}

const hello = `{"intent":{"id":"b1","name":"폴백 블록"},"userRequest":{"timezone":"Asia/Seoul","params":{},"block":{"id":"b1","name":"폴백 블록"},` +
	`"utterance":"안녕하세요\n","lang":"ko","user":{"id":"u1","type":"botUserKey","properties":{"plusfriendUserKey":"p1","isFriend":true}}},` +
	`"contexts":[],"bot":{"id":"` + testBot + `","name":"가게"},"action":{"name":"plaza","clientExtra":null,"params":{},"id":"a1","detailParams":{}}}`

// golden compares with a file, or writes it under -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s\n got: %s\nwant: %s", path, got, want)
	}
}

func indented(t testing.TB, value any) []byte {
	t.Helper()
	if raw, ok := value.([]byte); ok {
		value = json.RawMessage(raw)
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}
