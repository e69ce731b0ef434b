package wechattest

import (
	"net/http"
	"slices"
	"strconv"
)

// followersPage is how many open ids one page of user/get holds.
const followersPage = 10000

func (p *Platform) listPeople(r *http.Request) (answer, *refusal) {
	start := 0
	if next := r.URL.Query().Get("next_openid"); next != "" {
		if p.users[next] == nil || !p.users[next].follows {
			return nil, &unknownPerson
		}
		start = p.users[next].place + 1
	}
	var page []string
	for _, id := range p.order[start:] {
		if len(page) == followersPage {
			break
		}
		if p.users[id].follows {
			page = append(page, id)
		}
	}
	reply := answer{"total": p.following, "count": len(page), "next_openid": ""}
	if len(page) > 0 {
		reply["data"], reply["next_openid"] = answer{"openid": page}, page[len(page)-1]
	}
	return reply, nil
}

func (p *Platform) shown(openID string) answer {
	u := p.users[openID]
	if !u.follows {
		return answer{"subscribe": 0, "openid": openID}
	}
	tags := u.tags
	if tags == nil {
		tags = []int{}
	}
	return answer{"subscribe": 1, "openid": openID, "nickname": "", "sex": 0, "language": "zh_CN", "subscribe_time": u.since.Unix(),
		"remark": u.remark, "groupid": 0, "tagid_list": tags, "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 0, "qr_scene_str": u.scene}
}

func (p *Platform) showPerson(r *http.Request) (answer, *refusal) {
	id := r.URL.Query().Get("openid")
	if p.users[id] == nil {
		return nil, &unknownPerson
	}
	return p.shown(id), nil
}

func (p *Platform) showPeople(body []byte) (answer, *refusal) {
	var call struct {
		List []struct {
			ID       string `json:"openid"`
			Language string `json:"lang"`
		} `json:"user_list"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if len(call.List) < 1 || len(call.List) > 100 {
		return nil, &badListSize
	}
	list := []answer{}
	for _, one := range call.List {
		if p.users[one.ID] == nil {
			return nil, &unknownPerson
		}
		list = append(list, p.shown(one.ID))
	}
	return answer{"user_info_list": list}, nil
}

func (p *Platform) remark(body []byte) (answer, *refusal) {
	var call struct {
		ID     string `json:"openid"`
		Remark string `json:"remark"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	u := p.users[call.ID]
	switch {
	case u == nil:
		return nil, &unknownPerson
	case !u.follows:
		return nil, &notFollowing
	case len([]rune(call.Remark)) >= 30:
		return nil, &tooLong
	}
	u.remark = call.Remark
	return fine, nil
}

func (p *Platform) listTags(*http.Request) (answer, *refusal) {
	list := []answer{}
	for id, name := range p.tags {
		count := 0
		for _, u := range p.users {
			if u.follows && slices.Contains(u.tags, id) {
				count++
			}
		}
		list = append(list, answer{"id": id, "name": name, "count": count})
	}
	return answer{"tags": list}, nil
}

func (p *Platform) createTag(body []byte) (answer, *refusal) {
	var call struct {
		Tag struct {
			Name string `json:"name"`
		} `json:"tag"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	name := call.Tag.Name
	for _, known := range p.tags {
		if known == name || name == "" {
			return nil, &refusal{45157, "invalid tag name"}
		}
	}
	switch {
	case len(name) > 30:
		return nil, &refusal{45158, "tag name too long"}
	case len(p.tags) >= 100:
		return nil, &refusal{45056, "too many tag now"}
	}
	id := 100 + len(p.tags)
	p.tags[id] = name
	return answer{"tag": answer{"id": id, "name": name}}, nil
}

func (p *Platform) tagPeople(body []byte) (answer, *refusal)   { return p.retag(body, true) }
func (p *Platform) untagPeople(body []byte) (answer, *refusal) { return p.retag(body, false) }

func (p *Platform) retag(body []byte, add bool) (answer, *refusal) {
	var call struct {
		List []string `json:"openid_list"`
		Tag  int      `json:"tagid"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	switch {
	case len(call.List) < 1 || len(call.List) > 50:
		return nil, &badListSize
	case p.tags[call.Tag] == "":
		return nil, &refusal{45159, "invalid tag"}
	}
	for _, id := range call.List {
		if p.users[id] == nil {
			return nil, &unknownPerson
		}
		if u := p.users[id]; add && !slices.Contains(u.tags, call.Tag) && len(u.tags) >= 20 {
			return nil, &refusal{45059, "can't add more than 20 tags"}
		}
	}
	for _, id := range call.List {
		u := p.users[id]
		u.tags = slices.DeleteFunc(u.tags, func(tag int) bool { return tag == call.Tag })
		if add {
			u.tags = append(u.tags, call.Tag)
		}
	}
	return fine, nil
}

// Person is what the platform's own console shows of somebody.
type Person struct {
	Remark string
	Tags   []string
}

// Person looks somebody up.
func (p *Platform) Person(openID string) Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.person(openID)
	shown := Person{Remark: u.remark}
	for _, id := range u.tags {
		shown.Tags = append(shown.Tags, p.tags[id])
	}
	slices.Sort(shown.Tags)
	return shown
}

// Change is done by hand in the platform's own console: a remark and the tags.
func (p *Platform) Change(openID string, to Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.person(openID)
	u.remark, u.tags = to.Remark, nil
	for _, name := range to.Tags {
		id := 0
		for known, named := range p.tags {
			if named == name {
				id = known
			}
		}
		if id == 0 {
			id = 100 + len(p.tags)
			p.tags[id] = name
		}
		u.tags = append(u.tags, id)
	}
}

// OpenIDs makes so many ids of people.
func OpenIDs(prefix string, count int) []string {
	ids := make([]string, count)
	for i := range ids {
		ids[i] = prefix + strconv.Itoa(1000000+i)
	}
	return ids
}
