package console

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot"
	"plaza/broadcast/qr"
	"plaza/templates"
)

// The form of a rule shows each answer's text in one language and its first
// link button. What it does not show (other languages, buttons that press, a
// link of a QR code that is not one of ours) stays with the answer it was.

// wordingLanguage is the language the form edits: the account's own, which
// everybody falls back to.
func wordingLanguage(c *gin.Context) string { return web.At(c).Account.Language }

// editedAnswers are a rule's answers in the fields of the form.
func editedAnswers(answers []bot.Template, language string) []templates.Answer {
	edited := make([]templates.Answer, len(answers))
	for i, answer := range answers {
		edited[i] = templates.Answer{
			Form: string(answer.Form), Text: answer.Text.In(language, "en"), Title: answer.Title.In(language, "en"),
			Image: editedPicture(answer.Image), URL: answer.URL, Products: answer.Products, Was: strconv.Itoa(i),
		}
		if answer.Form == bot.CardAnswer && linked(answer.Buttons) {
			edited[i].Button, edited[i].URL = answer.Buttons[0].Label.In(language, "en"), answer.Buttons[0].URL
		}
		if answer.Form == bot.QRAnswer {
			edited[i].Code = ownCode(answer.URL)
		}
	}
	return edited
}

// linked says whether the first button is one that the form shows.
func linked(buttons []bot.ButtonText) bool { return len(buttons) > 0 && buttons[0].URL != "" }

// ownCode finds the key of one of our codes in the address it is printed with.
func ownCode(address string) string {
	_, key, ok := strings.Cut(address, "/q/")
	if !ok {
		return ""
	}
	key, _ = qr.ParseKey(key)
	return key
}

// readAnswers reads the answers of the form, in their order.
func (s *Console) readAnswers(c *gin.Context, before []bot.Template) ([]bot.Template, error) {
	var answers []bot.Template
	var first error
	for _, n := range rows(c, "answers", "form") {
		name := fmt.Sprintf("answers.%d", n)
		edited, err := s.readAnswer(c, name)
		if err != nil && first == nil {
			first = inField(err, fmt.Sprintf("answers.%d.image", len(answers)))
		}
		var old bot.Template
		if was, err := strconv.Atoi(edited.Was); err == nil && was >= 0 && was < len(before) {
			old = before[was]
		}
		answers = append(answers, s.answerOf(old, edited, wordingLanguage(c)))
	}
	return answers, first
}

func (s *Console) readAnswer(c *gin.Context, name string) (templates.Answer, error) {
	edited := templates.Answer{
		Form: c.PostForm(name + ".form"), Text: field(c, name+".text"), Title: field(c, name+".title"),
		URL: field(c, name+".url"), Button: field(c, name+".button"), Products: c.PostFormArray(name + ".products"),
		Code: field(c, name+".code"), Was: c.PostForm(name + ".was"),
	}
	image, err := s.pictureID(c, name+".image", name+".file")
	edited.Image.URL = pictureURL(image)
	return edited, err
}

// answerOf puts the fields of the form into what the answer was before.
func (s *Console) answerOf(old bot.Template, edited templates.Answer, language string) bot.Template {
	answer := bot.Template{Form: bot.TemplateForm(edited.Form)}
	if old.Form != answer.Form {
		old = bot.Template{}
	}
	if answer.Form != bot.ImageAnswer {
		answer.Text = reworded(old.Text, edited.Text, language)
	}
	switch answer.Form {
	case bot.TextAnswer:
		answer.Buttons = old.Buttons
	case bot.ImageAnswer:
		answer.Image = edited.Image.URL
	case bot.CardAnswer:
		answer.Title, answer.Image, answer.URL = reworded(old.Title, edited.Title, language), edited.Image.URL, edited.URL
		answer.Buttons = rebuttoned(old.Buttons, edited, language)
		if linked(old.Buttons) && edited.Button != "" && edited.URL == old.Buttons[0].URL {
			answer.URL = old.URL // the form shows the button's
		}
	case bot.ProductsAnswer:
		answer.Products = edited.Products
	case bot.QRAnswer:
		switch {
		case edited.Code != "":
			answer.URL = s.Codes.URL(edited.Code)
		case ownCode(old.URL) == "":
			answer.URL = old.URL
		}
	}
	return answer
}

// reworded puts a text in place of what it was in a language. Other languages
// stay as long as it says the same; else they would say something else.
func reworded(was bot.Wording, now, language string) bot.Wording {
	switch {
	case now == was.In(language, "en"):
		return was
	case now == "":
		return nil
	}
	return bot.Wording{language: now}
}

// rebuttoned changes the link button that the form shows and keeps the others.
func rebuttoned(was []bot.ButtonText, edited templates.Answer, language string) []bot.ButtonText {
	var first bot.ButtonText
	rest := was
	if linked(was) {
		first, rest = was[0], was[1:]
	}
	if edited.Button == "" {
		return rest
	}
	first.Label, first.URL = reworded(first.Label, edited.Button, language), edited.URL
	return append([]bot.ButtonText{first}, rest...)
}
