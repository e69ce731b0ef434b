package alimtalk

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/fault"
	"plaza/store"
)

// Use is an occasion on which a notice goes out.
type Use string

// The uses.
const (
	OrderUse   Use = "order"   // an order, to whom no message reaches
	ReceiptUse Use = "receipt" // the same for what has been paid
	NoticeUse  Use = "notice"  // an agency's notice
	CodeUse    Use = "code"    // proves that a number is somebody's own
)

// Uses are all of them, in the order in which forms show them.
var Uses = [...]Use{OrderUse, ReceiptUse, NoticeUse, CodeUse}

// Part is a part of an occasion that can stand in a variable of a template.
type Part string

// The parts.
const (
	TitlePart   Part = "title"
	NumberPart  Part = "number" // of an order
	StatePart   Part = "state"
	TotalPart   Part = "total"
	ItemsPart   Part = "items"
	TextPart    Part = "text"
	NamePart    Part = "name"    // the person's
	AccountPart Part = "account" // the account's name
	LinkPart    Part = "link"    // a whole address
	PathPart    Part = "path"    // of the same, what comes behind its host: a template's button names the host itself
	CodePart    Part = "code"
)

var (
	orderParts = []Part{NumberPart, TitlePart, StatePart, TotalPart, ItemsPart, NamePart, AccountPart, LinkPart, PathPart}
	parts      = map[Use][]Part{
		OrderUse: orderParts, ReceiptUse: orderParts,
		NoticeUse: {TitlePart, TextPart, AccountPart, LinkPart, PathPart},
		CodeUse:   {CodePart, AccountPart},
	}
	// usual are the names that variables usually have.
	usual = map[Part][]string{
		NumberPart: {"number", "주문번호", "번호"}, TitlePart: {"title", "제목"}, StatePart: {"state", "상태", "주문상태"},
		TotalPart: {"total", "결제금액", "금액"}, ItemsPart: {"items", "상품명", "상품"}, NamePart: {"name", "고객명", "이름"},
		AccountPart: {"account", "발신", "기관명", "상호"}, LinkPart: {"link", "링크", "url"}, PathPart: {"path", "경로"},
		TextPart: {"text", "내용"}, CodePart: {"code", "인증번호"},
	}
)

// Parts are what can stand in the variables of this use's template.
func (u Use) Parts() []Part { return parts[u] }

// Choice is the template of a use, with what stands in each of its variables.
type Choice struct {
	Template  string     `bson:"template" json:"template"`
	Variables []Variable `bson:"variables,omitempty" json:"variables,omitempty"`
}

// Variable says which part stands in a variable.
type Variable struct {
	Name string `bson:"name" json:"name"`
	Part Part   `bson:"part" json:"part"`
}

// Fallback says what the dealer sends where KakaoTalk can't show a notice.
type Fallback string

// The fallbacks. All but NoFallback need a number for short messages.
const (
	ByLength   Fallback = "" // a short message, or a long one where the text needs it
	ShortOnly  Fallback = "sms"
	LongOnly   Fallback = "lms"
	NoFallback Fallback = "none"
)

// Fallbacks are all of them.
var Fallbacks = [...]Fallback{ByLength, ShortOnly, LongOnly, NoFallback}

// Plan is how an account uses notices.
type Plan struct {
	ID       string         `bson:"_id" json:"-"` // the account
	Account  string         `bson:"account" json:"-"`
	Choices  map[Use]Choice `bson:"choices,omitempty" json:"choices,omitempty"`
	Fallback Fallback       `bson:"fallback,omitempty" json:"fallback,omitempty" enum:",sms,lms,none"`
	// Title heads a long message in a notice's place, up to 40 characters.
	Title string `bson:"title,omitempty" json:"title,omitempty" maxLength:"40"`
	// Monthly is how many notices may go out in a calendar month of Korea's; 0 is
	// no limit.
	Monthly int64 `bson:"monthly,omitempty" json:"monthly,omitempty" minimum:"0"`
}

var plans = store.Declare[Plan](store.Schema{Name: "alimtalk_plans", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

const maxTitle = 40

// The faults of plans.
var (
	ErrUse      = fault.New(fault.Invalid, "kakao_use", "There is no such use of a template.").In("choices")
	ErrPart     = fault.New(fault.Invalid, "kakao_part", "Choose what stands in each variable of the template.").In("choices")
	ErrFallback = fault.New(fault.Invalid, "kakao_fallback", "Choose what is sent where KakaoTalk can't show a notice.").In("fallback")
	ErrTitle    = fault.New(fault.Invalid, "kakao_title", "The title has at most {0} characters.", maxTitle).In("title")
	ErrMonthly  = fault.New(fault.Invalid, "kakao_monthly", "The limit for a month is a whole number, or 0 for none.").In("monthly")
	ErrNoUse    = fault.New(fault.Conflict, "kakao_use_not_set", "No template is chosen for this.")
)

// Plan is an account's; the zero Plan if it has made none.
func (s *Service) Plan(ctx context.Context, account string) (Plan, error) {
	found, err := plans.In(s.DB, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return Plan{ID: account, Account: account}, nil
	}
	return found, err
}

// SetPlan keeps a plan. A choice that names no variables gets the usual ones.
// Errors: ErrNoTemplate, ErrNotApproved, the faults of plans.
func (s *Service) SetPlan(ctx context.Context, account string, plan Plan) (Plan, error) {
	chosen := map[Use]Choice{}
	for _, use := range Uses {
		choice := plan.Choices[use]
		if choice.Template == "" {
			continue
		}
		template, err := s.Template(ctx, account, choice.Template)
		if err == nil && template.State != Approved {
			err = ErrNotApproved
		}
		if err == nil {
			choice.Variables, err = use.complete(template, choice.Variables)
		}
		if refused, ok := errors.AsType[*fault.Error](err); ok {
			err = refused.In("choices." + string(use))
		}
		if err != nil {
			return Plan{}, err
		}
		chosen[use] = choice
	}
	for use := range plan.Choices {
		if !slices.Contains(Uses[:], use) {
			return Plan{}, ErrUse
		}
	}
	switch {
	case !slices.Contains(Fallbacks[:], plan.Fallback):
		return Plan{}, ErrFallback
	case utf8.RuneCountInString(plan.Title) > maxTitle:
		return Plan{}, ErrTitle
	case plan.Monthly < 0:
		return Plan{}, ErrMonthly
	}
	return plans.In(s.DB, account).Upsert(ctx, account, store.Set("choices", chosen).Set("fallback", plan.Fallback).
		Set("title", plan.Title).Set("monthly", plan.Monthly))
}

// complete are the variables of a template with the part that stands in each:
// the one given, else the usual one of that name. Errors: ErrPart.
func (u Use) complete(template Template, given []Variable) (all []Variable, _ error) {
	for _, name := range template.Variables() {
		part := usualPart(name, u.Parts())
		for _, v := range given {
			if v.Name == name && v.Part != "" {
				part = v.Part
			}
		}
		if !slices.Contains(u.Parts(), part) {
			return nil, ErrPart
		}
		all = append(all, Variable{name, part})
	}
	return all, nil
}

// usualPart is what a variable of this name usually stands for; the first part
// where that is not known.
func usualPart(name string, among []Part) Part {
	for _, part := range among {
		if slices.Contains(usual[part], strings.ToLower(strings.TrimSpace(name))) {
			return part
		}
	}
	return among[0]
}

// maxPart bounds one part, so that a notice with several stays within its own
// limit.
const maxPart = 300

// values are what stands in the variables. Dealers refuse an empty one.
func (c Choice) values(words map[Part]string) map[string]string {
	if link, err := url.Parse(words[LinkPart]); err == nil && link.Host != "" {
		words[PathPart] = strings.TrimPrefix(link.RequestURI(), "/")
	}
	values := make(map[string]string, len(c.Variables))
	for _, v := range c.Variables {
		value := strings.TrimSpace(words[v.Part])
		if letters := []rune(value); len(letters) > maxPart {
			value = string(letters[:maxPart-1]) + "…"
		}
		if value == "" {
			value = "-"
		}
		values[v.Name] = value
	}
	return values
}
