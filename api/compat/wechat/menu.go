package wechat

import (
	"encoding/json"
	"errors"
	"time"

	"plaza/bot/developer"
	"plaza/broadcast/qr"
)

type menuBody struct {
	Button []developer.Button `json:"button"`
	Rule   *struct {
		Tag      text `json:"tag_id"`
		Platform text `json:"client_platform_type"`
	} `json:"matchrule"`
}

func createMenu(c *call) (any, error) {
	var asked menuBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.CreateMenu(c, c.account(), asked.Button)
}

func getMenu(c *call) (any, error) {
	buttons, special, err := c.api.Developer.Menu(c, c.account())
	answer := fields{"menu": fields{"button": buttons}}
	if len(special) > 0 {
		list := make([]fields, len(special))
		for i, menu := range special {
			list[i] = fields{"button": menu.Buttons, "matchrule": rule(menu.Rule), "menuid": json.Number(menu.ID)}
		}
		answer["conditionalmenu"] = list
	}
	return answer, err
}

// rule writes numbers, where programs may send texts.
func rule(r developer.MatchRule) fields {
	written := fields{}
	for name, value := range map[string]string{"tag_id": r.TagID, "client_platform_type": r.Platform} {
		if value != "" {
			written[name] = json.Number(value)
		}
	}
	return written
}

// currentMenu shows the menu in the form in which WeChat's own page has it.
func currentMenu(c *call) (any, error) {
	buttons, _, err := c.api.Developer.Menu(c, c.account())
	if err != nil {
		if errors.Is(err, developer.ErrNoMenu) {
			err = nil
		}
		return fields{"is_menu_open": 0, "selfmenu_info": fields{"button": []any{}}}, err
	}
	list := make([]fields, len(buttons))
	for i, b := range buttons {
		list[i] = fields{"name": b.Name}
		if len(b.SubButton) > 0 {
			list[i]["sub_button"] = fields{"list": b.SubButton}
			continue
		}
		list[i]["type"] = b.Type
		values := map[string]string{"key": b.Key, "url": b.URL, "value": b.MediaID}
		for name, value := range values {
			if value != "" {
				list[i][name] = value
			}
		}
	}
	return fields{"is_menu_open": 1, "selfmenu_info": fields{"button": list}}, nil
}

func deleteMenu(c *call) (any, error) { return nil, c.api.Developer.DeleteMenu(c, c.account()) }

func addSpecialMenu(c *call) (any, error) {
	var asked menuBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	if asked.Rule == nil {
		return nil, developer.ErrMatchRule
	}
	id, err := c.api.Developer.AddSpecialMenu(c, c.account(), asked.Button,
		developer.MatchRule{TagID: string(asked.Rule.Tag), Platform: string(asked.Rule.Platform)})
	return fields{"menuid": id}, err
}

func deleteSpecialMenu(c *call) (any, error) {
	var asked struct {
		ID text `json:"menuid"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.DeleteSpecialMenu(c, c.account(), string(asked.ID))
}

func tryMenu(c *call) (any, error) {
	var asked struct {
		User string `json:"user_id"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	buttons, err := c.api.Developer.MenuOf(c, c.account(), asked.User)
	return fields{"button": buttons}, err
}

// actions by their names: permanent, and with a text for a scene.
var actions = map[string]struct{ permanent, text bool }{
	"QR_SCENE": {}, "QR_STR_SCENE": {text: true}, "QR_LIMIT_SCENE": {permanent: true}, "QR_LIMIT_STR_SCENE": {permanent: true, text: true},
}

func createCode(c *call) (any, error) {
	var asked struct {
		Life   number `json:"expire_seconds"`
		Action string `json:"action_name"`
		Info   struct {
			Scene struct {
				Number number `json:"scene_id"`
				Text   string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	action, known := actions[asked.Action]
	if !known {
		return nil, developer.ErrScenePermission
	}
	wanted := developer.NewScene{Permanent: action.permanent, Number: int64(asked.Info.Scene.Number)}
	if action.text {
		if wanted.Number, wanted.Text = 0, asked.Info.Scene.Text; wanted.Text == "" {
			return nil, developer.ErrSceneValue
		}
	}
	if !action.permanent {
		wanted.Life = time.Duration(min(asked.Life, 1<<31)) * time.Second
	}
	made, err := c.api.Developer.CreateScene(c, c.account(), wanted)
	if err != nil {
		return nil, err
	}
	address, err := c.api.Developer.AddressOf(c, made)
	answer := fields{"ticket": made.Ticket, "url": address}
	if made.Until != nil {
		answer["expire_seconds"] = int64(made.Until.Sub(c.api.Now()).Round(time.Second) / time.Second)
	}
	return answer, err
}

// codeSize is the width of the picture of a code, in pixels.
const codeSize = 430

func showCode(c *call) (any, error) {
	found, err := c.api.Developer.SceneOfTicket(c, c.Query("ticket"))
	if err != nil {
		return nil, err
	}
	address, err := c.api.Developer.AddressOf(c, found)
	if err != nil {
		return nil, err
	}
	drawn, err := qr.PNG(address, qr.Medium, codeSize)
	return raw{contentType: "image/png", body: drawn}, err
}
