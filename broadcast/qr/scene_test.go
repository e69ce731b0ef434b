package qr

import (
	"errors"
	"testing"
	"time"
)

func TestAScanInsideAMessengerCountsForItsCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.create(t, Spec{Kind: Follow, Label: "Window", Target: "/chat/corner"})
	until := w.now.Add(time.Hour)
	other := w.create(t, Spec{Kind: Follow, Label: "Door", Target: "/chat/corner"})
	for id, want := range map[string]error{code.ID: nil, "NOSUCHCO": ErrCode} {
		for range 2 {
			if err := w.Number(t.Context(), shop, id, "wechat", 17); !errors.Is(err, want) {
				t.Errorf("number of %s: %v", id, err)
			}
		}
	}
	if err := w.Number(t.Context(), shop, other.ID, "wechat", 17); !errors.Is(err, ErrSceneNumber) {
		t.Errorf("a number of two codes: %v", err)
	}
	for _, scene := range []Scene{{Link: "http://weixin.qq.com/q/02", Until: until, Number: 17}, {Link: "http://weixin.qq.com/q/03"}} {
		if err := w.SetScene(t.Context(), shop, code.ID, "wechat", scene); err != nil {
			t.Fatal(err)
		}
		found, err := w.Find(t.Context(), shop, code.ID)
		if err != nil || found.Scenes["wechat"] != scene.Link || !found.SceneEnds["wechat"].Equal(scene.Until) || found.SceneNumbers["wechat"] != scene.Number {
			t.Errorf("%+v, %v", found, err)
		}
	}
	for _, scan := range []struct {
		account, scene string
		followed       bool
	}{
		{shop, code.ID, true}, {shop, "17", false}, // the same person again, by a number
		{"another account", code.ID, true}, {"another account", "17", true}, {shop, "18", true}, {shop, "a scene of somebody else's", true}, {shop, "", true},
	} {
		if err := w.Scanned(t.Context(), scan.account, "wechat", scan.scene, "anna", scan.followed); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, err := w.Find(t.Context(), shop, code.ID); err != nil || found.Scans != 2 || found.Visitors != 1 || found.Follows != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}
