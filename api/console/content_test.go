package console

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"plaza/api/web"
	"plaza/broadcast"
	"plaza/message"
	"plaza/templates"
)

// TestAFormThatIsSentUnchangedChangesNothing: whatever a campaign holds, the
// form's own fields put it together again.
func TestAFormThatIsSentUnchangedChangesNothing(t *testing.T) {
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
				content.Card.URL = "/shop"
			}
		}
		edited := editedContent(content)
		edited.Image = templates.Picture{URL: pictureURL(edited.Image.ID)} // as the form sends it
		if got := contentOf(content, edited); !reflect.DeepEqual(got, content) {
			t.Fatalf("%+v %+v\nbecame %+v %+v", content, content.Card, got, got.Card)
		}
	})
}
