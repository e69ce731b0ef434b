package developer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"plaza/bot/developer"
)

// issue adds an article with a picture as its cover.
func (k *kit) issue(content string, lasting bool) (developer.News, error) {
	k.t.Helper()
	cover, err := k.Upload(k.t.Context(), k.account.ID, "image", "x.gif", gif)
	k.Must(err)
	return k.AddNews(k.t.Context(), k.account.ID, []developer.NewArticle{{Title: "Bread", Content: content, Cover: cover.ID}}, lasting)
}

func TestAnArticleShowsNothingThatCouldDoHarm(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own, err := k.UploadPagePicture(t.Context(), k.account.ID, "x.png", []byte("\x89PNG\r\n\x1a\n"))
	k.Must(err)
	for name, c := range map[string]struct{ content, want string }{
		"a script":                 {`a<script>alert(1)</script>b`, `ab`},
		"a handler":                {`<p onmouseover="x()">a</p>`, `<p>a</p>`},
		"a style":                  {`<section style="position:fixed">a</section>`, `<section>a</section>`},
		"a form":                   {`<form action="/x"><input name="pin">a</form>`, `a`},
		"a frame":                  {`<iframe src="https://x.example"></iframe>a`, `a`},
		"a script as a link":       {`<a href="javascript:x()">a</a>`, `a`},
		"a link of this site":      {`<a href="/console/corner">a</a>`, `a`},
		"a link":                   {`<a href="https://x.example/?a=1">a</a>`, `<a href="https://x.example/?a=1" rel="nofollow noreferrer noopener" target="_blank">a</a>`},
		"a picture of others":      {`<img src="https://x.example/pixel.gif">a`, `a`},
		"a picture that is none":   {`<img src="` + own + `/../../../console">a`, `a`},
		"our picture":              {`<img data-src="` + own + `" alt="Rye">`, `<img src="` + own + `" alt="Rye">`},
		"an unclosed tag":          {`<b>a`, `<b>a</b>`},
		"a base":                   {`<base href="https://x.example/">a`, `a`},
		"svg with a handler":       {`<svg onload="x()"><a>b</a></svg>`, `b`},
		"an id, to hide something": {`<p id="csrf" class="till">a</p>`, `<p>a</p>`},
	} {
		made, err := k.issue(c.content, true)
		if err != nil || strings.TrimSuffix(made.Articles[0].Body, "</b>") != strings.TrimSuffix(c.want, "</b>") {
			t.Errorf("%s: %q, want %q, %v", name, made.Articles[0].Body, c.want, err)
		}
	}
}

func TestAnArticleThatAChatShowsStays(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	shown, err := k.issue("<p>One</p><p>two</p>", false)
	k.Must(err)
	never, err := k.issue("x", false)
	k.Must(err)
	if got := shown.Articles[0].Digest; got != "One two" {
		t.Errorf("the digest is %q", got)
	}
	person := k.visitor()
	k.say(person, "1", "hello")
	k.Must(k.PreviewMass(t.Context(), k.account.ID, person.User, developer.Content{Type: "mpnews", Issue: &developer.FileContent{MediaID: shown.ID}}))
	k.World.Pass(4 * 24 * time.Hour)
	for _, one := range []developer.News{shown, never} {
		if _, err := k.FindNews(t.Context(), k.account.ID, one.ID); !errors.Is(err, developer.ErrMediaID) {
			t.Errorf("its id still works: %v", err)
		}
	}
	if _, article, err := k.ReadArticle(t.Context(), shown.ID, 0); err != nil || article.Title != "Bread" {
		t.Errorf("%+v, %v", article, err)
	}
	if _, _, err := k.ReadArticle(t.Context(), shown.ID, 1); !errors.Is(err, developer.ErrMediaID) {
		t.Errorf("there is no second: %v", err)
	}
	other := k.World.Merchant("other")
	if _, err := k.FindNews(t.Context(), other.ID, shown.ID); !errors.Is(err, developer.ErrMediaID) {
		t.Errorf("another account's: %v", err)
	}
}

func FuzzArticle(f *testing.F) {
	for _, seed := range []string{"<p>a</p>", "<script>x</script>", `<a href="javascript:x">`, `<img src=x onerror=x>`, "<b", "]]><![CDATA[", "<svg><style><img src=x onerror=x>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		shown := strings.ToLower(developer.Readable("https://plaza.example"+developer.FilesPath, content))
		for _, never := range []string{"<script", "<style", "<iframe", "<form", "<object", "<base", "<meta", "<link", "<svg"} {
			if strings.Contains(shown, never) {
				t.Errorf("%q became %q", content, shown)
			}
		}
	})
}
