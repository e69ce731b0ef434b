package templates

import (
	"html/template"
	"time"
)

// ArticlePage is an article that an account's program has written.
//
//	GET  /articles/{issue}/{number}
type ArticlePage struct {
	Base
	Headline string
	Author   string
	At       time.Time
	Cover    string // a picture's address; empty for none
	Body     template.HTML
	Source   string // address of the original; empty for none
	ChatPath string
}
