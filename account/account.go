package account

import (
	"cmp"
	"crypto/rand"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a bare container has no zone files, and zones are checked here
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// Kind of an account.
type Kind string

// The kinds.
const (
	Merchant Kind = "merchant"
	Agency   Kind = "agency"
)

// State of an account.
type State string

// The states. A closed account keeps its data but serves nobody.
const (
	Active State = "active"
	Closed State = "closed"
)

// Limits of texts, in characters.
const (
	MaxName        = 60
	MaxDescription = 500
)

// Account is an official account. Values come from a cache: do not change the
// maps in them.
type Account struct {
	ID string `bson:"_id" json:"id"` // ULID
	// Slug is the account's part of URLs: /chat/{slug}. It never changes,
	// because it is printed on paper.
	Slug    string `bson:"slug" json:"slug"`
	Profile `bson:",inline"`
	// Currency of all its prices. It never changes, because prices and ledgers
	// are written in it.
	Currency  string    `bson:"currency" json:"currency"`
	State     State     `bson:"state" json:"state"`
	Owners    []string  `bson:"owners" json:"-"`   // ids of members, never none
	Revision  int64     `bson:"revision" json:"-"` // rises with every change
	CreatedAt time.Time `bson:"created_at" json:"created_at"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`
}

// Profile is what the members of an account can change about it.
type Profile struct {
	Kind         Kind              `bson:"kind" json:"kind"`
	Names        map[string]string `bson:"names" json:"names"`                                   // by language, at least one
	Descriptions map[string]string `bson:"descriptions,omitempty" json:"descriptions,omitempty"` // by language
	Language     string            `bson:"language" json:"language"`                             // one of message.Languages
	TimeZone     string            `bson:"time_zone" json:"time_zone"`                           // IANA name
	Logo         string            `bson:"logo,omitempty" json:"logo,omitempty"`                 // id of a picture
	Colour       string            `bson:"colour,omitempty" json:"colour,omitempty"`             // "#rrggbb"
	// Origins are the other sites whose pages may show the account's in a frame,
	// as browsers name them: "https://shop.example".
	Origins []string `bson:"origins,omitempty" json:"origins,omitempty"`
}

var accounts = store.Declare[Account](store.Schema{
	Name:    "accounts",
	Global:  true,
	Indexes: []store.Index{{Fields: []string{"slug"}, Unique: true}},
})

// Name in a language, or in the account's own, or in any.
func (p Profile) Name(language string) string { return p.pick(p.Names, language) }

// Description in a language, or in the account's own, or in any; may be empty.
func (p Profile) Description(language string) string { return p.pick(p.Descriptions, language) }

// Location is the account's time zone; UTC should it be unknown here.
func (p Profile) Location() *time.Location {
	location, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return time.UTC
	}
	return location
}

func (p Profile) pick(texts map[string]string, language string) string {
	for _, wanted := range []string{language, p.Language} {
		if texts[wanted] != "" {
			return texts[wanted]
		}
	}
	for _, any := range message.Languages {
		if texts[any] != "" {
			return texts[any]
		}
	}
	return ""
}

var colour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// check tidies a profile and refuses what cannot be.
func (p Profile) check() (Profile, error) {
	p.Colour = strings.ToLower(strings.TrimSpace(p.Colour))
	var names, descriptions, origins error
	p.Names, names = checkTexts(p.Names, "name", MaxName)
	p.Descriptions, descriptions = checkTexts(p.Descriptions, "description", MaxDescription)
	p.Origins, origins = checkOrigins(p.Origins)
	return p, fault.All(
		names, descriptions, origins,
		fault.If(p.Kind != Merchant && p.Kind != Agency, ErrKind),
		fault.If(names == nil && len(p.Names) == 0, ErrNameMissing),
		fault.If(!slices.Contains(message.Languages[:], p.Language), ErrLanguage),
		fault.If(!knownZone(p.TimeZone), ErrTimeZone),
		fault.If(p.Colour != "" && !colour.MatchString(p.Colour), ErrColour),
		fault.If(len(p.Logo) > 100, textTooLong(100).In("logo")),
	)
}

// knownZone refuses "Local" and "", which LoadLocation takes for this machine.
func knownZone(name string) bool {
	if name == "" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// checkTexts trims texts and drops empty ones.
func checkTexts(texts map[string]string, field string, limit int) (map[string]string, error) {
	kept := map[string]string{}
	for language, text := range texts {
		if !slices.Contains(message.Languages[:], language) {
			return nil, ErrLanguage.In(field)
		}
		text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
		if utf8.RuneCountInString(text) > limit {
			return nil, textTooLong(limit).In(field)
		}
		if text != "" {
			kept[language] = text
		}
	}
	return kept, nil
}

func textTooLong(limit int) *fault.Error {
	return fault.New(ErrTextTooLong.Kind, ErrTextTooLong.Code, ErrTextTooLong.Text, limit)
}

// changesTo lists what differs, for the audit log.
func (p Profile) changesTo(q Profile) []Change {
	var changes []Change
	note := func(field, before, after string) {
		if before != after {
			changes = append(changes, Change{field, before, after})
		}
	}
	note("kind", string(p.Kind), string(q.Kind))
	for _, language := range message.Languages {
		note("name."+language, p.Names[language], q.Names[language])
		note("description."+language, p.Descriptions[language], q.Descriptions[language])
	}
	note("language", p.Language, q.Language)
	note("time_zone", p.TimeZone, q.TimeZone)
	note("logo", p.Logo, q.Logo)
	note("colour", p.Colour, q.Colour)
	note("origins", strings.Join(p.Origins, " "), strings.Join(q.Origins, " "))
	return changes
}

var (
	slug    = regexp.MustCompile(`^[a-z][a-z0-9-]{1,38}[a-z0-9]$`)
	unslugs = regexp.MustCompile(`[^a-z0-9]+`)
)

// reserved slugs would read as a part of Plaza itself.
var reserved = []string{"admin", "api", "console", "help", "language", "link", "login", "new", "plaza", "sign-in",
	"sign-out", "support", "system", "webhooks"}

func checkSlug(text string) error {
	if !slug.MatchString(text) || strings.Contains(text, "--") || slices.Contains(reserved, text) {
		return ErrSlug
	}
	return nil
}

// suggestSlugs makes slugs from the name, in English if there is one: as it is,
// then with a random end, for names that others have taken. Names without Latin
// letters would all be alike, so theirs begins with the kind and has an end at once.
func suggestSlugs(p Profile) []string {
	name := cmp.Or(p.Names["en"], p.Names[p.Language])
	base := strings.Trim(unslugs.ReplaceAllString(strings.ToLower(name), "-"), "-")
	base = strings.TrimLeft(base, "0123456789-")
	base = strings.TrimRight(base[:min(len(base), 30)], "-")
	ended := cmp.Or(base, string(p.Kind)) + "-" + strings.ToLower(rand.Text()[:6])
	if checkSlug(base) != nil { // too short, or reserved
		return []string{ended}
	}
	return []string{base, ended}
}

// NewAccount is what an account begins with.
type NewAccount struct {
	Slug     string // empty: made from the name, with a random end if that is taken
	Currency string // ISO 4217
	Profile
}

func (n NewAccount) check() (NewAccount, error) {
	var err error
	if n.Profile, err = n.Profile.check(); err != nil {
		return n, err
	}
	if !money.Known(n.Currency) {
		return n, money.ErrCurrency.In("currency")
	}
	if n.Slug == "" {
		return n, nil
	}
	return n, checkSlug(n.Slug)
}
