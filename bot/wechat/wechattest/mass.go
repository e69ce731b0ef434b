package wechattest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// mass is one mass send.
type mass struct {
	id      int64
	deleted bool
}

// massContent is every content of a mass send that the stand-in takes.
type massContent struct {
	Type string `json:"msgtype"`
	Text *struct {
		Content string `json:"content"`
	} `json:"text"`
	MPNews *mediaID `json:"mpnews"`
	Images *struct {
		IDs          []string `json:"media_ids"`
		Recommend    string   `json:"recommend"`
		OpenComments int      `json:"need_open_comment"`
		FansOnly     int      `json:"only_fans_can_comment"`
	} `json:"images"`
	Ignore int    `json:"send_ignore_reprint"`
	Key    string `json:"clientmsgid"`
}

func (p *Platform) checkMass(c massContent) *refusal {
	given := map[string]bool{"text": c.Text != nil, "mpnews": c.MPNews != nil, "image": c.Images != nil}
	for name, is := range given {
		if is != (name == c.Type) {
			return &dataFormat
		}
	}
	switch {
	case c.Text != nil:
		return sized(c.Text.Content, maxText)
	case c.MPNews != nil && p.drafts[c.MPNews.MediaID] == 0:
		return &badMedia
	case c.Images != nil && len(c.Images.IDs) == 0:
		return &emptyContent
	case c.Images != nil:
		for _, id := range c.Images.IDs {
			if refused := p.needs(id, "image"); refused != nil {
				return refused
			}
		}
	case c.MPNews == nil:
		return &refusal{40008, "invalid message type"}
	}
	if len(c.Key) > 64 {
		return &refusal{45067, "clientmsgid size out of limit"}
	}
	return nil
}

func (p *Platform) massSendAll(body []byte) (answer, *refusal) {
	var call struct {
		Filter struct {
			All bool `json:"is_to_all"`
			Tag int  `json:"tag_id"`
		} `json:"filter"`
		massContent
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if !call.Filter.All && p.tags[call.Filter.Tag] == "" {
		return nil, &refusal{45159, "invalid tag"}
	}
	var to []string
	for _, id := range p.order {
		if call.Filter.All || slices.Contains(p.users[id].tags, call.Filter.Tag) {
			to = append(to, id)
		}
	}
	return p.massTo(to, call.massContent, body)
}

func (p *Platform) massSend(body []byte) (answer, *refusal) {
	var call struct {
		To []string `json:"touser"`
		massContent
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	switch {
	case p.app.Subscription:
		return nil, &notGranted
	case len(call.To) < 2 || len(call.To) > 10000:
		return nil, &badListSize
	}
	return p.massTo(call.To, call.massContent, body)
}

// massTo takes a mass send. Each follower of a service account receives four a
// month; the excess fails for that person alone.
func (p *Platform) massTo(to []string, content massContent, body []byte) (answer, *refusal) {
	if refused := p.checkMass(content); refused != nil {
		return nil, refused
	}
	key := content.Key
	if key == "" {
		key = fmt.Sprint(to, string(body))
	}
	if before := p.masses[key]; before != nil {
		return answer{"msg_id": before.id}, &refusal{45065, "clientmsgid exist"}
	}
	limit := 100
	if p.app.Subscription {
		limit = 1
	}
	if quota := "mass " + p.day(); p.used[quota] >= limit {
		return nil, &massQuota
	} else {
		p.used[quota]++
	}
	p.nextID++
	sent, failed, filtered := 0, 0, 0
	month := p.day()[:7]
	for _, id := range to {
		u := p.users[id]
		if u == nil || !u.follows {
			filtered++
			continue
		}
		if !p.app.Subscription && u.masses[month] >= 4 {
			failed++
			continue
		}
		u.masses[month]++
		if refused := p.deliver(id, massObject(content.Type), body); refused != nil {
			return nil, refused
		}
		sent++
	}
	p.masses[key] = &mass{id: p.nextID}
	count := func(name string, n int) string { return "<" + name + ">" + strconv.Itoa(n) + "</" + name + ">" }
	p.pushes = append(p.pushes, event{"oR5Gjjl_eiZoUpGozMo7dbBJ362A", "MASSSENDJOBFINISH", "<MsgID>" + strconv.FormatInt(p.nextID, 10) + "</MsgID><Status>" + cdata("send success") + "</Status>" +
		count("TotalCount", len(to)) + count("FilterCount", len(to)-filtered) + count("SentCount", sent) + count("ErrorCount", failed) +
		"<CopyrightCheckResult><Count>0</Count><ResultList></ResultList><CheckState>0</CheckState></CopyrightCheckResult><ArticleUrlResult><Count>0</Count><ResultList></ResultList></ArticleUrlResult>"})
	return answer{"errcode": 0, "errmsg": "send job submission success", "msg_id": p.nextID, "msg_data_id": p.nextID + 1000}, nil
}

func massObject(kind string) string {
	if kind == "image" {
		return "images"
	}
	return kind
}

func (p *Platform) massPreview(body []byte) (answer, *refusal) {
	var call struct {
		To   string `json:"touser"`
		Name string `json:"towxname"`
		Type string `json:"msgtype"`
		Text *struct {
			Content string `json:"content"`
		} `json:"text"`
		MPNews *mediaID `json:"mpnews"`
		Image  *mediaID `json:"image"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	given := map[string]bool{"text": call.Text != nil, "mpnews": call.MPNews != nil, "image": call.Image != nil}
	switch {
	case (call.To == "") == (call.Name == ""), !given[call.Type]:
		return nil, &dataFormat
	case call.To != "" && (p.users[call.To] == nil || !p.users[call.To].follows):
		return nil, &unknownPerson
	case call.Image != nil:
		if refused := p.needs(call.Image.MediaID, "image"); refused != nil {
			return nil, refused
		}
	}
	to := call.To
	if to == "" {
		to = "wx:" + call.Name
		if quota := "preview " + p.day(); p.used[quota] >= 100 {
			return nil, &quotaUsedUp
		} else {
			p.used[quota]++
		}
	}
	p.nextID++
	return ok(answer{"msg_id": p.nextID}), p.deliver(to, call.Type, body)
}

func (p *Platform) massDelete(body []byte) (answer, *refusal) {
	found, refused := p.massOf(body)
	if refused != nil {
		return nil, refused
	}
	found.deleted = true
	return fine, nil
}

func (p *Platform) massGet(body []byte) (answer, *refusal) {
	found, refused := p.massOf(body)
	if refused != nil {
		return nil, refused
	}
	status := "SEND_SUCCESS"
	if found.deleted {
		status = "DELETE"
	}
	return answer{"msg_id": found.id, "msg_status": status}, nil
}

func (p *Platform) massOf(body []byte) (*mass, *refusal) {
	var call struct {
		ID    json.Number `json:"msg_id"`
		Index int         `json:"article_idx"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	for _, m := range p.masses {
		if call.ID.String() == strconv.FormatInt(m.id, 10) {
			return m, nil
		}
	}
	return nil, &refusal{40061, "invalid msg_id"}
}

// Recalled says how many mass sends were deleted.
func (p *Platform) Recalled() (count int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.masses {
		if m.deleted {
			count++
		}
	}
	return count
}

func (p *Platform) massSpeed(body []byte) (answer, *refusal) {
	var call struct {
		Speed int `json:"speed"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if call.Speed < 0 || call.Speed > 4 {
		return nil, &refusal{45083, "set masssend speed error"}
	}
	return fine, nil
}

func (p *Platform) addDraft(body []byte) (answer, *refusal) {
	var call struct {
		Articles []struct {
			Title    string `json:"title"`
			Author   string `json:"author"`
			Digest   string `json:"digest"`
			Content  string `json:"content"`
			Source   string `json:"content_source_url"`
			Thumb    string `json:"thumb_media_id"`
			Comments int    `json:"need_open_comment"`
			Fans     int    `json:"only_fans_can_comment"`
		} `json:"articles"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if len(call.Articles) < 1 || len(call.Articles) > 8 {
		return nil, &tooManyArticles
	}
	for _, a := range call.Articles {
		thumb, ok := p.medium(a.Thumb)
		switch {
		case a.Title == "" || len([]rune(a.Title)) > 64:
			return nil, &refusal{45003, "title size out of limit"}
		case a.Content == "":
			return nil, &emptyContent
		case !ok || !thumb.ends.IsZero():
			return nil, &badMedia // it has to be a permanent one
		}
	}
	id := fmt.Sprintf("draft-%d", len(p.drafts)+1)
	p.drafts[id] = len(call.Articles)
	return answer{"media_id": id}, nil
}
