package console

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"plaza/api/web"
	"plaza/bot"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/message"
	"plaza/templates"
)

// Whatever a campaign holds, the form's own fields put it together again.
func TestACampaignsFormThatIsSentUnchangedChangesNothing(t *testing.T) {
	t.Parallel()
	words := rapid.SampledFrom([]string{"", "Fresh bread", "你好"})
	picture := rapid.SampledFrom([]string{"", web.PicturePath("01A-x"), "https://elsewhere.example/a.png"})
	rapid.Check(t, func(t *rapid.T) {
		content := broadcast.Content{Text: words.Draw(t, "text"), Image: picture.Draw(t, "image"), Code: words.Draw(t, "code")}
		if content.Text != "" {
			content.Translations = map[string]string{"ko": "빵"}
		}
		if rapid.Bool().Draw(t, "card") {
			content.Card = &message.Card{Title: "Bread", Text: words.Draw(t, "card text"), Image: picture.Draw(t, "card image")}
			for range rapid.IntRange(0, 2).Draw(t, "buttons") {
				content.Card.Buttons = append(content.Card.Buttons, message.Button{Label: "Buy", URL: "/shop"})
			}
			content.Card.URL = words.Draw(t, "card url")
			if len(content.Card.Buttons) == 0 && content.Card.URL != "" {
				content.Card.URL = "/a"
			}
		}
		edited := editedContent(content)
		edited.Image = templates.Picture{URL: pictureURL(edited.Image.ID)} // as the form sends it
		if got := contentOf(content, edited); !reflect.DeepEqual(got, content) {
			t.Fatalf("%+v %+v\nbecame %+v %+v", content, content.Card, got, got.Card)
		}
	})
}

// And whatever a rule answers.
func TestARulesFormThatIsSentUnchangedChangesNothing(t *testing.T) {
	t.Parallel()
	codes := qr.New(qr.Dependencies{Address: func(code string) string { return "https://plaza.example/q/" + code }})
	s := &Console{Dependencies: Dependencies{Codes: codes}}
	wording := rapid.SampledFrom([]bot.Wording{nil, {"en": "Hello"}, {"zh": "你好"}, {"en": "Hello", "zh": "你好", "ko": "안녕하세요"}})
	rapid.Check(t, func(t *rapid.T) {
		language := rapid.SampledFrom(message.Languages[:]).Draw(t, "language")
		old := bot.Template{Form: rapid.SampledFrom([]bot.TemplateForm{bot.TextAnswer, bot.ImageAnswer, bot.CardAnswer,
			bot.ProductsAnswer, bot.QRAnswer, bot.HandoverAnswer}).Draw(t, "form")}
		if old.Form != bot.ImageAnswer {
			old.Text = wording.Draw(t, "text")
		}
		switch old.Form {
		case bot.ImageAnswer:
			old.Image = "/pictures/01A-x"
		case bot.CardAnswer:
			old.Title, old.URL = wording.Draw(t, "title"), rapid.SampledFrom([]string{"", "/shop", "https://a.example"}).Draw(t, "url")
		case bot.ProductsAnswer:
			old.Products = []string{"01P"}
		case bot.QRAnswer:
			old.URL = rapid.SampledFrom([]string{codes.URL("ABCD2345"), "https://a.example"}).Draw(t, "code")
		}
		if old.Form == bot.TextAnswer || old.Form == bot.CardAnswer {
			for range rapid.IntRange(0, 3).Draw(t, "buttons") {
				button := bot.ButtonText{Label: bot.Wording{"en": "Buy", "ko": "구매"}}
				if rapid.Bool().Draw(t, "presses") {
					button.Payload = "shop:list"
				} else {
					button.URL = "/shop"
				}
				old.Buttons = append(old.Buttons, button)
			}
		}
		edited := editedAnswers([]bot.Template{old}, language)[0]
		if got := s.answerOf(old, edited, language); !reflect.DeepEqual(got, old) {
			t.Fatalf("%+v\nbecame %+v", old, got)
		}
	})
}
