package telegram_test

import (
	"net/url"
	"testing"
	"time"

	tg "github.com/go-telegram/bot"

	"plaza/bot/telegram"
	"plaza/bot/telegram/telegramtest"
)

const pageToken = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

func pageChannel(at time.Time) (*telegram.Channel, []byte) {
	credentials, err := telegram.Credentials{BotToken: pageToken}.Encode()
	if err != nil {
		panic(err)
	}
	return telegram.New(telegram.Options{PublicURL: "https://shop.example", Now: func() time.Time { return at }}), credentials
}

// TestAStatementIsWhatTelegramsLibraryTakesForOne: the library checks by code of
// its own what the stand-in signs and the channel believes.
func TestAStatementIsWhatTelegramsLibraryTakesForOne(t *testing.T) {
	t.Parallel()
	at := time.Unix(1767225605, 0)
	channel, credentials := pageChannel(at)
	statement := telegramtest.Statement(pageToken, 279058397, at)
	fields, err := url.ParseQuery(statement)
	if err != nil {
		t.Fatal(err)
	}
	theirs, ok := tg.ValidateWebappRequest(fields, pageToken)
	ours, err := channel.Vouch(credentials, statement)
	if !ok || err != nil || theirs.ID != 279058397 || ours.User != "279058397" || ours.Name != "Ann" || ours.Once == "" || !ours.Until.After(at) {
		t.Errorf("the library: %v %+v; the channel: %v %+v", ok, theirs, err, ours)
	}
}

func FuzzNobodyIsVouchedForWithoutTheTokensHash(f *testing.F) {
	at := time.Unix(1767225605, 0)
	channel, credentials := pageChannel(at)
	good := telegramtest.Statement(pageToken, 279058397, at)
	for _, seed := range []string{"", good, good + "&x=y", "hash=", "hash=00&user={}&auth_date=1767225605", "%zz", telegramtest.Statement(pageToken+"x", 1, at)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, statement string) {
		found, err := channel.Vouch(credentials, statement)
		if err != nil {
			return
		}
		fields, _ := url.ParseQuery(statement)
		if _, ok := tg.ValidateWebappRequest(fields, pageToken); !ok && found.User != "279058397" {
			t.Errorf("%q is believed: %+v", statement, found)
		}
	})
}
