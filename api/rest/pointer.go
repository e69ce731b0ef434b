package rest

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plaza/api/web"
)

// point says where in the body each error is, as far as the operation's body has
// such a place: the domain knows fields by names that a form may have as well.
func (s *surface) point(op *huma.Operation, problem *web.Problem) {
	if op == nil || op.RequestBody == nil {
		return
	}
	media := op.RequestBody.Content["application/json"]
	if media == nil {
		return
	}
	for i, one := range problem.Errors {
		if segments := s.place(s.resolved(media.Schema), segmentsOf(one.Field)); segments != nil {
			problem.Errors[i].Pointer = pointer(segments)
		}
	}
}

// place is where a body has a field: at its top, or else in the only one of its
// parts that has it ("name" of what has "terms"); nil where there is no such place.
func (s *surface) place(body *huma.Schema, field []string) (found []string) {
	switch {
	case body == nil || field[0] == "":
		return nil
	case s.has(body, field):
		return field
	}
	for name, part := range body.Properties {
		part = s.resolved(part)
		if part == nil || part.Properties[field[0]] == nil || !s.has(part, field) {
			continue
		}
		if found != nil {
			return nil
		}
		found = append([]string{name}, field...)
	}
	return found
}

var index = regexp.MustCompile(`\[(\d+)\]`)

// segmentsOf are the names and numbers of a field: "variants[0].price" and
// "variants.0.price" are the same.
func segmentsOf(field string) []string {
	return strings.Split(index.ReplaceAllString(field, ".$1"), ".")
}

// pointer writes a JSON Pointer (RFC 6901, sections 3 and 6) as a fragment.
func pointer(segments []string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var written strings.Builder
	written.WriteString("#")
	for _, segment := range segments {
		written.WriteString("/" + fragment(escape.Replace(segment)))
	}
	return written.String()
}

// fragment encodes what an address's fragment can't hold as it is (RFC 3986,
// section 3.5).
func fragment(text string) string {
	const plain = "-._~!$&'()*+,;=:@/?"
	var written strings.Builder
	for i := range len(text) {
		b := text[i]
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte(plain, b) >= 0 {
			written.WriteByte(b)
		} else {
			written.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(b)+0x100, 16))[1:])
		}
	}
	return written.String()
}

// resolved is the schema itself that a reference names.
func (s *surface) resolved(schema *huma.Schema) *huma.Schema {
	if schema == nil || schema.Ref == "" {
		return schema
	}
	return s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
}

// has says whether a document of a schema may hold something at a place.
func (s *surface) has(schema *huma.Schema, segments []string) bool {
	schema = s.resolved(schema)
	if schema == nil || len(segments) == 0 {
		return schema != nil
	}
	name, rest := segments[0], segments[1:]
	if schema.Items != nil {
		_, err := strconv.ParseUint(name, 10, 31)
		return err == nil && s.has(schema.Items, rest)
	}
	if property := schema.Properties[name]; property != nil {
		return s.has(property, rest)
	}
	values, ok := schema.AdditionalProperties.(*huma.Schema)
	return ok && s.has(values, rest)
}
