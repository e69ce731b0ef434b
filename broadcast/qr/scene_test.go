package qr

import "testing"

func TestAScanInsideAMessengerCountsForItsCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.create(t, Spec{Kind: Follow, Label: "Window", Target: "/chat/corner"})
	if err := w.SetScene(t.Context(), shop, code.ID, "wechat", "http://weixin.qq.com/q/02"); err != nil {
		t.Fatal(err)
	}
	for _, scan := range []struct{ account, scene string }{
		{shop, code.ID}, {shop, code.ID}, // the same person again
		{"another account", code.ID}, {shop, "a scene of somebody else's"}, {shop, ""},
	} {
		if err := w.Scanned(t.Context(), scan.account, scan.scene, "anna"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, err := w.Find(t.Context(), shop, code.ID); err != nil || found.Scans != 2 || found.Visitors != 1 || found.Scenes["wechat"] == "" {
		t.Errorf("%+v, %v", found, err)
	}
}
