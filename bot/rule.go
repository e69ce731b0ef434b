package bot

import (
	"time"

	"plaza/message"
	"plaza/store"
)

// Trigger says what a rule reacts to.
type Trigger string

// The triggers.
const (
	OnFollow  Trigger = "follow"
	OnKeyword Trigger = "keyword"
	OnScan    Trigger = "scan"  // of the code Scene; an empty Scene is any code
	OnPress   Trigger = "press" // of the button or menu entry Payload
	OnDefault Trigger = "default"
)

// Match says how a keyword is compared. Case, width and white space around
// never count.
type Match string

// The comparisons.
const (
	Exactly Match = "exact"
	Prefix  Match = "prefix"
	Contain Match = "contains"
	Regexp  Match = "regexp" // RE2, so that no text makes it slow
)

// Rule is what the bot does for a keyword, a menu key, a scan, a follow.
type Rule struct {
	ID      string `bson:"_id" json:"id"`
	Account string `bson:"account" json:"account"`
	Name    string `bson:"name" json:"name"`
	Enabled bool   `bson:"enabled" json:"enabled"`
	// Priority: the smaller number is asked first; then the older rule.
	Priority int `bson:"priority" json:"priority"`

	On       Trigger  `bson:"on" json:"on"`
	Match    Match    `bson:"match,omitempty" json:"match,omitempty"`
	Keywords []string `bson:"keywords,omitempty" json:"keywords,omitempty"`
	Scene    string   `bson:"scene,omitempty" json:"scene,omitempty"`
	Payload  string   `bson:"payload,omitempty" json:"payload,omitempty"`

	Answers []Template `bson:"answers,omitempty" json:"answers,omitempty"`
	AddTag  string     `bson:"add_tag,omitempty" json:"add_tag,omitempty"`
	// Flow is the dialogue that begins after the answers.
	Flow      string    `bson:"flow,omitempty" json:"flow,omitempty"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`
}

// Wording is a text by language. A person gets their own language, else the
// account's, else English, else whichever there is. A text that is the same for
// everybody stands under any one language.
type Wording map[string]string

// In finds the text for a language.
func (w Wording) In(language, fallback string) string {
	for _, l := range [...]string{language, fallback, message.Languages[0]} {
		if text := w[l]; text != "" {
			return text
		}
	}
	for _, l := range message.Languages {
		if text := w[l]; text != "" {
			return text
		}
	}
	return ""
}

// TemplateForm is the form of an answer.
type TemplateForm string

// The forms a merchant can answer with.
const (
	TextAnswer     TemplateForm = "text"
	ImageAnswer    TemplateForm = "image"
	CardAnswer     TemplateForm = "card"
	ProductsAnswer TemplateForm = "products"
	QRAnswer       TemplateForm = "qr"
	HandoverAnswer TemplateForm = "handover"
)

// Template is an answer with blanks. Title, Text and the button's Label may
// hold placeholders.
type Template struct {
	Form     TemplateForm `bson:"form" json:"form"`
	Title    Wording      `bson:"title,omitempty" json:"title,omitempty"`
	Text     Wording      `bson:"text,omitempty" json:"text,omitempty"`
	Image    string       `bson:"image,omitempty" json:"image,omitempty"`
	URL      string       `bson:"url,omitempty" json:"url,omitempty"` // of a card, or what a QR code leads to
	Buttons  []ButtonText `bson:"buttons,omitempty" json:"buttons,omitempty"`
	Products []string     `bson:"products,omitempty" json:"products,omitempty"` // ids
}

// ButtonText is a button under a text or card.
type ButtonText struct {
	Label   Wording `bson:"label" json:"label"`
	URL     string  `bson:"url,omitempty" json:"url,omitempty"`
	Payload string  `bson:"payload,omitempty" json:"payload,omitempty"`
	Say     string  `bson:"say,omitempty" json:"say,omitempty"`
}

var rules = store.Declare[Rule](store.Schema{
	Name:     "rules",
	Indexes:  []store.Index{{Fields: []string{"priority"}}},
	ShardKey: []string{"account", "_id"},
})

// Limits of what a merchant can teach, so that no account slows the others.
const (
	maxRules    = 500
	maxFlows    = 100
	maxKeywords = 50
	maxKeyword  = 100 // characters
	maxPattern  = 500 // characters of a regular expression
	maxAnswers  = 10
	maxButtons  = 8
	maxProducts = 10
)
