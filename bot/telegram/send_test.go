package telegram_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"plaza/bot/standin"
	"plaza/bot/telegram"
	"plaza/bot/telegram/telegramtest"
	"plaza/message"
)

// What Telegram answers, word for word, and what it means for the message.
func TestRefusalsAreUnderstood(t *testing.T) {
	for _, c := range []struct {
		status int
		answer string
		want   message.SendClass
		after  time.Duration
	}{
		{400, `"description":"Bad Request: chat not found"`, message.Gone, 0},
		{400, `"description":"Bad Request: message is too long"`, message.Permanent, 0},
		{400, `"description":"Bad Request: can't parse 'secret words'"`, message.Permanent, 0},
		{401, `"description":"Unauthorized"`, message.RetryLater, 10 * time.Minute},
		{403, `"description":"Forbidden: bot was blocked by the user"`, message.Gone, 0},
		{403, `"description":"Forbidden: user is deactivated"`, message.Gone, 0},
		{403, `"description":"Forbidden: bot can't initiate conversation with a user"`, message.WindowClosed, 0},
		{403, `"description":"Forbidden: bot can't send messages to bots"`, message.Permanent, 0},
		{404, `"description":"Not Found"`, message.RetryLater, 10 * time.Minute},
		{409, `"description":"Conflict: terminated by other getUpdates request"`, message.RetryLater, time.Minute},
		{429, `"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}`, message.RetryLater, 35 * time.Second},
		{500, `"description":"Internal Server Error"`, message.Uncertain, 0},
		{502, `<html>`, message.Uncertain, 0},
	} {
		err := sendTo(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(`{"ok":false,` + c.answer + `}`))
		})
		failed, ok := errors.AsType[*message.SendError](err)
		if !ok || failed.Class != c.want || failed.RetryAfter != c.after || failed.Text == "" {
			t.Errorf("%d %s\n means %v", c.status, c.answer, err)
			continue
		}
		if strings.Contains(err.Error(), "secret words") || strings.Contains(err.Error(), testToken) {
			t.Errorf("the log would tell: %v", err)
		}
	}
}

// sendTo sends a text by a server of the test's own.
func sendTo(t *testing.T, serve http.HandlerFunc) error {
	t.Helper()
	host := httptest.NewServer(serve)
	defer host.Close()
	c := telegram.New(telegram.Options{API: host.URL})
	return c.Send(t.Context(), credentials(t), person(ann), "key", message.Text("hello"))
}

func TestAChatThatHasMovedIsFollowed(t *testing.T) {
	var chats []string
	err := sendTo(t, func(w http.ResponseWriter, r *http.Request) {
		if chats = append(chats, r.FormValue("chat_id")); len(chats) == 1 {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-100777}}`))
			return
		}
		_, _ = w.Write([]byte(`{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":-100777,"type":"supergroup"}}}`))
	})
	if err != nil || !slices.Equal(chats, []string{"4711", "-100777"}) {
		t.Errorf("sent to %q, %v", chats, err)
	}
}

// A yes with details that the library can't read is still a yes.
func TestAYesIsAYesWhateverElseItSays(t *testing.T) {
	err := sendTo(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ok":true,"result":{"message_id":"seven","chat":[]}}`))
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWhatNeverLeftIsTriedAgainAndWhatMayHaveArrivedIsNot(t *testing.T) {
	s := newSide(t, telegramtest.Options{Troubles: troubles(standin.Cut, standin.Lost, standin.Throttle, standin.Fail)})
	for i, want := range []message.SendClass{message.Uncertain, message.Uncertain, message.RetryLater, message.Uncertain, ""} {
		if got := class(s.send(t, message.Text("hello"))); got != want {
			t.Errorf("call %d: %q, want %q", i+1, got, want)
		}
	}
	if got := len(s.platform.DeliveredTo(ann)); got != 2 {
		t.Errorf("%d arrived, want the lost one and the last", got)
	}
	nobody := telegram.New(telegram.Options{API: "http://127.0.0.1:1"})
	if got := class(nobody.Send(t.Context(), s.credentials, person(ann), "k", message.Text("x"))); got != message.RetryLater {
		t.Errorf("a refused connection is %q", got)
	}
}

func troubles(next ...standin.Trouble) *standin.Troubles {
	made := new(standin.Troubles)
	made.Set(next...)
	return made
}

// The stand-in counts what a person sees; an album is as many as its pictures.
func TestAMessageWeighsWhatTelegramCounts(t *testing.T) {
	picture := message.Card{Title: "one", Image: publicURL + "/pictures/own"}
	album := message.Outbound{Form: message.CardsForm, Cards: []message.Card{picture, picture, picture, picture}}
	eleven := message.Outbound{Form: message.CardsForm}
	for range 11 {
		eleven.Cards = append(eleven.Cards, picture)
	}
	for name, out := range map[string]message.Outbound{
		"text": message.Text("hello"), "long text": message.Text(strings.Repeat("line of some words 😀\n", 400)),
		"album": album, "eleven pictures": eleven, "picture": {Form: message.ImageForm, Image: publicURL + "/pictures/own", Text: "one"},
	} {
		s := newSide(t, telegramtest.Options{})
		if err := s.send(t, out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if weighs, seen := s.Weight(out), len(s.platform.DeliveredTo(ann)); weighs != seen {
			t.Errorf("%s weighs %d and %d messages arrived", name, weighs, seen)
		}
	}
}

// Once a part has arrived, nothing is repeated; a short wait for the rest is no
// repetition.
func TestALongMessageArrivesInPiecesOrIsUncertain(t *testing.T) {
	long := message.Choice(strings.Repeat("line of some words 😀\n", 400), message.Button{Label: "OK", Payload: "ok"})
	s := newSide(t, telegramtest.Options{Troubles: troubles(standin.None, standin.Throttle)})
	if err := s.send(t, long); err != nil {
		t.Fatal(err)
	}
	all := s.platform.DeliveredTo(ann)
	text := ""
	for i, one := range all {
		if text += one.Text + "\n"; (len(one.Inline) > 0) != (i == len(all)-1) {
			t.Errorf("the buttons stand under piece %d of %d", i+1, len(all))
		}
	}
	if len(all) < 2 || strings.TrimSpace(text) != strings.TrimSpace(long.Text) {
		t.Errorf("%d pieces, another text", len(all))
	}
	s = newSide(t, telegramtest.Options{Troubles: troubles(standin.None, standin.Fail)})
	if got := class(s.send(t, long)); got != message.Uncertain {
		t.Errorf("half a message is %q", got)
	}
}

func TestAPictureIsUploadedOnceAndAgainWhenItsIDHasGone(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	for range 3 {
		if err := s.send(t, message.Image("/pictures/own")); err != nil {
			t.Fatal(err)
		}
	}
	files := func() (ids []string) {
		for _, one := range s.platform.Delivered() {
			ids = append(ids, one.Files...)
		}
		return ids
	}
	if ids := files(); len(ids) != 3 || ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("files %q, want one upload", ids)
	}
	s.platform.Forget()
	if err := s.send(t, message.Image("/pictures/own")); err != nil {
		t.Fatal(err)
	}
	if ids := files(); len(ids) != 4 || ids[3] == ids[0] {
		t.Errorf("files %q, want a second upload", ids)
	}
}

func TestWhatTelegramCannotGetIsToldInWords(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	const address = "https://pictures.example/gone.jpg"
	s.platform.Lose(address)
	out := message.OneCard(message.Card{Title: "Milk", Image: address, Buttons: []message.Button{{Label: "Buy", Payload: "buy"}}})
	if err := s.send(t, out); err != nil {
		t.Fatal(err)
	}
	got := s.platform.DeliveredTo(ann)
	if len(got) != 1 || got[0].Method != "sendMessage" || !strings.Contains(got[0].Text, "Milk") || len(got[0].Inline) != 1 {
		t.Errorf("delivered %+v", got)
	}
}

// A button gives back what it stands for, however long that is, on every node
// that shares the memory.
func TestPayloadsOfAnyLengthComeBack(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	for label, b := range map[string]message.Button{
		"short": {Payload: "shop:list"}, "64": {Payload: strings.Repeat("x", 64)}, "65": {Payload: strings.Repeat("x", 65)},
		"long": {Payload: "order:" + strings.Repeat("한", 60)}, "ours": {Payload: "~=tricky"}, "word": {Say: "help"}, "long word": {Say: strings.Repeat("말", 30)},
	} {
		b.Label = label
		if err := s.send(t, message.Choice("?", b)); err != nil {
			t.Fatalf("%s: %v", label, err)
		}
		all := s.platform.DeliveredTo(ann)
		got := s.press(t, all[len(all)-1].Inline[0][0].CallbackData)
		want := message.Inbound{Kind: message.Press, Payload: b.Payload}
		if b.Payload == "" {
			want = message.Inbound{Kind: message.TextIn, Text: b.Say}
		}
		if got.Kind != want.Kind || got.Payload != want.Payload || got.Text != want.Text {
			t.Errorf("%s came back as %s %q %q", label, got.Kind, got.Payload, got.Text)
		}
	}
	if forged := s.press(t, "~#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"); forged.Kind != message.Press || strings.Contains(forged.Payload, "order") {
		t.Errorf("made-up data became %+v", forged)
	}
	s.memory.broken = errors.New("out of order")
	if _, err := s.Receive(s.credentials, request(pressOf("~#x"))); !errors.Is(err, telegram.ErrMemory) {
		t.Errorf("a press that can't be looked up ended with %v, so Telegram would not repeat it", err)
	}
}

func pressOf(data string) string {
	return `{"update_id":9,"callback_query":{"id":"1","from":{"id":4711},"data":"` + data + `","message":{"message_id":1,"chat":{"id":4711,"type":"private"}}}}`
}

func (s *side) press(t *testing.T, data string) message.Inbound {
	t.Helper()
	received, err := s.Receive(s.credentials, request(pressOf(data)))
	if err != nil {
		t.Fatal(err)
	}
	return received.Inbound[0]
}

func TestFilesAreFetched(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	id := s.platform.Store([]byte("%PDF-1.4"), ".pdf")
	file, err := s.Fetch(t.Context(), s.credentials, message.Inbound{MediaID: id, FileName: "a.pdf"})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Content.Close()
	content := make([]byte, 8)
	if n, _ := file.Content.Read(content); string(content[:n]) != "%PDF-1.4" || file.Size != 8 || file.Name != "a.pdf" || file.Type != "application/pdf" {
		t.Errorf("fetched %q, %+v", content[:n], file)
	}
	big := s.platform.Store(make([]byte, 21<<20), ".bin")
	for _, id := range []string{"", "unknown", big} {
		if _, err := s.Fetch(t.Context(), s.credentials, message.Inbound{MediaID: id}); !errors.Is(err, telegram.ErrNoFile) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestTypingIsShown(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	for signal, calls := range map[message.Signal]int{message.ReadMark: 0, message.TypingOff: 0, message.TypingOn: 1} {
		before := s.platform.Calls("sendChatAction")
		if err := s.Signal(t.Context(), s.credentials, person(ann), signal); err != nil || s.platform.Calls("sendChatAction")-before != calls {
			t.Errorf("%s: %v", signal, err)
		}
	}
}
