package phones

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"

	"plaza/message"
)

//go:embed page
var assets embed.FS

// words are the page's texts by language and name.
var words = func() (all map[string]map[string]string) {
	encoded, err := assets.ReadFile("page/texts.json")
	if err == nil {
		err = json.Unmarshal(encoded, &all)
	}
	if err != nil {
		panic(err) // of our own file
	}
	return all
}()

var pageTemplate = template.Must(template.ParseFS(assets, "page/phones.html"))

// languages are those of the page, the first for everybody else.
var languages = []string{"en", "zh", "ko"}

// page shows the phones. Its script draws what is on their screens.
func (w *World) page(rw http.ResponseWriter, r *http.Request) {
	language := r.URL.Query().Get("lang")
	if !slices.Contains(languages, language) {
		language = message.LanguageOf(r.Header.Get("Accept-Language"))
	}
	if !slices.Contains(languages, language) {
		language = languages[0]
	}
	w.identify(rw)
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Referrer-Policy", "no-referrer")
	rw.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
		"img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	encoded, err := json.Marshal(words[language])
	if err == nil {
		err = pageTemplate.Execute(rw, map[string]any{"Language": language, "Languages": languages, "T": words[language],
			"Words": string(encoded), "Store": w.PublicURL, "Phones": w.phones, "WeChatPay": w.API("wechatpay") + "/pages",
			"Alipay": w.API("alipay") + "/pages"})
	}
	if err != nil {
		w.Logger.Error("phones: the page", "error", err)
	}
}

var assetTypes = map[string]string{".svg": "image/svg+xml", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

func giveAsset(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kind := assetTypes[path.Ext(name)]
	content, err := assets.ReadFile("page/" + name)
	if err != nil || kind == "" || strings.Contains(name, "/") {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", kind)
	_, _ = rw.Write(content) // a page that has gone needs none
}
