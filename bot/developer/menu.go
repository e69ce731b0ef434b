package developer

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/message"
)

// mediaButton is a menu entry that sends a file instead of telling the program.
const mediaButton = "media_id"

// Button is an entry of a menu as programs write it (platform document: "Create
// custom menu").
type Button struct {
	Type      string   `json:"type,omitempty"`
	Name      string   `json:"name"`
	Key       string   `json:"key,omitempty"`
	URL       string   `json:"url,omitempty"`
	MediaID   string   `json:"media_id,omitempty"`
	AppID     string   `json:"appid,omitempty"`
	PagePath  string   `json:"pagepath,omitempty"`
	SubButton []Button `json:"sub_button"`
}

// MatchRule says for whom a special menu is.
type MatchRule struct {
	TagID    string `json:"tag_id,omitempty"`
	Platform string `json:"client_platform_type,omitempty"` // "1" iOS, "2" Android, "3" other
}

// SpecialMenu is a menu for some.
type SpecialMenu struct {
	ID      string
	Buttons []Button
	Rule    MatchRule
}

// Limits of a menu, in bytes.
const (
	maxButtonName    = 16
	maxSubButtonName = 60
	maxButtonKey     = 128
	maxButtonURL     = 1024
)

// keyButtons are the types that tell the program their key.
var keyButtons = []string{"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"}

// entries checks buttons and makes entries of them.
func (s *Service) entries(ctx context.Context, account string, buttons []Button, top bool) ([]webchat.Entry, error) {
	limit, name := webchat.MaxSubEntries, maxSubButtonName
	if top {
		limit, name = webchat.MaxEntries, maxButtonName
	}
	if len(buttons) == 0 || len(buttons) > limit {
		if top {
			return nil, ErrButtonCount
		}
		return nil, ErrSubButtonCount
	}
	entries := make([]webchat.Entry, len(buttons))
	for i, b := range buttons {
		entry := webchat.Entry{Name: b.Name, Kind: b.Type, Key: b.Key, URL: b.URL}
		var err error
		switch {
		case b.Name == "" || len(b.Name) > name:
			return nil, ErrButtonName
		case len(b.SubButton) > 0 && top:
			entry = webchat.Entry{Name: b.Name, Kind: webchat.Group}
			entry.Entries, err = s.entries(ctx, account, b.SubButton, false)
		case slices.Contains(keyButtons, b.Type):
			if b.Key == "" || len(b.Key) > maxButtonKey {
				err = ErrButtonKey
			}
			entry.URL = ""
		case b.Type == "view" || b.Type == "miniprogram":
			if !webLink(b.URL) || len(b.URL) > maxButtonURL {
				err = ErrButtonURL
			}
			entry.Key = ""
			entry.Fields = map[string]string{"appid": b.AppID, "pagepath": b.PagePath}
		case b.Type == mediaButton:
			entry.Key, entry.URL = b.MediaID, ""
			_, err = s.use(ctx, account, b.MediaID, imageMedia, voiceMedia, videoMedia)
		default:
			err = ErrButtonType
		}
		if err != nil {
			return nil, err
		}
		entries[i] = entry
	}
	return entries, nil
}

// buttonsOf is entries backwards.
func buttonsOf(entries []webchat.Entry) []Button {
	buttons := make([]Button, len(entries))
	for i, e := range entries {
		buttons[i] = Button{Type: e.Kind, Name: e.Name, Key: e.Key, URL: e.URL,
			AppID: e.Fields["appid"], PagePath: e.Fields["pagepath"], SubButton: buttonsOf(e.Entries)}
		switch e.Kind {
		case webchat.Group:
			buttons[i].Type = ""
		case mediaButton:
			buttons[i].Key, buttons[i].MediaID = "", e.Key
		}
	}
	return buttons
}

// CreateMenu gives the account its menu. Errors: those about buttons, ErrQuota.
func (s *Service) CreateMenu(ctx context.Context, account string, buttons []Button) error {
	if err := s.count(ctx, account, "menu/create"); err != nil {
		return err
	}
	entries, err := s.entries(ctx, account, buttons, true)
	if err != nil {
		return err
	}
	menu, err := s.Chat.Menu(ctx, account)
	if err != nil {
		return err
	}
	menu.Entries = entries
	return s.Chat.SetMenu(ctx, account, menu)
}

// Menu reads the account's menus. Errors: ErrNoMenu, ErrQuota.
func (s *Service) Menu(ctx context.Context, account string) (buttons []Button, special []SpecialMenu, err error) {
	if err := s.count(ctx, account, "menu/get"); err != nil {
		return nil, nil, err
	}
	menu, err := s.Chat.Menu(ctx, account)
	if err != nil {
		return nil, nil, err
	}
	if len(menu.Entries) == 0 {
		return nil, nil, ErrNoMenu
	}
	for _, one := range menu.Special {
		rule := MatchRule{Platform: systemNumbers[one.For.System]}
		if one.For.Tag != "" {
			tag, err := s.tagNamed(ctx, account, one.For.Tag)
			if err != nil {
				return nil, nil, err
			}
			rule.TagID = strconv.FormatInt(tag.ID, 10)
		}
		special = append(special, SpecialMenu{ID: one.ID, Buttons: buttonsOf(one.Entries), Rule: rule})
	}
	return buttonsOf(menu.Entries), special, nil
}

// DeleteMenu takes all menus away. Errors: ErrQuota.
func (s *Service) DeleteMenu(ctx context.Context, account string) error {
	if err := s.count(ctx, account, "menu/delete"); err != nil {
		return err
	}
	return s.Chat.SetMenu(ctx, account, webchat.Menu{})
}

var systemNumbers = map[message.System]string{message.Apple: "1", message.Android: "2", message.OtherSystem: "3"}

// maxSpecialMenus bounds an account's menus for some.
const maxSpecialMenus = 20

// AddSpecialMenu makes a menu for some. Errors: ErrNoDefaultMenu, ErrMatchRule,
// and those about buttons.
func (s *Service) AddSpecialMenu(ctx context.Context, account string, buttons []Button, rule MatchRule) (id string, err error) {
	if err := s.count(ctx, account, "menu/create"); err != nil {
		return "", err
	}
	made := webchat.SpecialMenu{ID: newNumber()}
	if made.Entries, err = s.entries(ctx, account, buttons, true); err != nil {
		return "", err
	}
	if rule.TagID != "" {
		number, _ := strconv.ParseInt(rule.TagID, 10, 64) // 0 is no tag of theirs
		tag, err := s.tag(ctx, account, number)
		if err != nil {
			return "", ErrMatchRule
		}
		made.For.Tag = tag.Name
	}
	for system, number := range systemNumbers {
		if number == rule.Platform {
			made.For.System = system
		}
	}
	menu, err := s.Chat.Menu(ctx, account)
	switch {
	case err != nil:
		return "", err
	case len(menu.Entries) == 0:
		return "", ErrNoDefaultMenu
	case made.For.Everybody(), len(menu.Special) >= maxSpecialMenus:
		return "", ErrMatchRule
	}
	menu.Special = append(menu.Special, made)
	return made.ID, s.Chat.SetMenu(ctx, account, menu)
}

// DeleteSpecialMenu takes a menu for some away. Errors: ErrNoSpecialMenu.
func (s *Service) DeleteSpecialMenu(ctx context.Context, account, id string) error {
	menu, err := s.Chat.Menu(ctx, account)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(menu.Special), func(one webchat.SpecialMenu) bool { return one.ID == id })
	if len(left) == len(menu.Special) {
		return ErrNoSpecialMenu
	}
	menu.Special = left
	return s.Chat.SetMenu(ctx, account, menu)
}

// MenuOf is the menu that one person sees. Errors: ErrOpenID.
func (s *Service) MenuOf(ctx context.Context, account, openID string) ([]Button, error) {
	found, err := s.person(ctx, account, openID)
	if err != nil {
		return nil, err
	}
	entries, err := s.Chat.MenuFor(ctx, found.Person(), message.OtherSystem)
	return buttonsOf(entries), err
}

// sendButton answers the press of an entry that sends a file.
func (s *Service) sendButton(ctx context.Context, person message.Person, in message.Inbound) error {
	found, err := s.Media(ctx, in.Account, in.Payload)
	if errors.Is(err, ErrMediaID) {
		return nil // deleted since; WeChat shows nothing either
	}
	if err != nil {
		return err
	}
	out, err := s.file(ctx, in.Account, found.Kind, VideoContent{MediaID: found.ID, Title: found.Title, Description: found.Description})
	if err != nil {
		return err
	}
	return s.Bot.SendAs(ctx, bot.ByDeveloper, person, "menu:"+in.Key, out...)
}
