package rest

import (
	"plaza/store"
)

// page is a part of a list, and where the next one begins.
type page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Give this as cursor to get the page behind. Absent on the last one."`
}

func pageOf[T any](items []T, next store.Cursor, err error) (page[T], error) {
	if items == nil {
		items = []T{}
	}
	return page[T]{items, string(next)}, err
}

// all makes the only page of a list that is never long.
func all[T any](items []T, err error) (page[T], error) { return pageOf(items, "", err) }

// none is the input of operations that take none.
type none struct{}

// Onward asks for a page whose size is given.
type Onward struct {
	Cursor string `query:"cursor" maxLength:"2000" doc:"Where an earlier page ended: its next."`
}

func (p Paging) at() store.Cursor { return store.Cursor(p.Cursor) }

func (o Onward) at() store.Cursor { return store.Cursor(o.Cursor) }

// Paging asks for a page.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"2000" doc:"Where an earlier page ended: its next."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Size of a page. It may hold fewer, even none, while there is more: go by next."`
}
