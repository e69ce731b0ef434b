package wechat

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"plaza/bot/wechat/wechattest"
	"plaza/message"
)

func press(label string) message.MenuEntry {
	return message.MenuEntry{Label: label, Action: message.PressAction, Payload: "menu:" + label}
}

// wholeMenu has every action.
func wholeMenu() message.Menu {
	return message.Menu{Entries: []message.MenuEntry{
		{Label: "商城", Action: message.OpenAction, URL: "/shop/corner"},
		{Label: "服务", Entries: []message.MenuEntry{
			{Label: "扫一扫", Action: message.ScanAction, Payload: "scan"}, {Label: "发照片", Action: message.PhotoAction, Payload: "photo"},
			{Label: "发位置", Action: message.PlaceAction, Payload: "place"}, press("人工客服"),
			{Label: "小程序", Action: message.ProgramAction, URL: "/shop/corner", Program: "wx286b93c14bbf93aa", Page: "pages/index"},
		}},
		press("关于"),
	}}
}

func TestMenusArePutUpForEverybodyAndForSome(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.platform.AddFollowers("vip", "other")
	s.platform.Change("vip", wechattest.Person{Tags: []string{"VIP"}})
	menus := []message.Menu{wholeMenu(),
		{For: message.MenuReaders{Tag: "VIP"}, Entries: []message.MenuEntry{press("贵宾")}},
		{For: message.MenuReaders{Language: "ko"}, Entries: []message.MenuEntry{press("가게")}},
		{For: message.MenuReaders{Tag: "new", System: message.Android}, Entries: []message.MenuEntry{press("新人")}},
	}
	for range 2 { // publishing again leads to the same
		left, err := s.channel.PublishMenus(t.Context(), s.credentials, menus)
		if err != nil || !slices.Equal(left, []int{2}) {
			t.Fatalf("left out %v, %v", left, err)
		}
		if vip, other := s.platform.Menu("vip"), s.platform.Menu("other"); !slices.Equal(vip, []string{"贵宾"}) || !slices.Equal(other, []string{"商城", "服务", "关于"}) {
			t.Errorf("they see %v and %v", vip, other)
		}
	}
	a, _ := s.channel.accounts.decode(s.credentials)
	if ids, err := s.channel.api.conditionalMenus(t.Context(), a.Credentials); err != nil || len(ids) != 2 {
		t.Errorf("%v conditional menus, %v", ids, err)
	}
	if seen, err := s.channel.api.TryMenu(t.Context(), a.Credentials, "vip"); err != nil || !slices.Equal(seen, []string{"贵宾"}) {
		t.Errorf("the test finds %v, %v", seen, err)
	}
	if _, err := s.channel.PublishMenus(t.Context(), s.credentials, nil); err != nil || s.platform.Menu("vip") != nil {
		t.Errorf("taken away: %v, %v", err, s.platform.Menu("vip"))
	}
}

func TestAMenuThatWeChatDoesNotTakeIsSaidInWords(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	long := message.Menu{Entries: []message.MenuEntry{press(strings.Repeat("长", 6))}}
	if _, err := s.channel.PublishMenus(t.Context(), s.credentials, []message.Menu{long}); !errors.Is(err, ErrMenuName) {
		t.Errorf("%v", err)
	}
	far := message.Menu{For: message.MenuReaders{System: message.Apple}}
	for _, host := range []string{"a", "b", "c", "shop"} {
		far.Entries = append(far.Entries, message.MenuEntry{Label: host, Action: message.OpenAction, URL: "https://" + host + ".example/"})
	}
	all := []message.Menu{wholeMenu(), far}
	all[1].Entries = append(all[1].Entries[:3:3], message.MenuEntry{Label: "d", Action: message.OpenAction, URL: "https://d.example"})
	if _, err := s.channel.PublishMenus(t.Context(), s.credentials, all); !errors.Is(err, ErrMenuDomains) {
		t.Errorf("%v", err)
	}
	s.platform.FailNext("/cgi-bin/menu/create", codeNotGranted)
	if _, err := s.channel.PublishMenus(t.Context(), s.credentials, []message.Menu{wholeMenu()}); !errors.Is(err, ErrRestricted) {
		t.Errorf("%v", err)
	}
}

func TestACodeOfASceneIsPermanentAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first, err := s.channel.SceneCode(t.Context(), s.credentials, message.Scene{Text: "7KQ2M4TX"})
	if again, _ := s.channel.SceneCode(t.Context(), s.credentials, message.Scene{Text: "7KQ2M4TX"}); err != nil || first.Link == "" || again != first {
		t.Errorf("%s, then %s, %v", first, again, err)
	}
	s.platform.FailNext("/cgi-bin/qrcode/create", codeNotGranted)
	if _, err := s.channel.SceneCode(t.Context(), s.credentials, message.Scene{Text: "x"}); !errors.Is(err, ErrRestricted) {
		t.Error(err)
	}
}
