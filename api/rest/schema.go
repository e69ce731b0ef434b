package rest

import (
	"reflect"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plaza/api/web"
)

// ours matches the full name of a type of this program: "plaza/shop.Order".
var ours = regexp.MustCompile(`plaza/(?:[a-z]+/)*([a-z]+)\.([A-Za-z]+)`)

// schemaName names types in the document: a domain's with the domain in front
// (two domains may both have a Delivery), this package's own without, and a
// page by what is on it.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	switch {
	case name == "":
		return capital(hint)
	case strings.HasPrefix(name, "page["): // always of a type of ours
		return shortName(ours.FindStringSubmatch(name)) + "Page"
	}
	if parts := ours.FindStringSubmatch(t.PkgPath() + "." + name); parts != nil {
		return shortName(parts)
	}
	return capital(name)
}

func shortName(parts []string) string {
	domain, name := parts[1], capital(parts[2])
	if domain == "rest" || domain == "web" || strings.EqualFold(domain, name) {
		return name
	}
	return capital(domain) + name
}

func capital(name string) string {
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// aliases tells the document what huma's types stand for here.
func aliases(schemas huma.Registry) {
	schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[web.Problem]())
}
