package templates

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// Assets serves styles, scripts and drawings under /assets/{hash}/. The hash is
// of the whole tree, so that a module may import its neighbour by a relative
// path and every answer may be kept for good.
type Assets struct {
	hash  string
	files map[string]asset
}

type asset struct {
	contentType string
	plain       []byte
	packed      []byte // gzip; nil where it doesn't pay
}

// AssetsRoute is the path prefix that Assets answers.
const AssetsRoute = "/assets/"

// contentTypes are named here because the system's table may lack or bend them.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json",
}

// NewAssets reads the built-in assets.
func NewAssets() (*Assets, error) {
	a := &Assets{files: map[string]asset{}}
	sum := sha256.New()
	err := fs.WalkDir(files, "assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, AssetsRoute[1:])
		sum.Write([]byte(name + "\x00" + strconv.Itoa(len(content)) + "\x00"))
		sum.Write(content)
		a.files[name], err = newAsset(name, content)
		return err
	})
	a.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return a, err
}

func newAsset(name string, content []byte) (asset, error) {
	made := asset{contentType: contentTypes[path.Ext(name)], plain: content}
	if made.contentType == "" {
		made.contentType = mime.TypeByExtension(path.Ext(name))
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return made, err
	}
	if _, err := w.Write(content); err != nil {
		return made, err
	}
	if err := w.Close(); err != nil {
		return made, err
	}
	if packed.Len() < len(content)*9/10 {
		made.packed = packed.Bytes()
	}
	return made, nil
}

// URL of an asset: "css/base.css". An unknown name gives the empty string.
func (a *Assets) URL(name string) string {
	if _, ok := a.files[name]; !ok {
		return ""
	}
	return AssetsRoute + a.hash + "/" + name
}

// AccentURL is the style sheet that gives a page the colour of its account.
func (a *Assets) AccentURL(colour string) string {
	return AssetsRoute + a.hash + "/accent/" + strings.TrimPrefix(strings.ToLower(colour), "#") + ".css"
}

// The picture of a QR code is an asset too: it depends on nothing but its text.
const (
	codeName    = "qr.svg"
	maxCodeText = 512
)

// CodeURL is the picture of a QR code that leads to a URL.
func (a *Assets) CodeURL(to string) string {
	return AssetsRoute + a.hash + "/" + codeName + "?to=" + url.QueryEscape(to)
}

// ServeHTTP answers AssetsRoute. A URL with an older hash gets today's file,
// but not for good: a page may be older than the server after an upgrade.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, AssetsRoute), "/")
	found, ok := a.files[name]
	if rest, isAccent := strings.CutPrefix(name, "accent/"); isAccent {
		sheet, known := AccentSheet(strings.TrimSuffix(rest, ".css"))
		found, ok = asset{contentType: contentTypes[".css"], plain: []byte(sheet)}, known
	}
	if to := r.URL.Query().Get("to"); name == codeName && to != "" && len(to) <= maxCodeText {
		drawn, err := codeSVG(to, "")
		found, ok = asset{contentType: contentTypes[".svg"], plain: []byte(drawn)}, err == nil
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", found.contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cache-Control", "no-cache")
	if hash == a.hash {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	content := found.plain
	if found.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		content = found.packed
	}
	header.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the reader has gone: nothing left to do
	}
}
