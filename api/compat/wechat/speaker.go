package wechat

import "plaza/bot/developer"

// ticket is for the JS-SDK; there are no cards here that one could be for.
func ticket(c *call) (any, error) {
	switch c.Query("type") {
	case "jsapi":
	case "wx_card":
		return nil, developer.ErrNotGranted
	default:
		return nil, developer.ErrParameter
	}
	issued, err := c.api.Developer.Ticket(c, c.account())
	return fields{"errcode": 0, "errmsg": "ok", "ticket": issued.Token, "expires_in": int(issued.ExpiresIn.Seconds())}, err
}

// speaker is a customer service account in a call.
type speaker struct {
	Account string `json:"kf_account"`
	Nick    string `json:"nickname"`
}

func addSpeaker(c *call) (any, error) {
	var asked speaker
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.AddSpeaker(c, c.account(), asked.Account, asked.Nick)
}

func renameSpeaker(c *call) (any, error) {
	var asked speaker
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.RenameSpeaker(c, c.account(), asked.Account, asked.Nick)
}

// deleteSpeaker takes the account from the address or, as older programs have it,
// from the body.
func deleteSpeaker(c *call) (any, error) {
	asked := speaker{Account: c.Query("kf_account")}
	if asked.Account == "" {
		if err := c.body(&asked); err != nil {
			return nil, err
		}
	}
	return nil, c.api.Developer.DeleteSpeaker(c, c.account(), asked.Account)
}

func listSpeakers(c *call) (any, error) {
	found, err := c.api.Developer.Speakers(c, c.account())
	list := make([]fields, len(found))
	for i, one := range found {
		list[i] = fields{"kf_account": one.Name, "kf_nick": one.Nick, "kf_id": one.Number, "kf_headimgurl": ""}
	}
	return fields{"kf_list": list}, err
}

// onlineSpeakers are none: behind a name is a program, and members are nobody's
// customer service account.
func onlineSpeakers(*call) (any, error) { return fields{"kf_online_list": []fields{}}, nil }
