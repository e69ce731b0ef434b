package bot

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/bot/placeholder"
	"plaza/fault"
	"plaza/message"
)

// What can be wrong with a rule or flow. Placeholders have codes of their own.
var (
	ErrTrigger     = fault.New(fault.Invalid, "rule_trigger", "Please choose what the rule reacts to.")
	ErrKeywords    = fault.New(fault.Invalid, "rule_keywords", "Please give 1 to {0} keywords of at most {1} characters.", maxKeywords, maxKeyword)
	ErrPattern     = fault.New(fault.Invalid, "rule_pattern", "This regular expression can't be used.")
	ErrAnswers     = fault.New(fault.Invalid, "rule_answers", "Please give 1 to {0} answers.", maxAnswers)
	ErrAnswerEmpty = fault.New(fault.Invalid, "answer_empty", "This answer has nothing to say yet.")
	ErrAnswerLink  = fault.New(fault.Invalid, "answer_link", "A link must begin with https://, http:// or /.")
	ErrAnswerForm  = fault.New(fault.Invalid, "answer_form", "This kind of answer is not known.")
	ErrLanguage    = fault.New(fault.Invalid, "text_language", "Texts can be in English, Chinese and Korean.")
	ErrName        = fault.New(fault.Invalid, "name_length", "Please give a name of 1 to {0} characters.", maxName)
	ErrTag         = fault.New(fault.Invalid, "bad_tag", "A tag has 1 to {0} characters and no control characters.", maxTag)
)

const (
	maxName = 100
	maxTag  = 40
)

// PlaceholderNames are the placeholders a merchant can type, besides
// {{attr:...}}. Each has a description: the text "placeholder." + name.
var PlaceholderNames = []string{"name", "account", "language", "date", "time", "order"}

// compileRule checks a rule and makes it ready. Errors: *fault.Error.
func compileRule(rule Rule) (compiledRule, error) {
	compiled := compiledRule{Rule: rule}
	if n := utf8.RuneCountInString(strings.TrimSpace(rule.Name)); n == 0 || n > maxName {
		return compiled, ErrName.In("name")
	}
	switch rule.On {
	case OnFollow, OnScan, OnDefault:
	case OnPress:
		if rule.Payload == "" {
			return compiled, ErrTrigger.In("payload")
		}
	case OnKeyword:
		if err := compiled.compileKeywords(); err != nil {
			return compiled, err
		}
	default:
		return compiled, ErrTrigger.In("on")
	}
	if rule.AddTag != "" && !validTag(rule.AddTag) {
		return compiled, ErrTag.In("add_tag")
	}
	if len(rule.Answers) > maxAnswers || (len(rule.Answers) == 0 && rule.Flow == "") {
		return compiled, ErrAnswers.In("answers")
	}
	var err error
	compiled.answers, err = compileTemplates("answers", rule.Answers)
	return compiled, err
}

func (r *compiledRule) compileKeywords() error {
	if len(r.Keywords) == 0 || len(r.Keywords) > maxKeywords {
		return ErrKeywords.In("keywords")
	}
	for _, keyword := range r.Keywords {
		switch r.Match {
		case Exactly, Prefix, Contain:
			folded := fold(keyword)
			if folded == "" || utf8.RuneCountInString(folded) > maxKeyword {
				return ErrKeywords.In("keywords")
			}
			r.keywords = append(r.keywords, folded)
		case Regexp:
			if utf8.RuneCountInString(keyword) > maxPattern {
				return ErrPattern.In("keywords")
			}
			pattern, err := regexp.Compile("(?i)" + keyword)
			if err != nil {
				return ErrPattern.In("keywords").Because(err)
			}
			r.patterns = append(r.patterns, pattern)
		default:
			return ErrTrigger.In("match")
		}
	}
	return nil
}

func validTag(tag string) bool {
	n := utf8.RuneCountInString(tag)
	return n > 0 && n <= maxTag && utf8.ValidString(tag) && tag == strings.TrimSpace(tag) &&
		!strings.ContainsFunc(tag, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func compileTemplates(field string, templates []Template) ([]compiledTemplate, error) {
	compiled := make([]compiledTemplate, len(templates))
	for i, template := range templates {
		var err error
		if compiled[i], err = compileTemplate(fmt.Sprintf("%s.%d", field, i), template); err != nil {
			return nil, err
		}
	}
	return compiled, nil
}

func compileTemplate(field string, template Template) (compiledTemplate, error) {
	compiled := compiledTemplate{Template: template}
	var err error
	if compiled.title, err = compileWording(field+".title", template.Title); err != nil {
		return compiled, err
	}
	if compiled.text, err = compileWording(field+".text", template.Text); err != nil {
		return compiled, err
	}
	if err := compiled.check(field); err != nil {
		return compiled, err
	}
	for i, button := range template.Buttons {
		at := fmt.Sprintf("%s.buttons.%d", field, i)
		label, err := compileWording(at+".label", button.Label)
		if err != nil {
			return compiled, err
		}
		if len(label) == 0 || (button.URL == "" && button.Payload == "" && button.Say == "") {
			return compiled, ErrAnswerEmpty.In(at + ".label")
		}
		if button.URL != "" && !validLink(button.URL) {
			return compiled, ErrAnswerLink.In(at + ".url")
		}
		compiled.labels = append(compiled.labels, label)
	}
	return compiled, nil
}

// check refuses an answer that would arrive empty or lead nowhere.
func (t compiledTemplate) check(field string) error {
	empty := ""
	switch t.Form {
	case TextAnswer:
		if t.Text.In("", "") == "" {
			empty = ".text"
		}
	case ImageAnswer:
		if t.Image == "" {
			empty = ".image"
		}
	case CardAnswer:
		if t.Title.In("", "") == "" {
			empty = ".title"
		}
	case QRAnswer:
		if t.URL == "" {
			empty = ".url"
		}
	case ProductsAnswer:
		if len(t.Products) == 0 || len(t.Products) > maxProducts {
			empty = ".products"
		}
	case HandoverAnswer:
	default:
		return ErrAnswerForm.In(field + ".form")
	}
	switch {
	case empty != "":
		return ErrAnswerEmpty.In(field + empty)
	case len(t.Buttons) > maxButtons:
		return ErrAnswers.In(field + ".buttons")
	case t.Image != "" && !validLink(t.Image):
		return ErrAnswerLink.In(field + ".image")
	case t.URL != "" && !validLink(t.URL):
		return ErrAnswerLink.In(field + ".url")
	}
	return nil
}

// validLink takes a web address or a path of our own; never a script, and
// never an address with a password in it.
func validLink(link string) bool {
	if len(link) > 2048 || strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r == '\\' }) {
		return false
	}
	parsed, err := url.Parse(link)
	if err != nil || parsed.User != nil {
		return false
	}
	switch parsed.Scheme {
	case "http", "https":
		return parsed.Host != ""
	case "":
		return strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//")
	}
	return false
}

func compileWording(field string, wording Wording) (blanks, error) {
	compiled := make(blanks, len(wording))
	for language, text := range wording {
		if !slices.Contains(message.Languages[:], language) {
			return nil, ErrLanguage.In(field)
		}
		if text == "" {
			continue
		}
		template, err := placeholder.Parse(text, PlaceholderNames...)
		if err != nil {
			return nil, placeholderFault(err).In(field + "." + language)
		}
		compiled[language] = template
	}
	return compiled, nil
}

// placeholderFault says in the merchant's words what is wrong with a text.
// Args: what was typed, line, character, what can be typed instead.
func placeholderFault(err error) *fault.Error {
	mistake, ok := errors.AsType[*placeholder.Error](err)
	if !ok {
		return fault.New(fault.Invalid, "placeholder", "This text can't be used.").Because(err)
	}
	found := fault.New(fault.Invalid, string(mistake.Code), "")
	found.Text = mistake.Error()
	found.Args = []any{mistake.Typed, mistake.Line, mistake.Column, mistake.Offer()}
	return found
}
