package line

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"plaza/fault"
	"plaza/message"
)

const (
	maxMenuAreas = 20
	// menuPrefix begins the names of our rich menus, so that those that somebody
	// made elsewhere stay.
	menuPrefix = "plaza "
	// menuBar is the word at the foot of the chat, in the languages of all.
	menuBar = "Menu 菜单 메뉴"
)

// RichMenus are the calls about an account's rich menus (platform document:
// "Rich menu"). Errors are of type *Error, or mean that no answer came.
type RichMenus struct {
	api     *api
	account Credentials
}

// RichMenus gives access to them.
func (c *Channel) RichMenus(credentials []byte) (RichMenus, error) {
	a, err := c.accounts.decode(credentials)
	return RichMenus{c.api, a}, err
}

func (m RichMenus) call(ctx context.Context, path string, do func(*messaging_api.MessagingApiAPI) (*http.Response, error)) error {
	return m.api.call(ctx, m.account, path, do)
}

// Create makes a menu and gives it its picture, a PNG of the menu's size. A menu
// whose picture LINE refuses is taken away again.
func (m RichMenus) Create(ctx context.Context, menu *messaging_api.RichMenuRequest, picture []byte) (id string, err error) {
	var made *messaging_api.RichMenuIdResponse
	err = m.call(ctx, "/v2/bot/richmenu", func(client *messaging_api.MessagingApiAPI) (response *http.Response, err error) {
		response, made, err = client.CreateRichMenuWithHttpInfo(menu)
		return response, err
	})
	if err != nil {
		return "", err
	}
	if made == nil || made.RichMenuId == "" {
		return "", errors.New("line /v2/bot/richmenu: the answer holds no id")
	}
	if err := m.setPicture(ctx, made.RichMenuId, picture); err != nil {
		return "", errors.Join(err, m.Delete(context.WithoutCancel(ctx), made.RichMenuId))
	}
	return made.RichMenuId, nil
}

// setPicture gives a menu its picture, unless it has one: LINE takes one only.
func (m RichMenus) setPicture(ctx context.Context, id string, picture []byte) error {
	client, err := m.api.contents(ctx, m.account)
	if err != nil {
		return err
	}
	response, _, err := client.SetRichMenuImageWithHttpInfo(id, "image/png", bytes.NewReader(picture))
	err = outcome("/v2/bot/richmenu/content", response, err)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Status == http.StatusBadRequest && refused.says("already been uploaded") {
		return nil
	}
	return err
}

// SetDefault shows a menu to everybody who has none of their own; "" shows none.
func (m RichMenus) SetDefault(ctx context.Context, id string) error {
	return m.call(ctx, "/v2/bot/user/all/richmenu", func(client *messaging_api.MessagingApiAPI) (response *http.Response, err error) {
		if id == "" {
			response, _, err = client.CancelDefaultRichMenuWithHttpInfo()
		} else {
			response, _, err = client.SetDefaultRichMenuWithHttpInfo(id)
		}
		return response, err
	})
}

// maxLinked is how many people one call links.
const maxLinked = 500

// Link shows a menu to people, at most 500, in the place of the default; "" shows
// them that again. For one person LINE has done it when it answers, for several
// it does it a moment later.
func (m RichMenus) Link(ctx context.Context, id string, users ...string) error {
	path := "/v2/bot/richmenu/bulk"
	if len(users) == 1 {
		path = "/v2/bot/user/richmenu"
	}
	return m.call(ctx, path, func(client *messaging_api.MessagingApiAPI) (response *http.Response, err error) {
		switch {
		case len(users) == 1 && id == "":
			response, _, err = client.UnlinkRichMenuIdFromUserWithHttpInfo(users[0])
		case len(users) == 1:
			response, _, err = client.LinkRichMenuIdToUserWithHttpInfo(users[0], id)
		case id == "":
			response, _, err = client.UnlinkRichMenuIdFromUsersWithHttpInfo(&messaging_api.RichMenuBulkUnlinkRequest{UserIds: users})
		default:
			response, _, err = client.LinkRichMenuIdToUsersWithHttpInfo(&messaging_api.RichMenuBulkLinkRequest{RichMenuId: id, UserIds: users})
		}
		return response, err
	})
}

// SetAlias names a menu, by which an area of another switches to it; the name may
// be in use.
func (m RichMenus) SetAlias(ctx context.Context, alias, id string) error {
	const path = "/v2/bot/richmenu/alias"
	err := m.call(ctx, path, func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
		response, _, err := client.CreateRichMenuAliasWithHttpInfo(&messaging_api.CreateRichMenuAliasRequest{RichMenuAliasId: alias, RichMenuId: id})
		return response, err
	})
	if refused, ok := errors.AsType[*Error](err); !ok || refused.Status != http.StatusBadRequest || !refused.says("conflict") {
		return err
	}
	return m.call(ctx, path, func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
		response, _, err := client.UpdateRichMenuAliasWithHttpInfo(alias, &messaging_api.UpdateRichMenuAliasRequest{RichMenuId: id})
		return response, err
	})
}

// DeleteAlias forgets a name.
func (m RichMenus) DeleteAlias(ctx context.Context, alias string) error {
	return m.call(ctx, "/v2/bot/richmenu/alias", func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
		response, _, err := client.DeleteRichMenuAliasWithHttpInfo(alias)
		return response, err
	})
}

// Delete takes a menu away.
func (m RichMenus) Delete(ctx context.Context, id string) error {
	return m.call(ctx, "/v2/bot/richmenu", func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
		response, _, err := client.DeleteRichMenuWithHttpInfo(id)
		return response, err
	})
}

// ours are the menus that this program has made: ids by name.
func (m RichMenus) ours(ctx context.Context) (map[string]string, error) {
	var list *messaging_api.RichMenuListResponse
	err := m.call(ctx, "/v2/bot/richmenu/list", func(client *messaging_api.MessagingApiAPI) (response *http.Response, err error) {
		response, list, err = client.GetRichMenuListWithHttpInfo()
		return response, err
	})
	if err != nil || list == nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, menu := range list.Richmenus {
		if strings.HasPrefix(menu.Name, menuPrefix) {
			ids[menu.Name] = menu.RichMenuId
		}
	}
	return ids, nil
}

func menuFault(a Credentials, err error) error {
	refused, ok := errors.AsType[*Error](err)
	if ok && refused.Status == http.StatusBadRequest {
		return fault.New(fault.Invalid, ErrMenuRefused.Code, ErrMenuRefused.Text, refused.Message+" "+refused.Detail).Because(err)
	}
	return asFault(a, err)
}

// richMenu is a menu with its picture. Its entries stand side by side; those
// below an entry stand below it.
func (c *Channel) richMenu(menu message.Menu) (*messaging_api.RichMenuRequest, []byte, error) {
	tiles := tilesOf(menu)
	request := &messaging_api.RichMenuRequest{
		Size:     &messaging_api.RichMenuSize{Width: menuWidth, Height: int64(heightOf(tiles))},
		Selected: true, ChatBarText: menuBar,
	}
	for _, tile := range tiles {
		if tile.heading {
			continue
		}
		action := c.menuAction(tile.entry)
		if action == nil {
			return nil, nil, fault.New(fault.Invalid, ErrMenuRefused.Code, ErrMenuRefused.Text, tile.entry.Label)
		}
		request.Areas = append(request.Areas, messaging_api.RichMenuArea{
			Bounds: &messaging_api.RichMenuBounds{X: int64(tile.box.Min.X), Y: int64(tile.box.Min.Y), Width: int64(tile.box.Dx()), Height: int64(tile.box.Dy())},
			Action: action,
		})
	}
	if len(request.Areas) > maxMenuAreas {
		return nil, nil, ErrMenuSize
	}
	picture, err := draw(tiles)
	if err != nil {
		return nil, nil, err
	}
	// The same menu has the same name, by which it is found again: LINE lets only
	// a hundred be made in an hour.
	areas, err := json.Marshal(request)
	request.Name = menuPrefix + digest(string(areas) + string(picture))[:16]
	return request, picture, err
}

// menuAction is what a tap does. The camera, the album and the map are screens of
// LINE's app, opened by addresses of its own (platform document: "LINE URL
// scheme"); what a code says stays on the phone.
func (c *Channel) menuAction(entry message.MenuEntry) *action {
	w := writer{Channel: c}
	switch entry.Action {
	case message.PressAction:
		return w.press(message.Button{Label: entry.Label, Payload: entry.Payload})
	case message.ScanAction:
		return w.press(message.Button{Label: entry.Label, URL: "https://line.me/R/nv/QRCodeReader"})
	case message.PhotoAction:
		return w.press(message.Button{Label: entry.Label, URL: "https://line.me/R/nv/cameraRoll/single"})
	case message.PlaceAction:
		return w.press(message.Button{Label: entry.Label, URL: "https://line.me/R/nv/location/"})
	}
	return w.press(message.Button{Label: entry.Label, URL: entry.URL})
}
