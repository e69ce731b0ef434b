package bot

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/bot/placeholder"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// StepKind says what a step of a flow takes for an answer.
type StepKind string

// The kinds.
const (
	AskText   StepKind = "text"
	AskChoice StepKind = "choice"
	AskNumber StepKind = "number"
	AskPhone  StepKind = "phone"
	AskEmail  StepKind = "email"
	AskDate   StepKind = "date" // kept as 2006-01-02
)

// Flow is a dialogue with several steps.
type Flow struct {
	ID      string `bson:"_id" json:"id"`
	Account string `bson:"account" json:"account"`
	Name    string `bson:"name" json:"name"`
	Steps   []Step `bson:"steps" json:"steps"`
	// Done is answered after the last step; the values just given fill its
	// {{attr:...}}.
	Done   []Template `bson:"done,omitempty" json:"done,omitempty"`
	AddTag string     `bson:"add_tag,omitempty" json:"add_tag,omitempty"`
	// TimeoutMinutes without an answer end the flow; 0 is 30.
	TimeoutMinutes int       `bson:"timeout_minutes,omitempty" json:"timeout_minutes,omitempty"`
	UpdatedAt      time.Time `bson:"updated_at" json:"updated_at"`
}

// Step asks one thing.
type Step struct {
	ID      string   `bson:"id" json:"id"`
	Ask     Wording  `bson:"ask" json:"ask"`
	Kind    StepKind `bson:"kind" json:"kind"`
	Choices []Choice `bson:"choices,omitempty" json:"choices,omitempty"`
	// Store is the attribute that keeps the answer; empty keeps none.
	Store string `bson:"store,omitempty" json:"store,omitempty"`
	// Next is the step after this one: empty is the one below, "end" is none.
	Next string `bson:"next,omitempty" json:"next,omitempty"`
}

// Choice is one of the answers to choose from.
type Choice struct {
	Value  string  `bson:"value" json:"value"`
	Label  Wording `bson:"label" json:"label"`
	Next   string  `bson:"next,omitempty" json:"next,omitempty"` // overrides the step's
	AddTag string  `bson:"add_tag,omitempty" json:"add_tag,omitempty"`
}

// FlowState is where a conversation stands in a flow.
type FlowState struct {
	Flow      string            `bson:"flow"`
	Step      string            `bson:"step"`
	Values    map[string]string `bson:"values,omitempty"`
	Tags      []string          `bson:"tags,omitempty"`
	Tries     int               `bson:"tries,omitempty"` // answers that did not fit
	ExpiresAt time.Time         `bson:"expires_at"`
}

var flows = store.Declare[Flow](store.Schema{Name: "flows", ShardKey: []string{"account", "_id"}})

const (
	maxSteps = 30
	maxValue = 500 // characters of one answer
	// maxTries is after how many unfitting answers the bot gives up asking.
	maxTries    = 3
	flowTimeout = 30 * time.Minute
	endStep     = "end"
)

// ErrFlow is a flow that cannot be walked through.
var ErrFlow = fault.New(fault.Invalid, "flow_steps", "Please give 1 to {0} steps, each with its own id, a question, and a next step further down.", maxSteps)

// compiledFlow is a flow ready to be walked.
type compiledFlow struct {
	Flow
	asks []blanks
	done []compiledTemplate
}

// compileFlow checks a flow. Steps only lead further down, so every flow ends.
func compileFlow(flow Flow) (compiledFlow, error) {
	compiled := compiledFlow{Flow: flow}
	if n := utf8.RuneCountInString(strings.TrimSpace(flow.Name)); n == 0 || n > maxName {
		return compiled, ErrName.In("name")
	}
	if len(flow.Steps) == 0 || len(flow.Steps) > maxSteps {
		return compiled, ErrFlow.In("steps")
	}
	for i, step := range flow.Steps {
		field := fmt.Sprintf("steps.%d", i)
		if err := flow.checkStep(i, field); err != nil {
			return compiled, err
		}
		ask, err := compileWording(field+".ask", step.Ask)
		if err != nil {
			return compiled, err
		}
		if len(ask) == 0 {
			return compiled, ErrAnswerEmpty.In(field + ".ask")
		}
		compiled.asks = append(compiled.asks, ask)
	}
	if flow.AddTag != "" && !validTag(flow.AddTag) {
		return compiled, ErrTag.In("add_tag")
	}
	if len(flow.Done) > maxAnswers {
		return compiled, ErrAnswers.In("done")
	}
	var err error
	compiled.done, err = compileTemplates("done", flow.Done)
	return compiled, err
}

func (f Flow) checkStep(i int, field string) error {
	step := f.Steps[i]
	if !validStepID(step.ID) || f.index(step.ID) != i {
		return ErrFlow.In(field + ".id")
	}
	if !slices.Contains([]StepKind{AskText, AskChoice, AskNumber, AskPhone, AskEmail, AskDate}, step.Kind) {
		return ErrFlow.In(field + ".kind")
	}
	if step.Store != "" && !placeholder.ValidAttribute(step.Store) {
		return ErrFlow.In(field + ".store")
	}
	if !f.leadsDown(i, step.Next) {
		return ErrFlow.In(field + ".next")
	}
	if (step.Kind == AskChoice) != (len(step.Choices) > 0) || len(step.Choices) > maxButtons {
		return ErrFlow.In(field + ".choices")
	}
	for _, choice := range step.Choices {
		if choice.Value == "" || len(choice.Label) == 0 || !f.leadsDown(i, choice.Next) ||
			(choice.AddTag != "" && !validTag(choice.AddTag)) {
			return ErrFlow.In(field + ".choices")
		}
	}
	return nil
}

func validStepID(id string) bool {
	return placeholder.ValidAttribute(id) && id != endStep
}

func (f Flow) index(step string) int {
	return slices.IndexFunc(f.Steps, func(s Step) bool { return s.ID == step })
}

func (f Flow) leadsDown(from int, next string) bool {
	return next == "" || next == endStep || f.index(next) > from
}

// after is the index of the step that follows, or -1 at the end.
func (f Flow) after(i int, next string) int {
	switch {
	case next == endStep:
		return -1
	case next != "":
		return f.index(next)
	case i+1 < len(f.Steps):
		return i + 1
	}
	return -1
}

func (f Flow) timeout() time.Duration {
	if f.TimeoutMinutes <= 0 {
		return flowTimeout
	}
	return time.Duration(f.TimeoutMinutes) * time.Minute
}

// read takes what a person said for an answer to the step; ok is false when it
// does not fit. chosen is the choice, for a step that has some.
func (s Step) read(in message.Inbound, now time.Time) (value string, chosen *Choice, ok bool) {
	said := strings.TrimSpace(in.Text)
	if in.Kind == message.Press {
		said = in.Payload
	}
	if said == "" || utf8.RuneCountInString(said) > maxValue {
		return "", nil, false
	}
	switch s.Kind {
	case AskChoice:
		chosen = s.choose(said)
		if chosen == nil {
			return "", nil, false
		}
		return chosen.Value, chosen, true
	case AskNumber:
		number, err := strconv.ParseInt(strings.ReplaceAll(fold(said), ",", ""), 10, 64)
		return strconv.FormatInt(number, 10), nil, err == nil
	case AskPhone:
		value, ok = readPhone(said)
		return value, nil, ok
	case AskEmail:
		address, err := mail.ParseAddress(said)
		if err != nil || address.Address != said || !strings.Contains(said, ".") {
			return "", nil, false
		}
		return said, nil, true
	case AskDate:
		value, ok = readDate(said, now)
		return value, nil, ok
	}
	return said, nil, true
}

// choose finds a choice by its value, its number in the list, or its label in
// any language.
func (s Step) choose(said string) *Choice {
	folded := fold(said)
	for i := range s.Choices {
		choice := &s.Choices[i]
		if folded == fold(choice.Value) || folded == strconv.Itoa(i+1) {
			return choice
		}
		for _, label := range choice.Label {
			if folded == fold(label) {
				return choice
			}
		}
	}
	return nil
}

// readPhone keeps the digits and a leading plus: 6 to 15 of them (E.164).
func readPhone(said string) (string, bool) {
	var digits strings.Builder
	for i, r := range fold(said) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			digits.WriteRune(r)
		case strings.ContainsRune(" -().", r):
		default:
			return "", false
		}
	}
	phone := digits.String()
	n := len(strings.TrimPrefix(phone, "+"))
	return phone, n >= 6 && n <= 15
}

// readDate understands the written dates of the three languages; one without
// a year is the next such day.
func readDate(said string, now time.Time) (string, bool) {
	said = strings.NewReplacer("년 ", "-", "년", "-", "월 ", "-", "월", "-", "일", "",
		"年", "-", "月", "-", "日", "", "号", "", "/", "-", ".", "-").Replace(fold(said))
	said = strings.TrimSuffix(strings.TrimSpace(said), "-")
	if date, err := time.Parse("2006-1-2", said); err == nil {
		return date.Format(time.DateOnly), true
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	for year := now.Year(); year <= now.Year()+8; year++ { // 29 February may be 8 years off
		date, err := time.Parse("2006-1-2", strconv.Itoa(year)+"-"+said)
		if err == nil && !date.Before(today) {
			return date.Format(time.DateOnly), true
		}
	}
	return "", false
}
