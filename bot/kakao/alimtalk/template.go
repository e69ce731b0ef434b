package alimtalk

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/fault"
	"plaza/store"
)

// The limits of a notice, in characters (platform document: "KakaoTalk
// Bizmessage, AlimTalk API v2.3").
const (
	MaxCode   = 20   // a template's code
	maxFilled = 1000 // the text with its variables filled in
	maxValue  = 500
)

// The faults of notices.
var (
	ErrNoTemplate  = fault.New(fault.NotFound, "kakao_no_template", "There is no such notice template. Fetch the list of templates again.")
	ErrNotApproved = fault.New(fault.Conflict, "kakao_template_not_approved", "Kakao has not approved this notice template.")
	ErrPhone       = fault.New(fault.Invalid, "kakao_phone", "This is not a mobile number that notices can be sent to.").In("phone")
	ErrNoDealer    = fault.New(fault.Conflict, "kakao_no_dealer", "The account has no dealer for notices. Enter its keys in the settings of KakaoTalk.")
	ErrNoKey       = fault.New(fault.Invalid, "kakao_notice_key", "A notice needs a key of at most 100 bytes.").In("key")
)

// State of a template in Kakao's inspection.
type State string

// The states.
const (
	Requested State = "requested"
	Inspected State = "inspected"
	Approved  State = "approved"
	Rejected  State = "rejected"
)

// Template is a notice that Kakao has inspected, or is to. Its text is fixed
// but for the variables, #{name}.
type Template struct {
	ID      string    `bson:"_id" json:"id"` // account + ":" + code
	Account string    `bson:"account" json:"account"`
	Code    string    `bson:"code" json:"code"`
	Name    string    `bson:"name" json:"name"`
	Content string    `bson:"content" json:"content"`
	Title   string    `bson:"title,omitempty" json:"title,omitempty"`
	Links   []string  `bson:"links,omitempty" json:"links,omitempty"`     // of its buttons
	Buttons []string  `bson:"buttons,omitempty" json:"buttons,omitempty"` // what stands on them
	State   State     `bson:"state" json:"state"`
	Comment string    `bson:"comment,omitempty" json:"comment,omitempty"` // the inspector's last
	At      time.Time `bson:"at" json:"at"`                               // when it was last read
}

var templates = store.Declare[Template](store.Schema{Name: "alimtalk_templates", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

var variable = regexp.MustCompile(`#\{([^{}]+)\}`)

// Variables are the names of what has to be filled in.
func (t Template) Variables() []string {
	names := map[string]bool{}
	for _, text := range append([]string{t.Content, t.Title}, t.Links...) {
		for _, found := range variable.FindAllStringSubmatch(text, -1) {
			names[found[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Check says whether the values are those that the template needs, before
// anybody is asked to send it: all there, none unknown, not too long.
func (t Template) Check(values map[string]string) error {
	needed := t.Variables()
	for _, name := range needed {
		if strings.TrimSpace(values[name]) == "" {
			return fault.New(fault.Invalid, "kakao_variable_missing", "The template needs a value for {0}.", name).In(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(needed, name) {
			return fault.New(fault.Invalid, "kakao_variable_unknown", "The template has no variable {0}.", name).In(name)
		}
		if utf8.RuneCountInString(values[name]) > maxValue || !utf8.ValidString(values[name]) {
			return fault.New(fault.Invalid, "kakao_variable_long", "The value for {0} is longer than {1} characters.", name, maxValue).In(name)
		}
	}
	if utf8.RuneCountInString(t.Fill(values)) > maxFilled {
		return fault.New(fault.Invalid, "kakao_notice_long", "The notice is longer than {0} characters.", maxFilled)
	}
	return nil
}

// Fill is the text with its variables filled in.
func (t Template) Fill(values map[string]string) string { return fill(t.Content, values) }

// Preview is what a phone shows; variables without a value stand as they are.
func (t Template) Preview(values map[string]string) (title, text string, links []string) {
	shown := map[string]string{}
	for _, name := range t.Variables() {
		if shown[name] = values[name]; shown[name] == "" {
			shown[name] = "#{" + name + "}"
		}
	}
	for _, link := range t.Links {
		links = append(links, fill(link, shown))
	}
	return fill(t.Title, shown), fill(t.Content, shown), links
}

func fill(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		return values[found[2:len(found)-1]]
	})
}

// Phone makes a Korean mobile number of what somebody has typed: 01012345678.
// Errors: ErrPhone.
func Phone(typed string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		if strings.ContainsRune(" -.()+", r) {
			return -1
		}
		return 'x'
	}, typed)
	if international, ok := strings.CutPrefix(digits, "82"); ok {
		digits = "0" + strings.TrimPrefix(international, "0")
	}
	if !mobile.MatchString(digits) {
		return "", ErrPhone
	}
	return digits, nil
}

var mobile = regexp.MustCompile(`^01(0[0-9]{8}|[16789][0-9]{7,8})$`)

// Refusal is why a template can't be sent with these values; nil if it can.
func (t Template) Refusal(values map[string]string) *fault.Error {
	if t.State != Approved {
		return ErrNotApproved
	}
	wrong, _ := errors.AsType[*fault.Error](t.Check(values))
	return wrong
}
