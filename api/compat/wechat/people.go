package wechat

import (
	"plaza/bot/developer"
)

func openIDs(ids []string) fields {
	answer := fields{"count": len(ids), "next_openid": ""}
	if len(ids) > 0 {
		answer["data"] = fields{"openid": ids}
		answer["next_openid"] = ids[len(ids)-1]
	}
	return answer
}

func listPeople(c *call) (any, error) {
	ids, total, err := c.api.Developer.Followers(c, c.account(), c.Query("next_openid"))
	answer := openIDs(ids)
	answer["total"] = total
	return answer, err
}

// languages as WeChat names them.
var languages = map[string]string{"zh": "zh_CN", "ko": "ko", "en": "en"}

func shown(p developer.Person) fields {
	if !p.Followed {
		return fields{"subscribe": 0, "openid": p.User}
	}
	var since int64
	if p.FollowedAt != nil {
		since = p.FollowedAt.Unix()
	}
	answer := fields{"subscribe": 1, "openid": p.User, "nickname": "", "sex": 0, "language": languages[p.Language], "city": "", "province": "",
		"country": "", "headimgurl": "", "subscribe_time": since, "remark": p.Remark, "groupid": 0, "tagid_list": p.Tags,
		"subscribe_scene": "ADD_SCENE_OTHERS", "qr_scene": 0, "qr_scene_str": ""}
	if p.Subscriber.Scene != "" {
		answer["subscribe_scene"] = "ADD_SCENE_QR_CODE"
	}
	if p.Scene != nil {
		answer["qr_scene"], answer["qr_scene_str"] = p.Scene.Number, p.Scene.Text
	}
	return answer
}

func person(c *call) (any, error) {
	id := c.Query("openid")
	if id == "" {
		return nil, developer.ErrNoOpenID
	}
	found, err := c.api.Developer.Person(c, c.account(), id)
	return shown(found), err
}

func people(c *call) (any, error) {
	var asked struct {
		List []struct {
			ID string `json:"openid"`
		} `json:"user_list"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	ids := make([]string, len(asked.List))
	for i, one := range asked.List {
		ids[i] = one.ID
	}
	found, err := c.api.Developer.People(c, c.account(), ids...)
	list := make([]fields, len(found))
	for i, one := range found {
		list[i] = shown(one)
	}
	return fields{"user_info_list": list}, err
}

func remark(c *call) (any, error) {
	var asked struct {
		ID     string `json:"openid"`
		Remark string `json:"remark"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.Remark(c, c.account(), asked.ID, asked.Remark)
}

// tagBody is every field of a call about tags.
type tagBody struct {
	Tag struct {
		ID   number `json:"id"`
		Name string `json:"name"`
	} `json:"tag"`
	ID     number   `json:"tagid"`
	OpenID string   `json:"openid"`
	List   []string `json:"openid_list"`
	Next   string   `json:"next_openid"`
}

func createTag(c *call) (any, error) {
	var asked tagBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	made, err := c.api.Developer.CreateTag(c, c.account(), asked.Tag.Name)
	return fields{"tag": fields{"id": made.ID, "name": made.Name}}, err
}

func listTags(c *call) (any, error) {
	found, err := c.api.Developer.Tags(c, c.account())
	list := make([]fields, len(found))
	for i, tag := range found {
		list[i] = fields{"id": tag.ID, "name": tag.Name, "count": tag.Count}
	}
	return fields{"tags": list}, err
}

func renameTag(c *call) (any, error) {
	var asked tagBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.RenameTag(c, c.account(), int64(asked.Tag.ID), asked.Tag.Name)
}

func deleteTag(c *call) (any, error) {
	var asked tagBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.DeleteTag(c, c.account(), int64(asked.Tag.ID))
}

func tagsOf(c *call) (any, error) {
	var asked tagBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	found, err := c.api.Developer.Person(c, c.account(), asked.OpenID)
	return fields{"tagid_list": found.Tags}, err
}

func tagged(c *call) (any, error) {
	var asked tagBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	ids, err := c.api.Developer.Tagged(c, c.account(), int64(asked.ID), asked.Next)
	return openIDs(ids), err
}

func setTag(has bool) func(*call) (any, error) {
	return func(c *call) (any, error) {
		var asked tagBody
		if err := c.body(&asked); err != nil {
			return nil, err
		}
		return nil, c.api.Developer.SetTag(c, c.account(), int64(asked.ID), asked.List, has)
	}
}
