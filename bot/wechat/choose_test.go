package wechat

import (
	"errors"
	"testing"

	"plaza/bot/wechat/wechattest"
	"plaza/message"
)

func TestTemplatesAreChosenForSortsOfMessages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	noticing(s)
	s.platform.AddTemplate(orders)
	s.platform.AddTemplate(wechattest.Template{ID: "T2", Title: "到店通知", Content: "内容：{{thing1.DATA}}\n时间：{{time2.DATA}}"})
	s.platform.AddFollowers(alice.User)
	templates, err := s.channel.Templates(t.Context(), s.credentials)
	if err != nil || len(templates) != 2 || templates[0].Fields[2] != (message.TemplateField{Name: "amount3", Label: "金额", Suggested: "total"}) {
		t.Fatalf("%+v, %v", templates, err)
	}
	whole := map[string]string{"thing1": "text", "time2": "time"}
	for name, c := range map[string]struct {
		choice message.TemplateChoice
		want   error
	}{
		"gone":         {message.TemplateChoice{Sort: CardNotice, Template: "T9", Fields: whole}, ErrTemplateGone},
		"a blank left": {message.TemplateChoice{Sort: CardNotice, Template: "T2", Fields: map[string]string{"thing1": "text"}}, ErrTemplateBlank},
		"no such part": {message.TemplateChoice{Sort: CardNotice, Template: "T2", Fields: map[string]string{"thing1": "text", "time2": "moon"}}, ErrTemplateBlank},
		"no such sort": {message.TemplateChoice{Sort: "weather", Template: "T2", Fields: whole}, ErrNotice},
	} {
		if _, err := s.channel.ChooseTemplates(s.credentials, templates, []message.TemplateChoice{c.choice}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	chosen, err := s.channel.ChooseTemplates(s.credentials, templates, []message.TemplateChoice{
		{Sort: CardNotice, Template: "T2", Fields: whole}, {Sort: OrderNotice}})
	if err != nil || s.channel.Validate(chosen) != nil {
		t.Fatal(err)
	}
	choices, err := s.channel.TemplateChoices(chosen)
	if err != nil || len(choices) != 4 || choices[0].Template != "" || choices[2].Template != "T2" || choices[2].Fields["time2"] != "time" {
		t.Errorf("%+v, %v", choices, err)
	}
	card := message.OneCard(message.Card{Title: "Figs", Text: "are here"})
	if s.channel.Notices(chosen, receipt) || s.channel.Notices(chosen, message.Text("hi")) || !s.channel.Notices(chosen, card) {
		t.Error("it says wrongly what can be said outside the window")
	}
	if err := s.channel.SendNotice(t.Context(), chosen, alice, "01HZX3M8W7Q5R2T9V4B6N1K0JE", card); err != nil {
		t.Fatal(err)
	}
	if got := s.platform.Received(alice.User); len(got) != 1 || got[0].Type != "template" {
		t.Errorf("%+v", got)
	}
	// Receipts go by the template of orders while they have none of their own.
	if !s.channel.Notices(s.credentials, message.Outbound{Form: message.ReceiptForm}) {
		t.Error("a receipt has no template")
	}
}
