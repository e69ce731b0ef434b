package wechat

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Why not encoding/xml: the library that decodes with it makes thirty times as
// many memory allocations for a message and its answer (BenchmarkTextMessage).
// It also knows DTDs and processing instructions, which have no business here,
// and needs a type for every message, while this keeps fields that nobody told
// it about.

// The limits of a message. WeChat's largest known one, the result of a mass
// send with eight articles, has about a hundred elements, five levels deep.
const (
	// MaxBody is the largest webhook body in bytes.
	MaxBody     = 256 << 10
	maxElements = 1000
	maxDepth    = 8
)

// field is one element that holds text. Its path leads there from the root,
// which is left out: "SendLocationInfo.Poiname". Where a path comes more than
// once, the later ones are numbered: "PicList.item", "PicList.item#2".
type field struct{ path, value string }

// frame is an element that is still open.
type frame struct {
	name, path string
	parent     bool   // it holds elements; its text is only layout
	text       string // its only piece of text,
	joined     []byte // or all pieces, once there is a second
}

// xmlReader reads the part of XML that WeChat sends: elements, text, CDATA,
// the predefined entities. Everything that it takes is well-formed XML.
type xmlReader struct {
	rest   string
	open   [maxDepth]frame
	depth  int
	paths  []string // of every element so far, without numbers
	fields []field
}

// readXML appends the fields of a document to into. They share the memory of
// document. Errors are ErrMalformed and ErrCharset.
func readXML(document string, into []field) ([]field, error) {
	if !utf8.ValidString(document) {
		return nil, ErrCharset
	}
	var space [32]string
	r := xmlReader{rest: document, paths: space[:0], fields: into}
	if err := r.declaration(); err != nil {
		return nil, err
	}
	if !r.root() {
		return nil, ErrMalformed
	}
	for r.depth > 0 {
		if !r.step() {
			return nil, ErrMalformed
		}
	}
	if r.skipSpace(); r.rest != "" {
		return nil, ErrMalformed
	}
	return r.fields, nil
}

// declaration passes over <?xml ...?> and refuses any encoding but UTF-8.
func (r *xmlReader) declaration() error {
	r.rest = strings.TrimPrefix(r.rest, "\ufeff")
	if !r.skip("<?xml") {
		return nil
	}
	for {
		space := r.skipSpace()
		if r.skip("?>") {
			return nil
		}
		name, value, ok := r.attribute()
		switch {
		case !ok || !space:
			return ErrMalformed
		case name == "encoding" && !strings.EqualFold(value, "utf-8"):
			return ErrCharset
		case name == "version" && value != "1.0", name == "standalone" && value != "yes" && value != "no":
			return ErrMalformed
		case name != "encoding" && name != "version" && name != "standalone":
			return ErrMalformed
		}
	}
}

// root opens <xml>, whose name is no part of any path.
func (r *xmlReader) root() bool {
	r.skipSpace()
	if !r.skip("<") || !r.start() {
		return false
	}
	// An empty document is closed already; its frame is still there to look at.
	return r.open[0].name == "xml"
}

// step reads one piece of text or one tag inside the root.
func (r *xmlReader) step() bool {
	text, rest, found := strings.Cut(r.rest, "<")
	if !found {
		return false
	}
	r.rest = rest
	if text != "" && !r.text(text) {
		return false
	}
	switch {
	case r.skip("/"):
		return r.end()
	case r.skip("![CDATA["):
		cdata, rest, found := strings.Cut(r.rest, "]]>")
		r.rest = rest
		r.add(clean(cdata))
		return found
	default: // also refuses <! and <?, which are no names
		return r.start()
	}
}

// start reads a start tag behind its "<".
func (r *xmlReader) start() bool {
	name := r.name()
	if name == "" || r.depth == maxDepth || len(r.paths) == maxElements {
		return false
	}
	path := r.path(name)
	r.open[r.depth] = frame{name: name, path: path}
	r.depth++
	for {
		space := r.skipSpace()
		switch {
		case r.skip(">"):
			return true
		case r.skip("/>"):
			r.close()
			return true
		}
		// WeChat sends no attributes; if one ever comes, it is passed over.
		if _, _, ok := r.attribute(); !ok || !space {
			return false
		}
	}
}

// path notes a new element and gives its path, numbered if it is not the first.
func (r *xmlReader) path(name string) string {
	path := name
	switch r.depth {
	case 0:
		path = ""
	case 1:
		r.open[0].parent = true
	default:
		parent := &r.open[r.depth-1]
		parent.parent = true
		path = parent.path + "." + name
	}
	count := 1
	for _, other := range r.paths {
		if other == path {
			count++
		}
	}
	r.paths = append(r.paths, path)
	if count > 1 {
		path += "#" + strconv.Itoa(count)
	}
	return path
}

// end reads an end tag behind its "</".
func (r *xmlReader) end() bool {
	if r.name() != r.open[r.depth-1].name {
		return false
	}
	r.skipSpace()
	if !r.skip(">") {
		return false
	}
	r.close()
	return true
}

func (r *xmlReader) close() {
	r.depth--
	closed := &r.open[r.depth]
	if closed.parent || r.depth == 0 {
		return
	}
	if closed.joined != nil {
		closed.text = string(closed.joined)
	}
	r.fields = append(r.fields, field{closed.path, closed.text})
}

// text adds text that is not CDATA.
func (r *xmlReader) text(text string) bool {
	if strings.Contains(text, "]]>") {
		return false
	}
	text = clean(text)
	if strings.IndexByte(text, '&') >= 0 {
		var ok bool
		if text, ok = unescape(text); !ok {
			return false
		}
	}
	r.add(text)
	return true
}

func (r *xmlReader) add(text string) {
	top := &r.open[r.depth-1]
	switch {
	case top.parent || text == "":
	case top.joined != nil:
		top.joined = append(top.joined, text...)
	case top.text != "":
		top.joined = append(append(make([]byte, 0, 2*(len(top.text)+len(text))), top.text...), text...)
	default:
		top.text = text
	}
}

// attribute reads name="value". Values with markup or entities are refused.
func (r *xmlReader) attribute() (name, value string, ok bool) {
	name = r.name()
	r.skipSpace()
	if name == "" || !r.skip("=") {
		return "", "", false
	}
	r.skipSpace()
	quote := `"`
	if !r.skip(quote) {
		if quote = "'"; !r.skip(quote) {
			return "", "", false
		}
	}
	value, rest, found := strings.Cut(r.rest, quote)
	r.rest = rest
	return name, value, found && !strings.ContainsAny(value, "<&")
}

// name reads a name: letters, digits, "_" and "-"; empty if there is none.
func (r *xmlReader) name() string {
	i := 0
	for i < len(r.rest) {
		c := r.rest[i]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			break
		}
		i++
	}
	name := r.rest[:i]
	r.rest = r.rest[i:]
	return name
}

func (r *xmlReader) skip(prefix string) bool {
	if !strings.HasPrefix(r.rest, prefix) {
		return false
	}
	r.rest = r.rest[len(prefix):]
	return true
}

func (r *xmlReader) skipSpace() (skipped bool) {
	before := len(r.rest)
	r.rest = strings.TrimLeft(r.rest, " \t\r\n")
	return len(r.rest) < before
}

// clean drops control characters, which XML forbids but people's phones have
// been seen to send, and ends lines as XML says: with a line feed only.
func clean(text string) string {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\n' && c != '\t' {
			text = strings.ReplaceAll(text, "\r\n", "\n")
			return strings.Map(func(c rune) rune {
				switch {
				case c == '\r':
					return '\n'
				case c < ' ' && c != '\n' && c != '\t':
					return -1
				}
				return c
			}, text)
		}
	}
	return text
}

// unescape replaces the five predefined entities and numeric references. Any
// other entity would need a DTD, and there is none.
func unescape(text string) (string, bool) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "&")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		entity, rest, found := strings.Cut(after, ";")
		if !found {
			return "", false
		}
		text = rest
		switch entity {
		case "lt":
			out.WriteByte('<')
		case "gt":
			out.WriteByte('>')
		case "amp":
			out.WriteByte('&')
		case "quot":
			out.WriteByte('"')
		case "apos":
			out.WriteByte('\'')
		default:
			c, ok := reference(entity)
			if !ok {
				return "", false
			}
			out.WriteRune(c)
		}
	}
}

// reference decodes "#20013" and "#x4e2d".
func reference(entity string) (rune, bool) {
	digits, ok := strings.CutPrefix(entity, "#")
	if !ok {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	c, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !legal(rune(c)) {
		return 0, false
	}
	return rune(c), true
}

// legal says whether XML 1.0 allows the character.
func legal(c rune) bool {
	switch {
	case c == '\t' || c == '\n' || c == '\r':
		return true
	case c < ' ', c >= 0xd800 && c <= 0xdfff, c == 0xfffe, c == 0xffff:
		return false
	}
	return c <= utf8.MaxRune
}
