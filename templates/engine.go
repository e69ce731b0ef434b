package templates

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"plaza/message"
)

//go:embed layout/*.html console/*.html public/*.html icons/*.svg drawings/*.svg translations/*.json assets embed/embed.js
var files embed.FS

// Policy is the content security policy the pages are made for. Account
// pictures come from the server itself; blob: is for the preview of a picture
// about to be uploaded.
const Policy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// PolicyWith is Policy for the rare page that may run a script of one other host.
func PolicyWith(origin string) string { return Policy + "; script-src 'self' " + origin }

// Renderer draws pages. It is safe for concurrent use.
type Renderer struct {
	Texts  *Texts
	Assets *Assets

	now func() time.Time
	// sets holds all templates once per language, so that {{t "key"}} needs no
	// language.
	sets map[string]*template.Template
}

// New reads and checks everything that is built in: a page without its file, a
// file without its page, a text without one of its languages and a template
// that can't be drawn are all errors here and not later.
func New(now func() time.Time) (*Renderer, error) {
	texts, err := LoadTexts()
	if err != nil {
		return nil, err
	}
	assets, err := NewAssets()
	if err != nil {
		return nil, err
	}
	r := &Renderer{Texts: texts, Assets: assets, now: now, sets: map[string]*template.Template{}}
	icons, err := readDrawings()
	if err != nil {
		return nil, err
	}
	for _, language := range message.Languages {
		set, err := parse(r.functions(language, icons))
		if err != nil {
			return nil, err
		}
		r.sets[language] = set
	}
	return r, r.check()
}

// Render draws a page. Nothing is written unless the whole page could be drawn.
func (r *Renderer) Render(w io.Writer, page Page) error {
	set := r.sets[message.LanguageOf(page.shared().Language)]
	var drawn bytes.Buffer
	if err := set.ExecuteTemplate(&drawn, page.Template(), page); err != nil {
		return fmt.Errorf("draw %s: %w", page.Template(), err)
	}
	_, err := drawn.WriteTo(w)
	return err
}

// parse reads all pages and parts into one set; a page is named after its file.
func parse(functions template.FuncMap) (*template.Template, error) {
	set := template.New("").Funcs(functions)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		_, err = set.New(strings.TrimSuffix(name, ".html")).Parse(string(text))
		return err
	})
	return set, err
}

// check compares the declared pages with the files and draws each page empty,
// which also makes html/template escape them all.
func (r *Renderer) check() error {
	declared := map[string]bool{}
	var problems []error
	for _, page := range Pages() {
		declared[page.Template()] = true
		if err := r.Render(io.Discard, page); err != nil {
			problems = append(problems, err)
		}
	}
	for _, found := range r.sets[message.Languages[0]].Templates() {
		name := found.Name()
		if (strings.HasPrefix(name, "console/") || strings.HasPrefix(name, "public/")) && !declared[name] {
			problems = append(problems, fmt.Errorf("%s.html has no page", name))
		}
	}
	return errors.Join(problems...)
}
