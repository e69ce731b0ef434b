package store

import (
	"fmt"
	"regexp"
	"strings"
)

// Order is one field of an access path and its direction.
type Order struct {
	Field      string
	Descending bool
}

// AccessPath is one way into a collection: an index with everything spelled
// out that its declaration leaves implicit, the account in front and the key
// behind. Both engines build exactly these.
type AccessPath struct {
	// Name is made from the definition: what has the same name is the same.
	Name string
	// Fields in order. They end with "_id", which breaks ties, unless Unique
	// does so already.
	Fields []Order
	// Unique refuses a second document with the same values.
	Unique bool
	// Sparse names the field without which a document is not in it.
	Sparse string
	// Native marks the paths that come with the collection: by key, and by
	// account and key.
	Native bool
}

// Paths are the ways into the collection: those every collection has first,
// then the declared indexes in their order.
func (s *Schema) Paths() []*AccessPath { return s.paths }

const (
	keyField     = "_id"
	accountField = "account"
)

var (
	collectionName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	digits         = regexp.MustCompile(`^[0-9]+$`)
)

// resolve spells out the access paths, once, when the schema is declared.
func (s *Schema) resolve() {
	s.paths = []*AccessPath{newPath([]string{keyField}, true)}
	if !s.Global {
		s.paths = append(s.paths, newPath([]string{accountField, keyField}, true))
	}
	for _, index := range s.Indexes {
		fields := index.Fields
		if !s.Global && !index.Across {
			fields = append([]string{accountField}, fields...)
		}
		path := newPath(fields, false)
		path.Unique = index.Unique
		if index.Sparse && len(index.Fields) > 0 {
			path.Sparse = strings.TrimPrefix(index.Fields[0], "-")
			path.Name += " sparse"
		}
		if index.Unique {
			path.Name += " unique"
		} else if !path.ends(keyField) {
			path.Fields = append(path.Fields, Order{Field: keyField})
		}
		s.paths = append(s.paths, path)
	}
}

func newPath(fields []string, native bool) *AccessPath {
	path := &AccessPath{Name: strings.Join(fields, ","), Native: native}
	for _, field := range fields {
		path.Fields = append(path.Fields, parseOrder(field))
	}
	return path
}

func parseOrder(field string) Order {
	name, descending := strings.CutPrefix(field, "-")
	return Order{Field: name, Descending: descending}
}

func (p *AccessPath) ends(field string) bool {
	return len(p.Fields) > 0 && p.Fields[len(p.Fields)-1].Field == field
}

// check refuses a declaration that the engines could not follow.
func (s *Schema) check() error {
	if !collectionName.MatchString(s.Name) {
		return fmt.Errorf("store: collection %q: its name is not lower-case letters: %w", s.Name, ErrInvalid)
	}
	if s.paths == nil {
		s.resolve()
	}
	if s.ExpiresAt != "" {
		if err := checkField(s.ExpiresAt); err != nil {
			return fmt.Errorf("store: %s: expiry: %w", s.Name, err)
		}
	}
	for _, index := range s.Indexes {
		if len(index.Fields) == 0 {
			return fmt.Errorf("store: %s: an index of no fields: %w", s.Name, ErrInvalid)
		}
	}
	names := map[string]bool{}
	for _, path := range s.paths {
		if err := path.check(); err != nil {
			return fmt.Errorf("store: %s: index %q: %w", s.Name, path.Name, err)
		}
		if names[path.Name] {
			return fmt.Errorf("store: %s: index %q is declared twice: %w", s.Name, path.Name, ErrInvalid)
		}
		names[path.Name] = true
	}
	return nil
}

func (p *AccessPath) check() error {
	seen := map[string]bool{}
	for i, order := range p.Fields {
		if err := checkField(order.Field); err != nil {
			return err
		}
		if seen[order.Field] {
			return fmt.Errorf("field %q twice: %w", order.Field, ErrInvalid)
		}
		seen[order.Field] = true
		if order.Field == keyField && i != len(p.Fields)-1 {
			return fmt.Errorf("the key can only be its last field: %w", ErrInvalid)
		}
	}
	return nil
}

// checkField accepts names whose meaning is the same everywhere: no "$", which
// MongoDB reads as an operator, and no numbers, which it reads as positions in
// an array.
func checkField(field string) error {
	for part := range strings.SplitSeq(field, ".") {
		if part == "" || strings.HasPrefix(part, "$") || strings.ContainsRune(part, 0) || digits.MatchString(part) {
			return fmt.Errorf("field name %q: %w", field, ErrInvalid)
		}
	}
	return nil
}
