package wechat

import (
	"errors"

	"plaza/bot/developer"
	"plaza/fault"
)

func sendCustom(c *call) (any, error) {
	var asked struct {
		To string `json:"touser"`
		developer.Content
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.SendCustom(c, c.account(), asked.To, asked.Content)
}

func typing(c *call) (any, error) {
	var asked struct {
		To      string `json:"touser"`
		Command string `json:"command"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	if asked.Command != "Typing" && asked.Command != "CancelTyping" {
		return nil, developer.ErrParameter
	}
	return nil, c.api.Developer.Typing(c, c.account(), asked.To, asked.Command == "Typing")
}

func sendTemplate(c *call) (any, error) {
	var asked struct {
		To       string `json:"touser"`
		Template string `json:"template_id"`
		URL      string `json:"url"`
		Key      string `json:"client_msg_id"`
		Data     map[string]struct {
			Value text `json:"value"`
		} `json:"data"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	data := make(map[string]string, len(asked.Data))
	for name, item := range asked.Data {
		data[name] = string(item.Value)
	}
	id, err := c.api.Developer.SendTemplate(c, c.account(), developer.Notice{OpenID: asked.To, TemplateID: asked.Template,
		URL: asked.URL, Data: data, Key: asked.Key})
	return fields{"errcode": 0, "errmsg": "ok", "msgid": id}, err
}

// addTemplate adds one of WeChat's library, of which Plaza knows no more than
// what the program says: its number, and the names of what goes into it.
func addTemplate(c *call) (any, error) {
	var asked struct {
		Short    string   `json:"template_id_short"`
		Keywords []string `json:"keyword_name_list"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	made, err := c.api.Developer.AddTemplate(c, c.account(), "", asked.Short, developer.TemplateText(asked.Keywords))
	return fields{"errcode": 0, "errmsg": "ok", "template_id": made.TemplateID}, templateError(err)
}

// templateError is what of a template's faults WeChat has a number for.
func templateError(err error) error {
	switch {
	case errors.Is(err, developer.ErrTemplates):
		return developer.ErrTemplateCount
	case fault.KindOf(err) == fault.Invalid:
		return developer.ErrParameter
	}
	return err
}

func listTemplates(c *call) (any, error) {
	found, err := c.api.Developer.Templates(c, c.account())
	list := make([]fields, len(found))
	for i, t := range found {
		list[i] = fields{"template_id": t.TemplateID, "title": t.Title, "primary_industry": "", "deputy_industry": "",
			"content": t.Content, "example": ""}
	}
	return fields{"template_list": list}, err
}

func deleteTemplate(c *call) (any, error) {
	var asked struct {
		Template string `json:"template_id"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.DeleteTemplate(c, c.account(), asked.Template)
}

// massMessage is every field of a mass send.
type massMessage struct {
	Filter *struct {
		All bool   `json:"is_to_all"`
		Tag number `json:"tag_id"`
	} `json:"filter"`
	To  []string `json:"touser"`
	Key text     `json:"clientmsgid"`
	developer.Content
}

func sendAll(c *call) (any, error) {
	var asked massMessage
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	wanted := developer.NewMass{OpenIDs: asked.To, Content: asked.Content, Key: string(asked.Key)}
	switch {
	case asked.Filter != nil:
		wanted.OpenIDs, wanted.ToAll, wanted.Tag = nil, asked.Filter.All, int64(asked.Filter.Tag)
	case asked.To == nil:
		return nil, developer.ErrOpenIDs
	}
	sent, err := c.api.Developer.SendMass(c, c.account(), wanted)
	return fields{"errcode": 0, "errmsg": "send job submission success", "msg_id": sent.MessageID}, err
}

func previewMass(c *call) (any, error) {
	var asked struct {
		To string `json:"touser"`
		developer.Content
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return fields{"errcode": 0, "errmsg": "preview success", "msg_id": 0}, c.api.Developer.PreviewMass(c, c.account(), asked.To, asked.Content)
}

// massID is a call about a mass send.
type massID struct {
	ID number `json:"msg_id"`
}

func deleteMass(c *call) (any, error) {
	var asked massID
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.DeleteMass(c, c.account(), int64(asked.ID))
}

var massStates = map[developer.MassState]string{
	developer.MassSending: "SENDING", developer.MassSent: "SEND_SUCCESS", developer.MassDeleted: "DELETE",
}

func findMass(c *call) (any, error) {
	var asked massID
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	found, err := c.api.Developer.FindMass(c, c.account(), int64(asked.ID))
	return fields{"msg_id": found.MessageID, "msg_status": massStates[found.State]}, err
}
