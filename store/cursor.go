package store

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// position is what a cursor carries: where a page ended, and which query it
// was a page of. Nothing in it widens what a query may see, so it is neither
// signed nor secret.
type position struct {
	Shape  []byte          `bson:"s"`
	Values []bson.RawValue `bson:"v"`
}

// maxCursor bounds what is decoded: cursors come back from outside.
const maxCursor = 64 << 10

// cursor is where the page that ends with the document last goes on.
func (p *Plan) cursor(last bson.Raw) Cursor {
	at := position{Shape: p.shape(), Values: []bson.RawValue{}}
	for _, order := range p.Order() {
		at.Values = append(at.Values, lookup(last, order.Field))
	}
	raw, err := bson.Marshal(at)
	if err != nil {
		panic(fmt.Sprintf("store: cursor: %v", err)) // bytes and values of a valid document
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(raw))
}

// resume reads a cursor that belongs to this plan.
func (p *Plan) resume(after Cursor) error {
	if after == "" {
		return nil
	}
	if len(after) > maxCursor {
		return ErrCursor
	}
	raw, err := base64.RawURLEncoding.DecodeString(string(after))
	if err != nil || bson.Raw(raw).Validate() != nil {
		return ErrCursor
	}
	var at position
	if err := bson.Unmarshal(raw, &at); err != nil {
		return ErrCursor
	}
	if string(at.Shape) != string(p.shape()) || len(at.Values) != len(p.Order()) {
		return ErrCursor
	}
	for i, value := range at.Values {
		isKey := p.Order()[i].Field == keyField
		if checkType(value) != nil || value.Type == bson.TypeArray || isKey && value.Type != bson.TypeString {
			return ErrCursor
		}
	}
	p.After = at.Values
	return nil
}

// shape is a digest of everything about the query but its page.
func (p *Plan) shape() []byte {
	hash := sha256.New()
	write := func(parts ...[]byte) {
		for _, part := range parts {
			hash.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(part))))
			hash.Write(part)
		}
	}
	write([]byte(p.Schema.Name), []byte(p.Path.Name), []byte(p.Scope.Account), []byte(p.Range.Prefix))
	fmt.Fprintf(hash, "%t %t", p.Backward, p.Scope.AllAccounts)
	for _, value := range p.Equal {
		write([]byte{byte(value.Type)}, value.Value)
	}
	for _, bound := range []*Bound{p.Range.Low, p.Range.High} {
		if bound == nil {
			write([]byte("open"))
			continue
		}
		fmt.Fprintf(hash, "%t", bound.Inclusive)
		write([]byte{byte(bound.Value.Type)}, bound.Value.Value)
	}
	return hash.Sum(nil)[:12]
}

// errOpenArray says that the order or range of a query runs over a field that
// holds an array: which of its elements counts is not part of the vocabulary.
var errOpenArray = fmt.Errorf("a field that holds an array takes only Equal: %w", ErrInvalid)

// checkOpen refuses results whose order would depend on an array.
func (p *Plan) checkOpen(documents []bson.Raw) error {
	for _, document := range documents {
		for _, order := range p.Order() {
			if order.Field != keyField && holdsArray(document, order.Field) {
				return errOpenArray
			}
		}
	}
	return nil
}

func holdsArray(document bson.Raw, field string) bool {
	name, rest, nested := strings.Cut(field, ".")
	value, err := document.LookupErr(name)
	switch {
	case err != nil:
		return false
	case value.Type == bson.TypeArray:
		return true
	case nested && value.Type == bson.TypeEmbeddedDocument:
		return holdsArray(value.Document(), rest)
	}
	return false
}

// lookup finds the value of a dotted field; a missing one counts as null.
func lookup(document bson.Raw, field string) bson.RawValue {
	value, err := document.LookupErr(strings.Split(field, ".")...)
	if err != nil {
		return bson.RawValue{Type: bson.TypeNull}
	}
	return bson.RawValue{Type: value.Type, Value: value.Value}
}
