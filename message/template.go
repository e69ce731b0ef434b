package message

// Template is a form of words that a messenger has approved, for messages that it
// would not take otherwise.
type Template struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Consent: each one needs the person's consent.
	Consent bool            `json:"consent,omitempty"`
	Fields  []TemplateField `json:"fields"`
}

// TemplateField is a blank of a template.
type TemplateField struct {
	Name  string `json:"name"`
	Label string `json:"label"` // the words before it
	// Suggested is which part of a message its kind is made for; may be empty.
	Suggested string `json:"suggested,omitempty"`
}

// TemplateChoice is which template says a sort of messages, and which part of the
// message stands in each of its blanks. Without a template there is none.
type TemplateChoice struct {
	Sort     string            `json:"sort"`
	Template string            `json:"template,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
}
