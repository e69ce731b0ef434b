package wechattest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// button is every documented field of a menu's button.
type button struct {
	Type      string   `json:"type,omitempty"`
	Name      string   `json:"name"`
	Key       string   `json:"key,omitempty"`
	URL       string   `json:"url,omitempty"`
	AppID     string   `json:"appid,omitempty"`
	PagePath  string   `json:"pagepath,omitempty"`
	MediaID   string   `json:"media_id,omitempty"`
	ArticleID string   `json:"article_id,omitempty"`
	Sub       []button `json:"sub_button,omitempty"`
}

type matchRule struct {
	Tag      string `json:"tag_id,omitempty"`
	Platform string `json:"client_platform_type,omitempty"`
	Sex      string `json:"sex,omitempty"`
	Country  string `json:"country,omitempty"`
	Language string `json:"language,omitempty"`
}

type conditionalMenu struct {
	id      int64
	rule    matchRule
	buttons []button
}

func (p *Platform) createMenu(body []byte) (answer, *refusal) {
	var call struct {
		Buttons []button `json:"button"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if refused := checkButtons(call.Buttons, 3, 16); refused != nil {
		return nil, refused
	}
	p.menu = call.Buttons
	return fine, nil
}

// withKey and withURL are the types of buttons by what they need.
var (
	withKey = []string{"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"}
	withURL = []string{"view", "miniprogram"}
)

func checkButtons(buttons []button, limit, name int) *refusal {
	if len(buttons) < 1 || len(buttons) > limit {
		return &refusal{40023, "invalid sub button size"}
	}
	for _, b := range buttons {
		switch {
		case b.Name == "" || len(b.Name) > name:
			return &refusal{40018, "invalid button name size"}
		case len(b.Sub) > 0 && (b.Type != "" || limit != 3):
			return &refusal{40022, "invalid sub menu level"}
		case len(b.Sub) > 0:
			if refused := checkButtons(b.Sub, 5, 60); refused != nil {
				return refused
			}
		case slices.Contains(withKey, b.Type):
			if b.Key == "" || len(b.Key) > 128 || b.URL != "" {
				return &refusal{40019, "invalid button key size"}
			}
		case slices.Contains(withURL, b.Type):
			if parsed, err := url.Parse(b.URL); err != nil || parsed.Host == "" || len(b.URL) > 1024 || b.Key != "" {
				return &refusal{40020, "invalid button url size"}
			}
			if b.Type == "miniprogram" && (b.AppID == "" || b.PagePath == "") {
				return &refusal{40013, "invalid appid"}
			}
		default:
			return &refusal{40017, "invalid button type"}
		}
	}
	return nil
}

func (p *Platform) getMenu(*http.Request) (answer, *refusal) {
	if p.menu == nil {
		return nil, &refusal{46003, "menu no exist"}
	}
	reply := answer{"menu": answer{"button": p.menu, "menuid": 208396938}}
	var conditional []answer
	for _, menu := range p.conditional {
		conditional = append(conditional, answer{"button": menu.buttons, "matchrule": menu.rule, "menuid": menu.id})
	}
	if conditional != nil {
		reply["conditionalmenu"] = conditional
	}
	return reply, nil
}

func (p *Platform) deleteMenu(*http.Request) (answer, *refusal) {
	p.menu, p.conditional = nil, nil
	return fine, nil
}

func (p *Platform) addConditional(body []byte) (answer, *refusal) {
	var call struct {
		Buttons []button  `json:"button"`
		Rule    matchRule `json:"matchrule"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if refused := checkButtons(call.Buttons, 3, 16); refused != nil {
		return nil, refused
	}
	tag, err := strconv.Atoi(call.Rule.Tag)
	switch {
	case p.menu == nil:
		return nil, &refusal{65303, "there is no selfmenu, please create selfmenu first"}
	case call.Rule.Sex != "" || call.Rule.Country != "" || call.Rule.Language != "":
		return nil, &refusal{65320, "menu match rule has privacy information"}
	case call.Rule == matchRule{}:
		return nil, &refusal{65304, "match rule empty"}
	case call.Rule.Tag != "" && (err != nil || p.tags[tag] == ""):
		return nil, &refusal{65312, "invalid match rule tag id"}
	}
	p.nextID++
	p.conditional = append(p.conditional, conditionalMenu{p.nextID, call.Rule, call.Buttons})
	return answer{"menuid": strconv.FormatInt(p.nextID, 10)}, nil
}

func (p *Platform) deleteConditional(body []byte) (answer, *refusal) {
	var call struct {
		ID string `json:"menuid"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	before := len(p.conditional)
	p.conditional = slices.DeleteFunc(p.conditional, func(m conditionalMenu) bool { return strconv.FormatInt(m.id, 10) == call.ID })
	if len(p.conditional) == before {
		return nil, &refusal{65301, "menuid not exist"}
	}
	return fine, nil
}

func (p *Platform) tryMatch(body []byte) (answer, *refusal) {
	var call struct {
		User string `json:"user_id"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	u := p.users[call.User]
	if u == nil {
		return nil, &unknownPerson
	}
	return answer{"button": p.seen(u, "2")}, nil
}

// seen is the menu of a person: the latest conditional one that fits.
func (p *Platform) seen(u *user, platform string) []button {
	for _, menu := range slices.Backward(p.conditional) {
		tag, _ := strconv.Atoi(menu.rule.Tag)
		if (menu.rule.Tag == "" || slices.Contains(u.tags, tag)) && (menu.rule.Platform == "" || menu.rule.Platform == platform) {
			return menu.buttons
		}
	}
	return p.menu
}

// Entry is a button of a menu as a person sees it: with entries of its own, a key
// or an address.
type Entry struct {
	Name, Type, Key, URL string
	Entries              []Entry
}

// Entries are the buttons at the foot of a person's chat, on an Android phone.
func (p *Platform) Entries(openID string) []Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return entries(p.seen(p.person(openID), "2"))
}

func entries(buttons []button) (all []Entry) {
	for _, b := range buttons {
		all = append(all, Entry{b.Name, b.Type, b.Key, b.URL, entries(b.Sub)})
	}
	return all
}

// Menu is the words at the foot of a person's chat, on an Android phone.
func (p *Platform) Menu(openID string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, b := range p.seen(p.person(openID), "2") {
		names = append(names, b.Name)
	}
	return names
}
