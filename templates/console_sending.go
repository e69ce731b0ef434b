package templates

import "time"

// Rules is what the bot does, in the order it looks.
//
//	GET  /console/{slug}/rules
//	POST /console/{slug}/rules/test        text    (shows the page with Test set)
//	POST /console/{slug}/rules/{id}/enable   enabled ("on" or empty)
//	POST /console/{slug}/rules/{id}/delete
type Rules struct {
	Base
	Rows []RuleRow
	Test *RuleTest
}

// RuleRow is a rule in the list.
type RuleRow struct {
	ID, URL  string // URL of its editor; its actions are below it
	Name     string
	Trigger  string   // "follow", "keyword", "scan", "press", "default": texts page.trigger.{trigger}
	Words    []string // what it listens to
	Answer   string   // summary of the first answer
	Answers  int
	Priority int
	Enabled  bool
}

// RuleTest is what the bot would say to a text.
type RuleTest struct {
	Text string
	Out  []ChatMessage // none: it would stay silent
}

// RuleEditor makes or changes a rule.
//
//	GET  /console/{slug}/rules/new
//	GET  /console/{slug}/rules/{id}
//	POST to the same    name, trigger, match, words (one a line), scene, payload,
//	                    priority, enabled, tag, and for each answer N from 0:
//	                    answers.N.form, .text, .image (picture id), .title, .url,
//	                    .button, .products (ids, repeated), .code, .was
//	POST /console/{slug}/pictures          file, json=1 → {"id","url"}
//
// An answer whose fields are all empty isn't one. A picture may also be sent
// with the form, as the file answers.N.file.
type RuleEditor struct {
	Base
	ID           string // empty: a new one
	Action       string // where the form posts to
	Name         string
	Triggers     []Option
	Matches      []Option // "exact", "prefix", "contains", "regexp"
	Words        string
	Scene        string
	Scenes       []Option // codes that can be scanned
	Payload      string
	Priority     int
	Enabled      bool
	Tag          string
	KnownTags    []string
	Answers      []Answer
	Placeholders []Placeholder
	Products     []Option
	Codes        []Option
}

// Answer is one message of a rule or the content of a campaign, being edited.
type Answer struct {
	Form     string // message.Form, or "products"
	Text     string
	Image    Picture
	Title    string // of a card
	URL      string // of a card or QR code
	Button   string // label of the card's button
	Products []string
	Code     string
	Was      string // which of the rule's saved answers it was; empty: a new one
}

// Placeholder can be put into a text.
type Placeholder struct {
	Code   string // "{{name}}"
	Label  string // what it stands for
	Sample string // for the preview
}

// Campaigns is the list of broadcasts. Live topic: campaigns.
//
//	GET  /console/{slug}/campaigns?state=&cursor=
type Campaigns struct {
	Base
	Tabs  []Tab
	Rows  []CampaignRow
	Pager Pager
}

// CampaignRow is a campaign in the list.
type CampaignRow struct {
	ID, URL  string
	Name     string
	State    string // "draft", "scheduled", "sending", "paused", "done", "cancelled", "held", "failed"
	Audience string // in words
	At       time.Time
	Repeats  string // in words, for a recurring one
	Total    int
	Done     int // in a final state
	Failed   int
}

// CampaignEditor writes a campaign.
//
//	GET  /console/{slug}/campaigns/new
//	GET  /console/{slug}/campaigns/{id}/edit
//	POST to Action   name, text, image (picture id), file, title, url, button, code,
//	                 audience ("all", "tag", "channel"), tag, channel,
//	                 when ("now", "at", "cron"), at (2006-01-02T15:04, account's zone), cron,
//	                 revision, and do: "save", "start" or "test"
//
// With a title the message is a card; else the text, then the picture.
type CampaignEditor struct {
	Base
	ID, Action   string
	Revision     int64 // of what is being edited; goes into the form
	Name         string
	Content      Answer
	Apart        bool // the text is a message before the card, not on it
	Audiences    []Option
	Tags         []Option // Hint: how many
	Channels     []Option
	Ways         []Option // single messages or a mass message; none: no such choice
	WayNotes     []string // how many mass messages are left
	Estimate     int      // subscribers the audience holds; under 0: not known
	When         []Option
	At           string // as the input wants it
	Cron         string
	NextRuns     []time.Time
	Codes        []Option
	Placeholders []Placeholder
	TestTo       string // who a test goes to, in words; empty: nobody yet
}

// Campaign shows how one is getting on. Live topic: campaigns.
//
//	GET  /console/{slug}/campaigns/{id}?run=&state=&cursor=
//	POST .../start .../unschedule .../pause .../resume .../cancel .../release .../skip
//	POST .../copy .../delete
//	POST .../preview (channel name) .../recall (channel run)
type Campaign struct {
	Base
	Row        CampaignRow
	Path       string // of this page; actions are below it
	Actions    []string
	HeldReason string
	Progress   Progress
	Skips      [][2]string // reason and how many
	Way        string      // how it goes, if it is not singly
	Mass       []MassRow
	Previews   []Option // messengers that show a mass message to one person first
	Runs       []Option // earlier runs of a recurring one; Value is a URL
	NextRuns   []time.Time
	Content    []ChatMessage // the preview
	CodeURL    string        // page of its QR code, or empty
	Scans      int
	Tabs       []Tab // deliveries by state
	Deliveries []DeliveryRow
	Pager      Pager
}

// MassRow is what became of a run's mass messages on a messenger: as many calls,
// of which it has told the end of some.
type MassRow struct {
	Channel, Run                  string
	Calls, Told                   int
	Total, Sent, Filtered, Failed int
	Recalled                      int
	Refused                       string // in words
	Retractable                   bool
}

// Progress of a run.
type Progress struct {
	Total, Sent, Delivered, Read, Failed, Uncertain, Skipped, Pending int
	PerSecond                                                         int
	Started, Finished                                                 time.Time
}

// DeliveryRow is one message of a campaign to one subscriber.
type DeliveryRow struct {
	Name, URL string
	Channel   string
	State     string
	Reason    string
	At        time.Time
}

// Notices is what an agency announces.
//
//	GET  /console/{slug}/notices?state=&cursor=
type Notices struct {
	Base
	Tabs  []Tab
	Rows  []NoticeRow
	Pager Pager
}

// NoticeRow is a notice in the list.
type NoticeRow struct {
	ID, URL  string
	Title    string
	State    string // "draft", "approved", "published"
	Author   string
	Approver string
	At       time.Time
}

// NoticeEditor writes, approves and publishes a notice.
//
//	GET  /console/{slug}/notices/new, /console/{slug}/notices/{id}
//	POST to the same   title.en, body.en, title.zh, ..., urgent, revision
//	POST .../approve .../publish (send: "on" to send it to subscribers) .../withdraw .../delete
type NoticeEditor struct {
	Base
	ID, Action  string
	Revision    int64 // of what is being read; goes into every form
	State       string
	Author      string
	Approver    string
	TitleIn     Localized
	Body        Localized
	Urgent      bool
	MayEdit     bool
	MayApprove  bool // has the permission and isn't the author
	MayPublish  bool
	PublicURL   string
	CampaignURL string // how its sending is getting on
	Estimate    int
}

// Codes is the list of tracked QR codes.
//
//	GET  /console/{slug}/codes?cursor=
//	POST /console/{slug}/codes          label, kind, target, ios, android, expires (2006-01-02)
//	GET  /console/{slug}/codes/sheet?ids=
type Codes struct {
	Base
	Rows  []CodeRow
	Kinds []Option // "follow", "app", "coupon", "product", "link"
	// What was typed, when it had errors.
	Label, Target, IOS, Android, Expires string
	Pager                                Pager
}

// CodeRow is a QR code.
type CodeRow struct {
	ID, URL  string // of its console page
	Label    string
	Kind     string // texts page.code.{kind}
	Link     string // what is printed: https://.../q/abcd2345
	Target   string
	Scans    int
	Visitors int
	State    string // "active", "disabled" or "expired"
	Expires  time.Time
}

// Code is one of them, with its scans.
//
//	GET  /console/{slug}/codes/{id}
//	GET  /console/{slug}/codes/{id}.png?size= and {id}.svg
//	POST .../disable .../enable
type Code struct {
	Base
	Row   CodeRow
	Trend []int64   // scans per day, oldest first
	Days  []DayScan // the same as a table, newest first
	// Follows is how many followed by a messenger's code.
	Follows int
	// Scenes are codes that messengers made for this one, or can make.
	//
	//	POST /console/{slug}/codes/{code}/scene   channel {channel}.days {channel}.number
	Scenes []SceneCode
}

// SceneCode is a code by which people follow on a messenger.
type SceneCode struct {
	Channel string
	Link    string    // what it says; empty: not made yet
	Until   time.Time // zero: it works for ever
	Ended   bool
	Number  string   // what it tells instead of the code's key; empty: the key
	Lives   []Option // how long one may work, in days
}

// DayScan is how often a code was scanned on a day.
type DayScan struct {
	Day             time.Time
	Scans, Visitors int
	Follows         int // by a messenger's code
}

// CodeSheet is a sheet of codes to print.
type CodeSheet struct {
	Base
	Rows []CodeRow
}
