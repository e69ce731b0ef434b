package broadcast

import (
	"strings"
	"time"
	"unicode/utf8"

	"plaza/broadcast/qr"
	"plaza/broadcast/schedule"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Limits of what a campaign holds.
const (
	maxName  = 100
	maxText  = 2000
	maxTitle = 120
)

// DefaultDeadline is how late a schedule may fire.
const DefaultDeadline = time.Hour

// Purpose is the consent that a campaign needs from its recipients.
type Purpose string

// The purposes. Notices come from an approved Notice, never from a draft that
// one person wrote.
const (
	Promotions Purpose = "promotions"
	Notices    Purpose = "notices"
)

// Campaign is a broadcast to an audience, once or again and again.
type Campaign struct {
	ID      string `bson:"_id" json:"id"`
	Account string `bson:"account" json:"-"`
	Plan    `bson:",inline"`
	Purpose Purpose `bson:"purpose" json:"purpose"`
	State   State   `bson:"state" json:"state"`
	// Reason says why it is held or failed: a code.
	Reason string `bson:"reason,omitempty" json:"reason,omitempty"`
	// Revision rises with each change of the plan.
	Revision int64 `bson:"revision" json:"revision"`
	// NextAt is when it fires next. Kept while it is held, to show what was missed.
	NextAt time.Time `bson:"next_at,omitempty" json:"next_at,omitzero"`
	// Run is the run under way, or else the last one.
	Run string `bson:"run,omitempty" json:"run,omitempty"`
	// Link is the code made for this campaign, so that its scans are its own.
	Link      string    `bson:"link,omitempty" json:"link,omitempty"`
	CreatedBy string    `bson:"created_by" json:"created_by"`
	CreatedAt time.Time `bson:"created_at" json:"created_at"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`

	// DueAt is when a worker shall look at it; under a lease, when that ends.
	DueAt time.Time `bson:"due_at,omitempty" json:"-"`
	// Fence rises with each lease: whoever holds an older one has lost it.
	Fence int64 `bson:"fence" json:"-"`
	// ActiveAt is when sending last moved on.
	ActiveAt time.Time `bson:"active_at,omitempty" json:"-"`
	// Attempts counts failures in a row.
	Attempts int64 `bson:"attempts" json:"-"`
	// Released fires a missed schedule however late it is.
	Released bool `bson:"released,omitempty" json:"-"`
}

// Plan is the part of a campaign that people write.
type Plan struct {
	Name     string   `bson:"name" json:"name"`
	Content  Content  `bson:"content" json:"content"`
	Audience Audience `bson:"audience" json:"audience"`
	When     When     `bson:"when" json:"when"`
	// Way is how it goes where a messenger allows few mass sends.
	Way Way `bson:"way,omitempty" json:"way,omitempty"`
}

// Way is how a campaign goes out on messengers that let an account write to
// somebody only for a while after they wrote, and to everybody a few times only.
type Way string

// The ways.
const (
	Singly Way = ""     // to each by itself: who has not written lately does not get it
	AsMass Way = "mass" // by a mass send, which uses one of the few up
)

// Content is what is sent. Texts may hold placeholders.
type Content struct {
	Text string `bson:"text,omitempty" json:"text,omitempty"`
	// Translations replace Text for readers of a language.
	Translations map[string]string `bson:"translations,omitempty" json:"translations,omitempty"`
	Image        string            `bson:"image,omitempty" json:"image,omitempty"` // URL, or path from "/"
	Card         *message.Card     `bson:"card,omitempty" json:"card,omitempty"`
	// Code is a tracked QR code of the account, shown with the text or card.
	Code string `bson:"code,omitempty" json:"code,omitempty"`
}

// AudienceKind says how an audience is chosen.
type AudienceKind string

// The audiences.
const (
	Everybody AudienceKind = "all"
	WithTag   AudienceKind = "tag"
	OnChannel AudienceKind = "channel"
)

// Audience is a segment of subscribers: those who follow, have consented to the
// purpose, and are of the kind.
type Audience struct {
	Kind    AudienceKind `bson:"kind" json:"kind"`
	Value   string       `bson:"value,omitempty" json:"value,omitempty"` // the tag or channel
	Purpose Purpose      `bson:"purpose,omitempty" json:"-"`             // set by Service
}

// WhenKind says how the time is chosen.
type WhenKind string

// The kinds of time.
const (
	Now       WhenKind = "now"
	At        WhenKind = "at"
	Recurring WhenKind = "cron"
)

// When says when a campaign fires.
type When struct {
	Kind WhenKind  `bson:"kind" json:"kind"`
	At   time.Time `bson:"at,omitempty" json:"at,omitzero"`
	// Cron is read on the clock of the account's zone.
	Cron string `bson:"cron,omitempty" json:"cron,omitempty"`
	// DeadlineMinutes is how late it may fire; zero is DefaultDeadline.
	DeadlineMinutes int `bson:"deadline_minutes,omitempty" json:"deadline_minutes,omitempty"`
}

// Deadline is how late it may fire.
func (w When) Deadline() time.Duration {
	if w.DeadlineMinutes == 0 {
		return DefaultDeadline
	}
	return time.Duration(w.DeadlineMinutes) * time.Minute
}

// Next is the first firing after an instant, zero if there is none.
func (w When) Next(after time.Time, zone *time.Location) (time.Time, error) {
	switch w.Kind {
	case Now:
		return after, nil
	case At:
		return w.At, nil
	}
	cron, err := schedule.Parse(w.Cron)
	if err != nil {
		return time.Time{}, err
	}
	return cron.Next(after, zone), nil
}

var campaigns = store.Declare[Campaign](store.Schema{
	Name: "campaigns",
	Indexes: []store.Index{
		{Fields: []string{"state", "-_id"}},
		{Fields: []string{"due_at"}, Across: true, Sparse: true},
	},
})

// Check validates everything that can be said without asking others.
func (p Plan) Check() error {
	count := utf8.RuneCountInString(strings.TrimSpace(p.Name))
	return fault.All(
		fault.If(count == 0 || count > maxName, ErrName),
		p.Content.check(),
		p.Audience.check(),
		p.checkWay(),
		p.When.check(),
	)
}

// checkWay refuses what a mass send can't say: it says the same to everybody.
func (p Plan) checkWay() error {
	switch p.Way {
	case Singly:
		return nil
	case AsMass:
		for _, text := range p.Content.texts() {
			if strings.Contains(text, "{{") {
				return ErrPersonal
			}
		}
		return nil
	}
	return ErrWay
}

func (c Content) check() error {
	if strings.TrimSpace(c.Text) == "" && c.Image == "" && c.Card == nil && c.Code == "" {
		return ErrContent
	}
	for _, text := range c.texts() {
		if utf8.RuneCountInString(text) > maxText {
			return ErrText
		}
	}
	for language := range c.Translations {
		if message.LanguageOf(language) != language {
			return ErrLanguage
		}
	}
	if c.Image != "" && qr.CheckTarget(c.Image) != nil {
		return ErrPicture
	}
	if c.Card == nil {
		return nil
	}
	return checkCard(*c.Card)
}

// texts are all that may hold placeholders.
func (c Content) texts() []string {
	texts := []string{c.Text}
	for _, text := range c.Translations {
		texts = append(texts, text)
	}
	if c.Card != nil {
		texts = append(texts, c.Card.Title, c.Card.Text)
	}
	return texts
}

func checkCard(card message.Card) error {
	if count := utf8.RuneCountInString(strings.TrimSpace(card.Title)); count == 0 || count > maxTitle {
		return ErrName.In("card.title")
	}
	if card.Image != "" && qr.CheckTarget(card.Image) != nil {
		return ErrPicture.In("card.image")
	}
	if card.URL != "" {
		if err := qr.CheckTarget(card.URL); err != nil {
			return qr.ErrTarget.In("card.url").Because(err)
		}
	}
	for _, button := range card.Buttons {
		if button.URL != "" && qr.CheckTarget(button.URL) != nil {
			return qr.ErrTarget.In("card.buttons")
		}
	}
	if card.Price != nil {
		return card.Price.Check()
	}
	return nil
}

func (a Audience) check() error {
	switch a.Kind {
	case Everybody:
		if a.Value != "" {
			return ErrAudience
		}
	case WithTag, OnChannel:
		if strings.TrimSpace(a.Value) == "" || len(a.Value) > maxName || strings.ContainsAny(a.Value, "\x00:") {
			return ErrAudience
		}
	default:
		return ErrAudience
	}
	return nil
}

func (w When) check() error {
	if w.DeadlineMinutes < 0 || w.DeadlineMinutes > 24*60 {
		return ErrDeadline
	}
	switch w.Kind {
	case Now:
		return nil
	case At:
		if w.At.IsZero() {
			return ErrWhen
		}
		return nil
	case Recurring:
		_, err := schedule.Parse(w.Cron)
		return err
	}
	return ErrWhen
}
