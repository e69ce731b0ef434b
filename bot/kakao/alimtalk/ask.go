package alimtalk

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// A subscriber leaves a number in the chat: they ask for notices, read what the
// number is for, write it, and say the code that is sent to it. What they wrote
// last decides; nothing is kept of a number that is not confirmed.

// asking is such a dialogue under way.
type asking struct {
	ID        string    `bson:"_id"` // the subscriber's
	Account   string    `bson:"account"`
	Sealed    []byte    `bson:"sealed,omitempty"` // the number, once it is written
	Code      string    `bson:"code,omitempty"`   // keyed hash
	Tries     int64     `bson:"tries"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var askings = store.Declare[asking](store.Schema{Name: "alimtalk_askings", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at"})

const (
	askingFamily = "phone numbers to be confirmed"
	askingLife   = 10 * time.Minute
	// codeTries of a code: a million codes make guessing hopeless within it.
	codeTries = 5
	// codesAnHour bounds what somebody can make the account pay for, and how often
	// a stranger's phone can be made to ring.
	codesAnHour = 3
)

// The faults of the dialogue.
var (
	ErrCodes   = fault.New(fault.Limited, "kakao_codes", "Codes have been sent too often. Please try again in an hour.")
	ErrNotCode = fault.New(fault.Invalid, "kakao_not_code", "This is not the code that was sent. Please look again.")
	ErrAskOver = fault.New(fault.Conflict, "kakao_ask_over", "These were too many wrong codes. Please start again.")
)

// What people say, in all languages.
var (
	askWords = []string{"알림톡", "알림톡 받기", "notices by phone", "手机通知"}
	endWords = []string{"알림톡 그만", "알림톡 거부", "알림톡 해지", "no notices by phone", "停止手机通知"}
)

// Payloads of the buttons.
const (
	askPayload    = "alimtalk:ask"
	endPayload    = "alimtalk:end"
	cancelPayload = "alimtalk:cancel"
)

// kakao is the channel on which people are asked: elsewhere they are reached
// without a number.
const kakao = "kakao"

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// understand finds what a message may mean here.
func understand(in message.Inbound) (wish, said string) {
	if in.Channel != kakao {
		return "", ""
	}
	text := strings.ToLower(strings.TrimSpace(norm.NFKC.String(in.Text)))
	switch {
	case in.Kind == message.Press:
		switch in.Payload {
		case askPayload:
			return "ask", ""
		case endPayload:
			return "end", ""
		case cancelPayload:
			return "cancel", ""
		}
		return "", ""
	case in.Kind != message.TextIn:
		return "", ""
	case slices.Contains(askWords, text):
		return "ask", ""
	case slices.Contains(endWords, text):
		return "end", ""
	case sixDigits.MatchString(strings.ReplaceAll(text, " ", "")):
		return "code", strings.ReplaceAll(text, " ", "")
	}
	if _, err := Phone(text); err == nil || len(text) < 20 && strings.HasPrefix(text, "01") {
		return "number", text
	}
	return "", ""
}

// Wants says at a glance whether a message may be about a number.
func (s *Service) Wants(in message.Inbound) bool {
	wish, _ := understand(in)
	return wish != ""
}

// Answer is the dialogue's part of the conversation.
func (s *Service) Answer(ctx context.Context, person message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
	wish, said := understand(in)
	if wish == "" {
		return nil, false, nil
	}
	steps := map[string]func(context.Context, message.Person, string) (message.Outbound, bool, error){
		"ask": s.ask, "end": s.end, "cancel": s.cancel, "number": s.takeNumber, "code": s.takeCode,
	}
	answer, handled, err := steps[wish](ctx, person, said)
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "fault."+refused.Code, refused.Args...))}, true, nil
	}
	if err != nil || !handled {
		return nil, false, err
	}
	return []message.Outbound{answer}, true, nil
}

func (s *Service) say(person message.Person, key string, args ...any) string {
	return s.Texts.Text(person.Language, "alimtalk."+key, args...)
}

// ask begins, where the account can send codes.
func (s *Service) ask(ctx context.Context, person message.Person, _ string) (message.Outbound, bool, error) {
	plan, err := s.Plan(ctx, person.Account)
	if _, ready := plan.Choices[CodeUse]; err != nil || !ready {
		return message.Outbound{}, false, err
	}
	if kept, err := s.Contact(ctx, person.Account, person.ID); err == nil {
		return message.Choice(s.say(person, "have", kept.Number), message.Button{Label: s.say(person, "end"), Payload: endPayload}), true, nil
	} else if !errors.Is(err, ErrNoContact) {
		return message.Outbound{}, false, err
	}
	name, err := s.AccountName(ctx, person.Account, person.Language)
	if err != nil {
		return message.Outbound{}, false, err
	}
	_, err = askings.In(s.DB, person.Account).Upsert(ctx, person.ID,
		store.Set("expires_at", s.now().Add(askingLife)).Set("tries", int64(0)).Unset("sealed", "code"))
	return message.Choice(s.say(person, "ask", name), message.Button{Label: s.say(person, "cancel"), Payload: cancelPayload}), true, err
}

// under finds the dialogue that is under way; ok is false if there is none.
func (s *Service) under(ctx context.Context, person message.Person) (found asking, ok bool, _ error) {
	found, err := askings.In(s.DB, person.Account).Get(ctx, person.ID)
	if errors.Is(err, store.ErrNotFound) {
		return found, false, nil
	}
	return found, err == nil && s.now().Before(found.ExpiresAt), err
}

// takeNumber sends a code to the number.
func (s *Service) takeNumber(ctx context.Context, person message.Person, typed string) (message.Outbound, bool, error) {
	_, ok, err := s.under(ctx, person)
	if err != nil || !ok {
		return message.Outbound{}, false, err
	}
	number, err := Phone(typed)
	if err != nil {
		return message.Outbound{}, false, err
	}
	hash, err := s.hash(ctx, person.Account, number)
	if err != nil {
		return message.Outbound{}, false, err
	}
	for _, who := range []string{person.ID, message.SubscriberID(person.Account, PhoneChannel, hash)} {
		if err := s.allowCode(ctx, person.Account, who); err != nil {
			return message.Outbound{}, false, err
		}
	}
	drawn, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return message.Outbound{}, false, err
	}
	code := fmt.Sprintf("%06d", drawn)
	keyed, err := s.hash(ctx, person.Account, person.ID+" "+code)
	if err != nil {
		return message.Outbound{}, false, err
	}
	sealed, err := s.Sealer.Seal(ctx, askingFamily, person.ID, []byte(number))
	if err != nil {
		return message.Outbound{}, false, err
	}
	if _, err := askings.In(s.DB, person.Account).Upsert(ctx, person.ID, store.Set("sealed", sealed).Set("code", keyed).
		Set("tries", int64(0)).Set("expires_at", s.now().Add(askingLife))); err != nil {
		return message.Outbound{}, false, err
	}
	if err := s.sendCode(ctx, person, number, code); err != nil {
		return message.Outbound{}, false, err
	}
	return message.Choice(s.say(person, "sent", mask(number)), message.Button{Label: s.say(person, "cancel"), Payload: cancelPayload}), true, nil
}

func (s *Service) sendCode(ctx context.Context, person message.Person, number, code string) error {
	plan, err := s.Plan(ctx, person.Account)
	if err != nil {
		return err
	}
	choice, ok := plan.Choices[CodeUse]
	if !ok {
		return ErrNoUse
	}
	name, err := s.AccountName(ctx, person.Account, person.Language)
	if err != nil {
		return err
	}
	_, err = s.SendNotice(ctx, person.Account, Dispatch{Key: "code-" + store.NewID(), Template: choice.Template, Phone: number, Use: CodeUse,
		To: person.ID, Values: choice.values(map[Part]string{CodePart: code, AccountPart: name})})
	return err
}

// allowCode counts a code that is sent at somebody's wish, or to a number, in
// this hour. Errors: ErrCodes.
func (s *Service) allowCode(ctx context.Context, account, who string) error {
	first := asking{ID: who + "@" + s.now().Format("2006010215"), Account: account, ExpiresAt: s.now().Add(2 * time.Hour)}
	within, err := store.AddWithin(ctx, askings.In(s.DB, account), first, first.ID, "tries", 1, codesAnHour)
	if err == nil && !within {
		return ErrCodes
	}
	return err
}

// takeCode keeps the number whose code is said.
func (s *Service) takeCode(ctx context.Context, person message.Person, said string) (message.Outbound, bool, error) {
	found, ok, err := s.under(ctx, person)
	if err != nil || !ok || found.Code == "" {
		return message.Outbound{}, false, err
	}
	scope := askings.In(s.DB, person.Account)
	// A try is counted before it is looked at, so that many at once are not free.
	err = scope.Update(ctx, person.ID, store.Inc("tries", 1), store.Lt("tries", int64(codeTries)), store.Eq("code", found.Code))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return message.Outbound{}, false, errors.Join(ErrAskOver, s.over(ctx, person))
	}
	if err != nil {
		return message.Outbound{}, false, err
	}
	keyed, err := s.hash(ctx, person.Account, person.ID+" "+said)
	if err != nil {
		return message.Outbound{}, false, err
	}
	if !hmac.Equal([]byte(keyed), []byte(found.Code)) {
		return message.Outbound{}, false, ErrNotCode
	}
	number, err := s.Sealer.Open(ctx, askingFamily, person.ID, found.Sealed)
	if err != nil {
		return message.Outbound{}, false, err
	}
	kept, err := s.SetContact(ctx, person.Account, NewContact{Subscriber: person.ID, Phone: string(number), Name: person.Name,
		Consent: Consent{Orders: true, Notices: true}, By: ByThemselves})
	if err != nil {
		return message.Outbound{}, false, err
	}
	return message.Choice(s.say(person, "kept", kept.Number), message.Button{Label: s.say(person, "end"), Payload: endPayload}), true, s.over(ctx, person)
}

// end forgets the number, with one tap.
func (s *Service) end(ctx context.Context, person message.Person, _ string) (message.Outbound, bool, error) {
	err := errors.Join(s.RemoveContact(ctx, person.Account, person.ID), s.over(ctx, person))
	return message.Text(s.say(person, "ended")), true, err
}

func (s *Service) cancel(ctx context.Context, person message.Person, _ string) (message.Outbound, bool, error) {
	return message.Text(s.say(person, "cancelled")), true, s.over(ctx, person)
}

// over ends the dialogue.
func (s *Service) over(ctx context.Context, person message.Person) error {
	err := askings.In(s.DB, person.Account).Delete(ctx, person.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
