package console

import (
	"plaza/broadcast"
	"plaza/message"
	"plaza/templates"
)

// The form of a campaign has one text and one picture, and with a title they
// are on its card. A campaign made by a program may have a text or a picture
// before the card as well: then the form shows those, and what is on the card
// stays as it is. So saving a form loses nothing that it does not show.

// apart says whether a campaign has a card and a text before it.
func apart(content broadcast.Content) bool { return content.Card != nil && content.Text != "" }

// editedContent is a campaign's content in the fields of the form.
func editedContent(content broadcast.Content) templates.Answer {
	edited := templates.Answer{Text: content.Text, Image: editedPicture(content.Image), Code: content.Code}
	card := content.Card
	if card == nil {
		return edited
	}
	edited.Title, edited.URL = card.Title, card.URL
	if content.Text == "" {
		edited.Text = card.Text
	}
	if content.Image == "" {
		edited.Image = editedPicture(card.Image)
	}
	if len(card.Buttons) > 0 {
		edited.Button, edited.URL = card.Buttons[0].Label, card.Buttons[0].URL
	}
	return edited
}

// contentOf puts the fields of the form into what the content was before.
func contentOf(before broadcast.Content, edited templates.Answer) broadcast.Content {
	content := broadcast.Content{Text: edited.Text, Image: edited.Image.URL, Code: edited.Code}
	if edited.Text == before.Text {
		content.Translations = before.Translations // of another text they would say something else
	}
	if edited.Title == "" {
		return content
	}
	card := message.Card{}
	if before.Card != nil {
		card = *before.Card
	}
	card.Title = edited.Title
	if edited.Button == "" || len(card.Buttons) == 0 || edited.URL != card.Buttons[0].URL {
		card.URL = edited.URL // else it is the button's that the form shows
	}
	if !apart(before) {
		content.Text, card.Text = "", edited.Text
	}
	if before.Card == nil || before.Image == "" {
		content.Image, card.Image = "", edited.Image.URL
	}
	card.Buttons = buttonsOf(card.Buttons, edited)
	content.Card = &card
	return content
}

// buttonsOf changes the first button, which is the one that the form shows.
func buttonsOf(before []message.Button, edited templates.Answer) []message.Button {
	if edited.Button == "" {
		return nil
	}
	first := message.Button{Label: edited.Button, URL: edited.URL}
	if len(before) == 0 {
		return []message.Button{first}
	}
	return append([]message.Button{first}, before[1:]...)
}
