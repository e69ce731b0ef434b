package line

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"
	"pgregory.net/rapid"

	"plaza/bot/line/linetest"
	"plaza/message"
	"plaza/money"
)

// mind checks objects with the stand-in's validator and with the types of
// LINE's SDK, which have to hold every field of them.
func mind(objects []object) error {
	for _, object := range objects {
		raw, err := json.Marshal(object)
		if err != nil {
			return err
		}
		if err := linetest.Check(raw); err != nil {
			return fmt.Errorf("%w in %s", err, raw)
		}
		read, err := messaging_api.UnmarshalMessage(raw)
		if err != nil {
			return fmt.Errorf("the SDK: %w in %s", err, raw)
		}
		again, err := json.Marshal(read)
		if err != nil {
			return err
		}
		var ours, theirs any
		if err := json.Unmarshal(raw, &ours); err != nil {
			return err
		}
		if err := json.Unmarshal(again, &theirs); err != nil {
			return err
		}
		if lost := missing("", ours, theirs); lost != "" {
			return fmt.Errorf("the SDK does not know %s of %s, and reads %s", lost, raw, again)
		}
	}
	return nil
}

// missing is the path of something in a that is not the same in b.
func missing(path string, a, b any) string {
	switch a := a.(type) {
	case map[string]any:
		other, _ := b.(map[string]any)
		for name, value := range a {
			if lost := missing(path+"/"+name, value, other[name]); lost != "" {
				return lost
			}
		}
		return ""
	case []any:
		other, _ := b.([]any)
		if len(a) != len(other) {
			return path
		}
		for i := range a {
			if lost := missing(fmt.Sprint(path, "/", i), a[i], other[i]); lost != "" {
				return lost
			}
		}
		return ""
	}
	if !reflect.DeepEqual(a, b) {
		return path
	}
	return ""
}

func TestMessagesTakeLINEsRichestForm(t *testing.T) {
	t.Parallel()
	channel := testChannel()
	shown := map[message.Form]bool{}
	for name, out := range forms {
		objects := channel.objects(out, "en")
		golden(t, "testdata/objects/"+name+".json", indented(t, objects))
		if err := mind(objects); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		shown[out.Form] = true
	}
	for _, form := range message.Forms {
		if !shown[form] {
			t.Errorf("no example of %s", form)
		}
	}
}

// TestWithoutHTTPSPicturesBecomeWords: LINE fetches over https only, so what lies
// elsewhere is told by its address, and the rest of the message stays.
func TestWithoutHTTPSPicturesBecomeWords(t *testing.T) {
	t.Parallel()
	channel := testChannel(func(o *Options) {
		o.PublicURL = "http://localhost:8080"
		o.QRPicture = func(string) string { return "http://localhost:8080/qr.png" }
	})
	for name, out := range forms {
		objects := channel.objects(out, "en")
		if err := mind(objects); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		whole := string(indented(t, objects))
		for _, object := range objects {
			if object.Type == "image" || object.Type == "video" || object.Type == "audio" {
				t.Errorf("%s: an address LINE can't fetch: %+v", name, object)
			}
		}
		for _, address := range []string{out.Image, out.URL} {
			if address != "" && !strings.Contains(whole, address) {
				t.Errorf("%s: %s is lost in %s", name, address, whole)
			}
		}
	}
}

// messages draws messages of all forms, with texts of all lengths.
func messages(t *rapid.T) message.Outbound {
	words := func(name string, most int) string {
		piece := rapid.SampledFrom([]string{"a", "好", "한", "😀", " ", "\n", "<&>\"", "word "}).Draw(t, name)
		return strings.Repeat(piece, rapid.SampledFrom([]int{0, 1, 2, 15, 21, 99, 301, 1001, most}).Draw(t, name+" times"))
	}
	address := func(name string) string {
		return rapid.SampledFrom([]string{"", "/a", "https://x.example/p", "http://x.example", "javascript:alert(1)", "tel:+821012345678", "no address", "https://x.example/" + strings.Repeat("z", 1990), "https://x.example/ö b?q=한"}).Draw(t, name)
	}
	buttons := func(name string, most int) []message.Button {
		list := make([]message.Button, rapid.IntRange(0, most).Draw(t, name))
		for i := range list {
			list[i] = message.Button{Label: words(name+" label", 50), URL: address(name + " url"), Payload: words(name+" payload", 400), Say: words(name+" say", 400)}
		}
		return list
	}
	out := message.Outbound{
		Form: rapid.SampledFrom(message.Forms[:]).Draw(t, "form"), Text: words("text", 6000), Image: address("image"), URL: address("url"),
		Buttons: buttons("buttons", 14), Quick: buttons("quick", 15),
	}
	for range rapid.SampledFrom([]int{0, 1, 3, 12, 13, 40}).Draw(t, "cards") {
		out.Cards = append(out.Cards, message.Card{Title: words("title", 500), Text: words("card", 3000), Image: address("picture"),
			URL: address("link"), QR: address("code"), Price: rapid.SampledFrom([]*money.Amount{nil, amount(5)}).Draw(t, "price"), Buttons: buttons("card buttons", 3)})
	}
	if rapid.Bool().Draw(t, "receipt") {
		r := &message.Receipt{Title: words("title", 300), Number: words("number", 300), State: words("state", 300), URL: address("order")}
		for range rapid.IntRange(0, 60).Draw(t, "lines") {
			r.Lines = append(r.Lines, message.ReceiptLine{Name: words("line", 300), Quantity: 1, Amount: *amount(1)})
		}
		out.Receipt = r
	}
	if rapid.Bool().Draw(t, "others") {
		out.Runs = []message.Run{{Text: words("run", 2500), Bold: true, URL: address("run link")}}
		out.Media = &message.Media{URL: address("media"), Name: words("name", 300), Size: 1, Length: rapid.IntRange(0, 9).Draw(t, "length"), Preview: address("preview")}
		out.Coupon = &message.Coupon{Title: words("coupon", 300), Code: words("coupon code", 1100), URL: address("use")}
	}
	return out
}

func TestWhateverIsSaidStaysWithinLINEsLimits(t *testing.T) {
	t.Parallel()
	channel := testChannel()
	rapid.Check(t, func(t *rapid.T) {
		objects := channel.objects(messages(t), rapid.SampledFrom([]string{"en", "zh", "ko"}).Draw(t, "language"))
		if err := mind(objects); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLongTextsArriveWhole(t *testing.T) {
	t.Parallel()
	channel := testChannel()
	long := strings.Repeat("한", 9000)
	for name, out := range map[string]message.Outbound{
		"text": message.Text(long), "caption": {Form: message.ImageForm, Image: "/pictures/1", Text: long},
		"card": message.OneCard(message.Card{Title: "t", Text: long}), "buttons": message.Choice(long, buy),
		"cards": {Form: message.CardsForm, Cards: []message.Card{{Title: "a"}, {Title: "b", Text: long}}},
		"qr":    {Form: message.QRForm, URL: "/q/abc", Text: long},
	} {
		whole := ""
		for _, object := range channel.objects(out, "en") {
			whole += object.Text
		}
		if !strings.Contains(whole, long) {
			t.Errorf("%s: %d of %d characters", name, strings.Count(whole, "한"), 9000)
		}
	}
}
