package templates

// MessageTemplates chooses which approved template says what when a messenger
// takes no ordinary message.
//
//	GET  /console/{slug}/settings/channels/{channel}/templates
//	POST ...   do (save, or empty: show the blanks) {sort}.template {sort}.{blank}
type MessageTemplates struct {
	Base
	Channel string
	Action  string
	Problem string // why the messenger lists none; in words
	Listed  bool
	Forms   []TemplateForm
}

// TemplateForm is the choice for one sort of messages.
type TemplateForm struct {
	Sort, Label string
	Templates   []Option
	Title       string // of the chosen one
	Consent     bool   // each one needs the person's consent
	Gone        bool   // the chosen one is not there any more
	Blanks      []TemplateBlank
}

// TemplateBlank is a blank of the chosen template.
type TemplateBlank struct {
	Name, Label string
	Parts       []Option
	Sample      string // what would stand there
}

// Template names the file that draws the page.
func (*MessageTemplates) Template() string { return "console/message-templates" }
