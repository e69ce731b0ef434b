package linetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg" // menus have pictures in both
	_ "image/png"
	"net/http"
	"regexp"
	"time"
)

// Menu is a rich menu.
type Menu struct {
	Size struct {
		Width  int `json:"width"`
		Height int `json:"height"`
	} `json:"size"`
	Selected bool   `json:"selected"`
	Name     string `json:"name"`
	Bar      string `json:"chatBarText"`
	Areas    []struct {
		Bounds struct {
			X      int `json:"x"`
			Y      int `json:"y"`
			Width  int `json:"width"`
			Height int `json:"height"`
		} `json:"bounds"`
		Action json.RawMessage `json:"action"`
	} `json:"areas"`
	Picture []byte `json:"-"`
}

// DefaultMenu is the one that everybody sees; nil without one.
func (p *Platform) DefaultMenu() *Menu {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.menus[p.standard]
}

// MenuOf is the one that a person sees: their own before that of everybody; nil
// without one.
func (p *Platform) MenuOf(user string) *Menu {
	p.mu.Lock()
	defer p.mu.Unlock()
	if own := p.menus[p.linked[user]]; own != nil {
		return own
	}
	return p.menus[p.standard]
}

// Linked counts who has a menu of their own.
func (p *Platform) Linked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.linked)
}

// Menus says how many there are.
func (p *Platform) Menus() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.menus)
}

func (p *Platform) createMenu(c call, _ []string) (answer, *refusal) {
	var menu Menu
	if refused := c.read(&menu); refused != nil {
		return answer{}, refused
	}
	if err := checkMenu(menu); err != nil {
		return answer{}, &refusal{status: http.StatusBadRequest, message: "The request body has 1 error(s)",
			details: []detail{{Message: err.Error(), Property: "areas"}}}
	}
	if refused := p.hourly("POST richmenu"); refused != nil {
		return answer{}, refused
	}
	if len(p.menus) >= 1000 {
		return answer{}, refuse(http.StatusBadRequest, "The number of rich menus exceeds the limit")
	}
	p.serial++
	id := fmt.Sprintf("richmenu-%032x", p.serial)
	p.menus[id] = &menu
	return answer{value: map[string]string{"richMenuId": id}}, nil
}

func checkMenu(menu Menu) error {
	w, h := menu.Size.Width, menu.Size.Height
	switch {
	case w < 800 || w > 2500 || h < 250 || float64(w)/float64(h) < 1.45:
		return fmt.Errorf("size %d x %d", w, h)
	case menu.Name == "" || units(menu.Name) > 300:
		return fmt.Errorf("name")
	case menu.Bar == "" || units(menu.Bar) > 14:
		return fmt.Errorf("chatBarText")
	case len(menu.Areas) > 20:
		return fmt.Errorf("%d areas", len(menu.Areas))
	}
	for i, area := range menu.Areas {
		b := area.Bounds
		if b.X < 0 || b.Y < 0 || b.Width < 1 || b.Height < 1 || b.X+b.Width > w || b.Y+b.Height > h {
			return fmt.Errorf("area %d lies outside", i)
		}
		var action any
		if err := json.Unmarshal(area.Action, &action); err != nil {
			return err
		}
		if err := checkAction(action, false); err != nil {
			return fmt.Errorf("area %d: %w", i, err)
		}
	}
	return nil
}

func (p *Platform) uploadMenu(c call, arguments []string) (answer, *refusal) {
	menu := p.menus[arguments[0]]
	if menu == nil {
		return answer{}, refuse(http.StatusNotFound, "Not found")
	}
	if menu.Picture != nil {
		return answer{}, refuse(http.StatusBadRequest, "An image has already been uploaded to the richmenu")
	}
	if kind := c.Header.Get("Content-Type"); kind != "image/png" && kind != "image/jpeg" || http.DetectContentType(c.body) != kind {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(c.body))
	if err != nil || len(c.body) > 1<<20 || config.Width != menu.Size.Width || config.Height != menu.Size.Height {
		return answer{}, refuse(http.StatusBadRequest, "The image is invalid")
	}
	menu.Picture = c.body
	return answer{}, nil
}

func (p *Platform) deleteMenu(_ call, arguments []string) (answer, *refusal) {
	if p.menus[arguments[0]] == nil {
		return answer{}, refuse(http.StatusNotFound, "Not found")
	}
	if refused := p.hourly("DELETE richmenu"); refused != nil {
		return answer{}, refused
	}
	delete(p.menus, arguments[0])
	if p.standard == arguments[0] {
		p.standard = ""
	}
	for user, menu := range p.linked { // they see the default again
		if menu == arguments[0] {
			delete(p.linked, user)
		}
	}
	return answer{}, nil
}

// menusAnHour is how many rich menus may be made, and how many deleted, in an hour.
const menusAnHour = 100

func (p *Platform) hourly(call string) *refusal {
	r := p.hours[call]
	if r == nil {
		r = &rate{limit: menusAnHour}
		p.hours[call] = r
	}
	return r.take(p.now(), time.Hour)
}

func (p *Platform) listMenus(call, []string) (answer, *refusal) {
	list := []map[string]any{}
	for id, menu := range p.menus {
		list = append(list, map[string]any{"richMenuId": id, "name": menu.Name, "chatBarText": menu.Bar,
			"size": menu.Size, "selected": menu.Selected, "areas": []any{}})
	}
	return answer{value: map[string]any{"richmenus": list}}, nil
}

// ready says whether a menu can be shown.
func (p *Platform) ready(id string) *refusal {
	menu := p.menus[id]
	switch {
	case menu == nil:
		return refuse(http.StatusNotFound, "richmenu not found")
	case menu.Picture == nil:
		return refuse(http.StatusBadRequest, "must upload richmenu image before applying it to user")
	}
	return nil
}

func (p *Platform) setDefaultMenu(_ call, arguments []string) (answer, *refusal) {
	if refused := p.ready(arguments[0]); refused != nil {
		return answer{}, refused
	}
	p.standard = arguments[0]
	return answer{}, nil
}

func (p *Platform) cancelDefaultMenu(call, []string) (answer, *refusal) {
	p.standard = ""
	return answer{}, nil
}

func (p *Platform) defaultMenu(call, []string) (answer, *refusal) {
	if p.standard == "" {
		return answer{}, refuse(http.StatusNotFound, "no default richmenu")
	}
	return answer{value: map[string]string{"richMenuId": p.standard}}, nil
}

func (p *Platform) linkMenu(_ call, arguments []string) (answer, *refusal) {
	if refused := p.ready(arguments[1]); refused != nil {
		return answer{}, refused
	}
	if p.people[arguments[0]] == nil {
		return answer{}, refuse(http.StatusNotFound, "Not found")
	}
	p.linked[arguments[0]] = arguments[1]
	return answer{}, nil
}

func (p *Platform) unlinkMenu(_ call, arguments []string) (answer, *refusal) {
	delete(p.linked, arguments[0])
	return answer{}, nil
}

// bulk reads the people of a call for many.
func bulk(users []string) *refusal {
	if len(users) < 1 || len(users) > 500 {
		return &refusal{status: http.StatusBadRequest, message: "The request body has 1 error(s)",
			details: []detail{{Message: "Size must be between 1 and 500", Property: "userIds"}}}
	}
	for i, user := range users {
		if !anyID.MatchString(user) || user[0] != 'U' {
			return &refusal{status: http.StatusBadRequest, message: "The request body has 1 error(s)",
				details: []detail{{Message: "Invalid user", Property: fmt.Sprintf("userIds[%d]", i)}}}
		}
	}
	return nil
}

func (p *Platform) linkMany(c call, _ []string) (answer, *refusal) {
	var body struct {
		Menu  string   `json:"richMenuId"`
		Users []string `json:"userIds"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	if refused := bulk(body.Users); refused != nil {
		return answer{}, refused
	}
	if refused := p.ready(body.Menu); refused != nil {
		return answer{}, refused
	}
	for _, user := range body.Users {
		if p.people[user] != nil {
			p.linked[user] = body.Menu
		}
	}
	return answer{status: http.StatusAccepted}, nil
}

func (p *Platform) unlinkMany(c call, _ []string) (answer, *refusal) {
	var body struct {
		Users []string `json:"userIds"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	if refused := bulk(body.Users); refused != nil {
		return answer{}, refused
	}
	for _, user := range body.Users {
		delete(p.linked, user)
	}
	return answer{status: http.StatusAccepted}, nil
}

var aliasName = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

func (p *Platform) createAlias(c call, _ []string) (answer, *refusal) {
	var body struct {
		Alias string `json:"richMenuAliasId"`
		Menu  string `json:"richMenuId"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	if !aliasName.MatchString(body.Alias) || p.ready(body.Menu) != nil {
		return answer{}, refuse(http.StatusBadRequest, "richmenu not found")
	}
	if p.aliases[body.Alias] != "" {
		return answer{}, refuse(http.StatusBadRequest, "conflict richmenu alias id")
	}
	p.aliases[body.Alias] = body.Menu
	return answer{}, nil
}

func (p *Platform) updateAlias(c call, arguments []string) (answer, *refusal) {
	var body struct {
		Menu string `json:"richMenuId"`
	}
	if refused := c.read(&body); refused != nil {
		return answer{}, refused
	}
	if p.aliases[arguments[0]] == "" || p.ready(body.Menu) != nil {
		return answer{}, refuse(http.StatusBadRequest, "richmenu not found")
	}
	p.aliases[arguments[0]] = body.Menu
	return answer{}, nil
}

func (p *Platform) deleteAlias(_ call, arguments []string) (answer, *refusal) {
	if p.aliases[arguments[0]] == "" {
		return answer{}, refuse(http.StatusNotFound, "richmenu alias not found")
	}
	delete(p.aliases, arguments[0])
	return answer{}, nil
}

func (p *Platform) listAliases(call, []string) (answer, *refusal) {
	list := []map[string]string{}
	for alias, menu := range p.aliases {
		list = append(list, map[string]string{"richMenuAliasId": alias, "richMenuId": menu})
	}
	return answer{value: map[string]any{"aliases": list}}, nil
}
