package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	other "github.com/silenceper/wechat/v2/officialaccount/message"

	"plaza/message"
)

// formed is one message of every form.
func formed() map[message.Form]message.Outbound {
	buy := message.Button{Label: "购买", Payload: "buy:1", Say: "购买"}
	rows := []message.Card{card("草莓", buy), card("蓝莓", buy)}
	order := *receipt.Receipt
	order.State = "待付款"
	return map[message.Form]message.Outbound{
		message.TextForm:     message.Text("有的！"),
		message.RichForm:     {Form: message.RichForm, Runs: []message.Run{{Text: "今天", Bold: true}, {Text: "看看", URL: "/shop/corner"}}},
		message.ImageForm:    message.Image("/pictures/1"),
		message.VoiceForm:    {Form: message.VoiceForm, Text: "早安", Media: &message.Media{URL: "/media/hello.mp3", Name: "hello.mp3", Length: 4000}},
		message.VideoForm:    {Form: message.VideoForm, Text: "开店三分钟", Media: &message.Media{URL: "/media/open.mp4", Name: "开店", Preview: "/pictures/photo"}},
		message.FileForm:     {Form: message.FileForm, Text: "价目表", Media: &message.Media{URL: "/media/prices.pdf", Name: "prices.pdf"}},
		message.LocationForm: {Form: message.LocationForm, Place: &message.Place{Title: "街角小店", Address: "人民路 1 号", Latitude: 31.2, Longitude: 121.5}},
		message.StickerForm:  {Form: message.StickerForm, Sticker: &message.Sticker{Emoji: "👍"}},
		message.CardForm:     message.OneCard(rows[0]),
		message.CardsForm:    {Form: message.CardsForm, Cards: rows},
		message.ListForm:     {Form: message.ListForm, Text: "今日", Cards: rows, Buttons: []message.Button{{Label: "更多", Payload: "more", Say: "更多"}}},
		message.ButtonsForm:  message.Choice("选一个", buy),
		message.MenuForm:     {Form: message.MenuForm, Text: "几号？", Buttons: []message.Button{{Label: "S", Payload: "size:s"}, {Label: "M", Payload: "size:m"}}},
		message.ProductForm:  {Form: message.ProductForm, Cards: rows[:1]},
		message.OrderForm:    {Form: message.OrderForm, Receipt: &order, Buttons: []message.Button{{Label: "付款", URL: "/pay/7"}}},
		message.ReceiptForm:  receipt,
		message.QRForm:       {Form: message.QRForm, Text: "扫一扫", URL: "/q/abc"},
		message.CouponForm:   {Form: message.CouponForm, Coupon: &message.Coupon{Title: "满减", Code: "TEN", Until: "12 月 31 日", URL: "/shop/corner?coupon=TEN"}},
		message.HandoverForm: {Form: message.HandoverForm, Text: "店员马上来"},
	}
}

// stageWithFiles has a shelf with a recording, a video and a real picture.
func stageWithFiles(t *testing.T) *stage {
	s := newStage(t)
	s.channel.images = files{"/pictures/1": "\x89PNG\r\n\x1a\none", "/pictures/photo": photo(t), "/media/hello.mp3": "ID3hello", "/media/open.mp4": "\x00\x00\x00\x18ftypmp42....mp42isom"}
	return s
}

func photo(t testing.TB) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 800, 600))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type files map[string]string

func (f files) Open(_ context.Context, address string) (io.ReadCloser, error) {
	content, ok := f[address]
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	return io.NopCloser(strings.NewReader(content)), nil
}

// TestEveryFormIsDeliveredAsDeclared sends each form by the customer-service
// API; what is sent is read into the other side's types.
func TestEveryFormIsDeliveredAsDeclared(t *testing.T) {
	t.Parallel()
	forms := formed()
	for _, form := range message.Forms {
		out, ok := forms[form]
		if !ok {
			t.Errorf("no sample of %s", form)
			continue
		}
		s := stageWithFiles(t)
		s.say(t, "hi")
		if err := s.send(t, out); err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		var sent []map[string]any
		declared := s.channel.Renders().Forms[form]
		for i, d := range s.platform.Delivered() {
			sent = append(sent, map[string]any{"msgtype": d.Type, d.Type: d.Content})
			readByOther(t, sent[i])
			if i == 0 && declared.Fidelity != message.Worded && form != message.HandoverForm && !strings.Contains(declared.As, d.Type) {
				t.Errorf("%s is declared as %q and sent as %s", form, declared.As, d.Type)
			}
		}
		golden(t, "testdata/custom/"+string(form)+".json", indented(t, sent))
	}
}

// readByOther checks that the other side's type holds all that we send.
func readByOther(t *testing.T, sent map[string]any) {
	t.Helper()
	encoded, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var theirs other.CustomerMessage
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&theirs); err != nil {
		t.Errorf("they can't read %s: %v", encoded, err)
	}
	again, err := json.Marshal(theirs)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(again, &back); err != nil {
		t.Fatal(err)
	}
	delete(back, "touser")
	if want := slices.Sorted(maps.Keys(sent)); !reflect.DeepEqual(slices.Sorted(maps.Keys(back)), want) {
		t.Errorf("they read %s", again)
	}
}

// TestAFormThatWasSentBeforeAnswersAPush: once uploaded, a recording or a video
// fits into the reply itself.
func TestAFormThatWasSentBeforeAnswersAPush(t *testing.T) {
	t.Parallel()
	for form, want := range map[message.Form]string{message.ImageForm: "image", message.VoiceForm: "voice", message.VideoForm: "video"} {
		s := stageWithFiles(t)
		s.answer = []message.Outbound{formed()[form]}
		if reply := s.say(t, "hi"); reply.Type == want {
			t.Errorf("%s was at hand before it was uploaded", form)
		}
		if err := s.send(t, formed()[form]); err != nil {
			t.Fatal(err)
		}
		if reply := s.say(t, "hi"); reply.Type != want || reply.MediaID == "" {
			t.Errorf("%s is answered with %+v", form, reply)
		}
	}
}

func TestWhatWeChatDoesNotTakeAsARecordingIsMusicOrALink(t *testing.T) {
	t.Parallel()
	long := message.Outbound{Form: message.VoiceForm, Text: "听听", Media: &message.Media{URL: "/media/hello.mp3", Name: "一小时", Length: 3600_000}}
	withPicture := long
	media := *long.Media
	media.Preview = "/pictures/photo"
	withPicture.Media = &media
	for want, out := range map[string]message.Outbound{"news": long, "music": withPicture} {
		s := stageWithFiles(t)
		s.say(t, "hi")
		if err := s.send(t, out); err != nil {
			t.Fatal(err)
		}
		if sent := s.platform.Delivered(); len(sent) != 1 || sent[0].Type != want {
			t.Errorf("%+v, want %s", sent, want)
		}
	}
}

func TestQuickAnswersAreOfferedUnderEveryForm(t *testing.T) {
	t.Parallel()
	quick := []message.Button{{Label: "S", Payload: "size:s", Say: "S"}, {Label: "M", Payload: "size:m", Say: "M"}}
	for _, form := range message.Forms {
		s := stageWithFiles(t)
		s.say(t, "hi")
		out := formed()[form]
		out.Quick = quick
		if err := s.send(t, out); err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if all := string(indented(t, s.platform.Delivered())); !strings.Contains(all, "size:m") {
			t.Errorf("%s lost its quick answers: %s", form, all)
		}
	}
}

func TestEveryAPICodeHasItsClass(t *testing.T) {
	t.Parallel()
	for class, codes := range map[Class][]int{
		Retry:          {-1, 45011, 45066},
		Reauthenticate: {40001, 40014, 42001, 41001},
		Quota:          {45009, 45028, 48006},
		Window:         {45015, 45047},
		Gone:           {40003, 46004, 43004, 50005, 43101, 48002},
		Misconfigured:  {40013, 40125, 40164},
		Permanent: {40004, 40005, 40006, 40007, 40008, 40009, 40010, 40011, 40012, 40032, 40033, 40037, 40200, 43001, 43002, 43003, 43019, 44002,
			45001, 45002, 45003, 45004, 45005, 45006, 45007, 45008, 45065, 45067, 47001, 47003, 48001, 48004, 50002, 65303, 65316, 99999},
	} {
		for _, code := range codes {
			refused := &Error{Code: code}
			if got := refused.Class(); got != class {
				t.Errorf("%d is %s, want %s", code, got, class)
			}
			if failed := refused.sendError(testNow); failed.Text == "" || (failed.RetryAfter > 0) != (class == Quota || code == codeMinuteQuota) {
				t.Errorf("%d: %+v", code, failed)
			}
		}
	}
	for class := range maps.Values(classes) {
		if _, ok := sendClasses[class]; !ok {
			t.Errorf("class %s means nothing for a message", class)
		}
	}
}

func TestWhatPeopleSendIsFetched(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for kind, content := range map[message.Kind]string{message.ImageIn: "picture", message.VoiceIn: "#!AMR voice", message.VideoIn: "film"} {
		in := message.Inbound{Kind: kind, MediaID: s.platform.Keep(string(kind), []byte(content))}
		file, err := s.channel.Fetch(t.Context(), s.credentials, in)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		got, err := io.ReadAll(file.Content)
		file.Content.Close()
		if err != nil || string(got) != content || file.Type == "" || file.Size != int64(len(content)) {
			t.Errorf("%s: %q, %+v, %v", kind, got, file, err)
		}
	}
	better := message.Inbound{Kind: message.VoiceIn, MediaID: s.platform.Keep("voice", []byte("8 kHz")), Fields: map[string]string{"MediaId16K": s.platform.Keep("voice", []byte("16 kHz"))}}
	file, err := s.channel.Fetch(t.Context(), s.credentials, better)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Content.Close()
	if got, _ := io.ReadAll(file.Content); string(got) != "16 kHz" {
		t.Errorf("the recording is %q", got)
	}
	s.clock.advance(3 * 24 * time.Hour)
	if _, err := s.channel.Fetch(t.Context(), s.credentials, better); !errors.Is(err, ErrMediaGone) {
		t.Errorf("after three days: %v", err)
	}
}
