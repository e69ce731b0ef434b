package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"plaza/fault"
	"plaza/message"
)

// The limits of a menu (platform document: "Create custom menu").
const (
	maxMenuName    = 16 // bytes, of an entry at the foot
	maxMenuSubName = 60 // bytes, of one above it
	maxMenuDomains = 3  // of foreign hosts in all conditional menus together
)

// The faults of menus.
var (
	ErrMenuName    = fault.New(fault.Invalid, "wechat_menu_name", "WeChat takes 16 letters, or five Chinese characters, for a menu entry at the foot, and 60 letters for one above it: {0} is too long.")
	ErrMenuDomains = fault.New(fault.Invalid, "wechat_menu_domains", "On WeChat, all menus for some people together may lead to pages of at most three other websites.")
)

// menuButton is a button of a menu, as WeChat writes it.
type menuButton struct {
	Type     string       `json:"type,omitempty"`
	Name     string       `json:"name"`
	Key      string       `json:"key,omitempty"`
	URL      string       `json:"url,omitempty"`
	AppID    string       `json:"appid,omitempty"`
	PagePath string       `json:"pagepath,omitempty"`
	Sub      []menuButton `json:"sub_button,omitempty"`
}

// matchRule says who sees a conditional menu. WeChat refuses rules by language
// and other personal data since 2022 (65320).
type matchRule struct {
	Tag      string `json:"tag_id,omitempty"`
	Platform string `json:"client_platform_type,omitempty"`
}

var platforms = map[message.System]string{message.Apple: "1", message.Android: "2", message.OtherSystem: "3"}

var menuTypes = map[message.MenuAction]string{
	message.PressAction: "click", message.OpenAction: "view", message.ProgramAction: "miniprogram",
	message.ScanAction: "scancode_waitmsg", message.PhotoAction: "pic_photo_or_album", message.PlaceAction: "location_select",
}

// PublishMenus puts menus in the place of those the account has. New
// conditional menus are added before the old ones go, so that nobody is without
// one, and doing it again leads to the same. Menus by language are left out.
// People's WeChat fetches a menu that is older than five minutes.
func (c *Channel) PublishMenus(ctx context.Context, credentials []byte, menus []message.Menu) (leftOut []int, err error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	if a.Secret == "" {
		return nil, ErrSecret
	}
	if leftOut, err = c.publishMenus(ctx, a.Credentials, menus); err != nil {
		return nil, asFault(err)
	}
	return leftOut, nil
}

func (c *Channel) publishMenus(ctx context.Context, a Credentials, menus []message.Menu) (leftOut []int, err error) {
	if len(menus) == 0 {
		return nil, c.api.ask(ctx, a, "/cgi-bin/menu/delete", nil, nil)
	}
	encoded := make([][]menuButton, len(menus))
	for i, menu := range menus {
		if encoded[i], err = c.menuButtons(menu.Entries, maxMenuName); err != nil {
			return nil, err
		}
	}
	if foreignHosts(encoded[1:], c.publicURL) > maxMenuDomains {
		return nil, ErrMenuDomains
	}
	old, err := c.api.conditionalMenus(ctx, a)
	if err != nil {
		return nil, err
	}
	body := map[string]any{"button": encoded[0]}
	if err := c.api.call(ctx, a, "/cgi-bin/menu/create", body, nil); err != nil {
		return nil, err
	}
	// The latest one is asked first.
	for i := len(menus) - 1; i > 0; i-- {
		if menus[i].For.Language != "" {
			leftOut = append(leftOut, i)
			continue
		}
		rule := matchRule{Platform: platforms[menus[i].For.System]}
		if menus[i].For.Tag != "" {
			id, err := c.api.tagID(ctx, a, menus[i].For.Tag)
			if err != nil {
				return nil, err
			}
			rule.Tag = strconv.Itoa(id)
		}
		body := map[string]any{"button": encoded[i], "matchrule": rule}
		if err := c.api.call(ctx, a, "/cgi-bin/menu/addconditional", body, nil); err != nil {
			return nil, err
		}
	}
	for _, id := range old {
		body := map[string]string{"menuid": id}
		if err := c.api.call(ctx, a, "/cgi-bin/menu/delconditional", body, nil); err != nil {
			return nil, err
		}
	}
	slices.Sort(leftOut)
	return leftOut, nil
}

func (c *Channel) menuButtons(entries []message.MenuEntry, limit int) ([]menuButton, error) {
	buttons := make([]menuButton, len(entries))
	for i, entry := range entries {
		if len(entry.Label) > limit {
			return nil, fault.New(fault.Invalid, ErrMenuName.Code, ErrMenuName.Text, entry.Label)
		}
		buttons[i] = menuButton{Name: entry.Label}
		if len(entry.Entries) > 0 {
			sub, err := c.menuButtons(entry.Entries, maxMenuSubName)
			if err != nil {
				return nil, err
			}
			buttons[i].Sub = sub
			continue
		}
		b := &buttons[i]
		switch b.Type = menuTypes[entry.Action]; entry.Action {
		case message.OpenAction:
			b.URL = c.absolute(entry.URL)
		case message.ProgramAction:
			b.URL, b.AppID, b.PagePath = c.absolute(entry.URL), entry.Program, entry.Page
		default:
			b.Key = entry.Payload
		}
	}
	return buttons, nil
}

// foreignHosts counts the hosts that menus lead to, besides our own.
func foreignHosts(menus [][]menuButton, own string) int {
	hosts := map[string]bool{}
	var visit func([]menuButton)
	visit = func(buttons []menuButton) {
		for _, b := range buttons {
			if parsed, err := url.Parse(b.URL); err == nil && parsed.Host != "" {
				hosts[parsed.Host] = true
			}
			visit(b.Sub)
		}
	}
	for _, menu := range menus {
		visit(menu)
	}
	if parsed, err := url.Parse(own); err == nil {
		delete(hosts, parsed.Host)
	}
	return len(hosts)
}

// conditionalMenus are the ids of those there are.
func (a *API) conditionalMenus(ctx context.Context, c Credentials) ([]string, error) {
	var answer struct {
		Conditional []struct {
			ID jsonID `json:"menuid"`
		} `json:"conditionalmenu"`
	}
	err := a.ask(ctx, c, "/cgi-bin/menu/get", nil, &answer)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code == codeNoMenu {
		return nil, nil
	}
	ids := make([]string, len(answer.Conditional))
	for i, menu := range answer.Conditional {
		ids[i] = string(menu.ID)
	}
	return ids, err
}

// jsonID is an id that WeChat writes as a number here and as a text there.
type jsonID string

// UnmarshalJSON takes both.
func (id *jsonID) UnmarshalJSON(data []byte) error {
	if unquoted, err := strconv.Unquote(string(data)); err == nil {
		data = []byte(unquoted)
	}
	if _, err := strconv.ParseUint(string(data), 10, 64); err != nil {
		return fmt.Errorf("id %q is no number", data)
	}
	*id = jsonID(data)
	return nil
}

// TryMenu is the menu that a person sees, by the words at its foot: for
// checking conditional menus.
func (a *API) TryMenu(ctx context.Context, c Credentials, openID string) ([]string, error) {
	var answer struct {
		Buttons []menuButton `json:"button"`
	}
	err := a.call(ctx, c, "/cgi-bin/menu/trymatch", map[string]string{"user_id": openID}, &answer)
	names := make([]string, len(answer.Buttons))
	for i, button := range answer.Buttons {
		names[i] = button.Name
	}
	return names, err
}

// asFault says in words what the refusal of a call means.
func asFault(err error) error {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.fault()
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return ErrUnreachable.Because(err)
}
