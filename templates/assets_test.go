package templates

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func fetch(t *testing.T, a *Assets, url string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Result()
}

func TestAnAssetIsKeptForGoodUnderItsHashOnly(t *testing.T) {
	t.Parallel()
	a := newRenderer(t).Assets
	today := fetch(t, a, a.URL("css/base.css"))
	if got := today.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("with today's hash: %q", got)
	}
	older := fetch(t, a, AssetsRoute+"000000000000/css/base.css")
	if got := older.Header.Get("Cache-Control"); older.StatusCode != http.StatusOK || got != "no-cache" {
		t.Errorf("with an older hash: %d, %q", older.StatusCode, got)
	}
	for _, unknown := range []string{AssetsRoute, AssetsRoute + a.hash, AssetsRoute + a.hash + "/../engine.go", AssetsRoute + a.hash + "/css/", AssetsRoute + a.hash + "/accent/zzz.css", AssetsRoute + a.hash + "/qr.svg"} {
		if got := fetch(t, a, unknown).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s: %d", unknown, got)
		}
	}
}

func TestAPackedAssetUnpacksToTheSame(t *testing.T) {
	t.Parallel()
	a := newRenderer(t).Assets
	plain := read(t, fetch(t, a, a.URL("js/live.js")).Body)
	packed := fetch(t, a, a.URL("js/live.js"), "Accept-Encoding", "br, gzip")
	if packed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("not packed")
	}
	unpacked, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, unpacked); got != plain {
		t.Error("it is not the same")
	}
}

func TestTheCodePictureIsAnAssetOfItsText(t *testing.T) {
	t.Parallel()
	a := newRenderer(t).Assets
	answer := fetch(t, a, a.CodeURL("https://plaza.example/q/7KQ2M4TX?a=1&b=<2>"))
	if got := read(t, answer.Body); answer.Header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(got, "<svg xmlns=") {
		t.Errorf("%s: %.60s", answer.Header.Get("Content-Type"), got)
	}
	if got := fetch(t, a, a.CodeURL(strings.Repeat("x", maxCodeText+1))).StatusCode; got != http.StatusNotFound {
		t.Errorf("too long a text: %d", got)
	}
}

func read(t *testing.T, from io.Reader) string {
	t.Helper()
	data, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
