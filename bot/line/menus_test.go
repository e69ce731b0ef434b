package line

import (
	"bytes"
	"errors"
	"image/png"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"plaza/bot/line/linetest"
	"plaza/message"
)

var testMenu = message.Menu{Entries: []message.MenuEntry{
	{Label: "메뉴 菜单", Entries: []message.MenuEntry{
		{Label: "今日新鲜草莓", Action: message.PressAction, Payload: "today"}, {Label: "Shop", Action: message.OpenAction, URL: "/shop/corner"},
		{Label: "Scan", Action: message.ScanAction, Payload: "scan"}}},
	{Label: "A rather long English", Action: message.PressAction, Payload: "long"},
	{Label: "오시는 길", Entries: []message.MenuEntry{{Label: "위치 보내기", Action: message.PlaceAction, Payload: "place"}, {Label: "사진", Action: message.PhotoAction, Payload: "photo"}}},
}}

func TestAMenuIsPutUpWithAPictureOfItsWords(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var first []string
	for range 2 { // again leads to the same, and makes nothing
		some := message.Menu{For: message.MenuReaders{Tag: "vip"}, Entries: testMenu.Entries[:1]}
		ids, err := s.PutUpMenus(t.Context(), s.credentials, []message.Menu{testMenu, {For: message.MenuReaders{System: message.Apple}, Entries: testMenu.Entries}, some})
		if err != nil || len(ids) != 3 || ids[0] == "" || ids[1] != "" || ids[2] == "" || first != nil && !slices.Equal(ids, first) {
			t.Fatalf("%v after %v, %v", ids, first, err)
		}
		first = ids
	}
	if err := s.KeepMenus(t.Context(), s.credentials, first[:1]); err != nil || s.platform.Calls("/v2/bot/richmenu") != 2 {
		t.Errorf("%v, %d made", err, s.platform.Calls("/v2/bot/richmenu"))
	}
	shown := s.platform.DefaultMenu()
	if shown == nil || s.platform.Menus() != 1 || len(shown.Areas) != 6 {
		t.Fatalf("%d menus, shown: %+v", s.platform.Menus(), shown)
	}
	picture, err := png.Decode(bytes.NewReader(shown.Picture))
	if err != nil || picture.Bounds().Dx() != menuWidth || picture.Bounds().Dy() != menuHeight2 {
		t.Errorf("%v, %v", picture.Bounds(), err)
	}
	if *update {
		if err := os.WriteFile("testdata/menu.png", shown.Picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/menu.png")
	if err != nil || !bytes.Equal(want, shown.Picture) {
		t.Errorf("the picture is not that of testdata/menu.png: %v", err)
	}
	_, err = s.PutUpMenus(t.Context(), s.credentials, nil)
	if err := errors.Join(err, s.KeepMenus(t.Context(), s.credentials, nil)); err != nil || s.platform.Menus() != 0 || s.platform.DefaultMenu() != nil {
		t.Errorf("taken away: %v, %d menus", err, s.platform.Menus())
	}
}

func TestMenusAreGivenToPeopleAndNamed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	rich, err := s.RichMenus(s.credentials)
	if err != nil {
		t.Fatal(err)
	}
	request, picture, err := s.richMenu(message.Menu{Entries: []message.MenuEntry{{Label: "Tea", Action: message.PressAction, Payload: "tea"}}})
	if err != nil {
		t.Fatal(err)
	}
	id, err := rich.Create(t.Context(), request, picture)
	for _, step := range []func() error{
		func() error { return err },
		func() error { return rich.Link(t.Context(), id, alice.User) },
		func() error { return rich.Link(t.Context(), "", alice.User) },
		func() error { return rich.SetAlias(t.Context(), "tab-a", id) },
		func() error { return rich.SetAlias(t.Context(), "tab-a", id) },
		func() error { return rich.DeleteAlias(t.Context(), "tab-a") },
		func() error { return rich.SetDefault(t.Context(), id) },
		func() error { return rich.Delete(t.Context(), id) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := rich.Create(t.Context(), request, []byte("no picture")); err == nil || s.platform.Menus() != 0 {
		t.Errorf("a menu without picture stays: %v, %d menus", err, s.platform.Menus())
	}
}

func TestManyPeopleAreGivenAMenuInFewCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ids, err := s.PutUpMenus(t.Context(), s.credentials, []message.Menu{testMenu, {For: message.MenuReaders{Tag: "vip"}, Entries: testMenu.Entries[:1]}})
	if err != nil {
		t.Fatal(err)
	}
	const people = 1201
	users := make([]string, people)
	for i := range users {
		users[i] = linetest.UserID(i)
		s.platform.Add(users[i], "Somebody", "en")
	}
	give := func(menu string, users ...string) error { return s.GiveMenu(t.Context(), s.credentials, menu, users) }
	// An id that is none is left out here, and a person who left by LINE.
	if err := give(ids[1], append(users, "nobody", "C"+users[0][1:])...); err != nil || s.platform.Linked() != people || s.platform.Calls("/v2/bot/richmenu/bulk/link") != 3 {
		t.Errorf("%v, %d linked by %d calls", err, s.platform.Linked(), s.platform.Calls("/v2/bot/richmenu/bulk/link"))
	}
	if err := give(ids[1], linetest.UserID(people)); err != nil {
		t.Errorf("somebody who left: %v", err)
	}
	if err := give("", users...); err != nil || s.platform.Linked() != 0 {
		t.Errorf("%v, %d linked", err, s.platform.Linked())
	}
	if err := give("richmenu-gone", users...); err == nil {
		t.Error("a menu that is not there was given")
	}
	if err := give("richmenu-gone", users[0]); err == nil {
		t.Error("a menu that is not there was given to one")
	}
}

func TestAMenuThatWasBrokenOffGetsItsPicture(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	rich, err := s.RichMenus(s.credentials)
	if err != nil {
		t.Fatal(err)
	}
	request, _, err := s.richMenu(testMenu)
	if err == nil {
		err = rich.call(t.Context(), "/v2/bot/richmenu", func(client *messaging_api.MessagingApiAPI) (response *http.Response, err error) {
			response, _, err = client.CreateRichMenuWithHttpInfo(request)
			return response, err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutUpMenus(t.Context(), s.credentials, []message.Menu{testMenu}); err != nil || s.platform.Menus() != 1 || s.platform.DefaultMenu() == nil {
		t.Errorf("%v, %d menus", err, s.platform.Menus())
	}
}
