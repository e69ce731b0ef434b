package developer

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/bot"
	"plaza/bot/wechat"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Template is a form of notice (platform document: "Template messages").
type Template struct {
	ID         string    `bson:"_id"` // account + ":" + TemplateID
	Account    string    `bson:"account"`
	TemplateID string    `bson:"template_id"`
	Title      string    `bson:"title"`
	Content    string    `bson:"content"` // with {{name.DATA}} where data goes
	At         time.Time `bson:"at"`
}

var templates = store.Declare[Template](store.Schema{
	Name: "developer_templates", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
})

// sent remembers the key of a template message, so that it is sent once.
type sent struct {
	ID        string    `bson:"_id"` // account + ":" + client_msg_id
	Account   string    `bson:"account"`
	MessageID int64     `bson:"message_id"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var sends = store.Declare[sent](store.Schema{
	Name: "developer_sends", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

// Limits of templates.
const (
	maxTemplates       = 25
	maxTemplateTitle   = 60   // characters
	maxTemplateContent = 1000 // characters
	maxTemplateID      = 64
)

// What members are told about a template.
var (
	ErrTemplateTitle = fault.New(fault.Invalid, "developer_template_title", "A template's title has 1 to {0} characters.", maxTemplateTitle).In("title")
	ErrTemplateText  = fault.New(fault.Invalid, "developer_template_text", "A template's text has at most {0} characters, with data as {1}.", maxTemplateContent, "{{name.DATA}}").In("content")
	ErrTemplateKey   = fault.New(fault.Invalid, "developer_template_id", "A template's id has up to {0} letters, digits, - and _.", maxTemplateID).In("template_id")
	ErrTemplates     = fault.New(fault.Conflict, "developer_templates", "An account can have {0} templates.", maxTemplates)
)

var templateKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// AddTemplate keeps a template. Its id may be chosen, so that a program keeps
// the one it knows; an empty one is made up. Errors: ErrTemplateTitle,
// ErrTemplateText, ErrTemplateKey, ErrTemplates.
func (s *Service) AddTemplate(ctx context.Context, account, id, title, content string) (Template, error) {
	title, content = strings.TrimSpace(title), strings.TrimSpace(content)
	if id == "" {
		id = base64.RawURLEncoding.EncodeToString(random(32))
	}
	switch n := utf8.RuneCountInString(title); {
	case n == 0 || n > maxTemplateTitle || !utf8.ValidString(title):
		return Template{}, ErrTemplateTitle
	case utf8.RuneCountInString(content) > maxTemplateContent || !utf8.ValidString(content):
		return Template{}, ErrTemplateText
	case !templateKey.MatchString(id):
		return Template{}, ErrTemplateKey
	}
	known, err := s.Templates(ctx, account)
	if err != nil {
		return Template{}, err
	}
	if len(known) >= maxTemplates {
		return Template{}, ErrTemplates
	}
	made := Template{ID: account + ":" + id, Account: account, TemplateID: id, Title: title, Content: content, At: s.now()}
	return made, templates.In(s.DB, account).Insert(ctx, made)
}

// TemplateText is a template with one line for each of these names, as WeChat
// makes one of its library.
func TemplateText(names []string) string {
	lines := make([]string, len(names))
	for i, name := range names {
		lines[i] = fmt.Sprintf("%s: {{keyword%d.DATA}}", name, i+1)
	}
	return strings.Join(lines, "\n")
}

// Templates lists an account's templates.
func (s *Service) Templates(ctx context.Context, account string) ([]Template, error) {
	found, _, err := templates.In(s.DB, account).Find(ctx, store.Query{}.Top(maxTemplates))
	return found, err
}

// DeleteTemplate forgets a template. Errors: ErrTemplateID.
func (s *Service) DeleteTemplate(ctx context.Context, account, id string) error {
	err := templates.In(s.DB, account).Delete(ctx, account+":"+id)
	if errors.Is(err, store.ErrNotFound) {
		return ErrTemplateID
	}
	return err
}

// Notice is a template filled in, to one person.
type Notice struct {
	OpenID     string
	TemplateID string
	URL        string
	Data       map[string]string
	Key        string // of the program: the same sends once
}

// SendTemplate shows a notice as a card, and reports it as the platform does.
// Errors: ErrOpenID, ErrNotFollowing, ErrTemplateID, ErrQuota.
func (s *Service) SendTemplate(ctx context.Context, account string, n Notice) (id int64, err error) {
	to, err := s.person(ctx, account, n.OpenID)
	if err != nil {
		return 0, err
	}
	if !to.Followed {
		return 0, ErrNotFollowing
	}
	template, err := templates.In(s.DB, account).Get(ctx, account+":"+n.TemplateID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, ErrTemplateID
	}
	if err != nil {
		return 0, err
	}
	if err := s.count(ctx, account, "message/template"); err != nil {
		return 0, err
	}
	if id, err = s.keyed(ctx, account, n.Key); err != nil {
		return 0, err
	}
	card := message.Card{Title: template.Title, Text: template.fill(n.Data), URL: webAddress(n.URL)}
	key := "template:" + strconv.FormatInt(id, 10)
	if err := s.Bot.SendAs(ctx, bot.ByDeveloper, to.Person(), key, message.OneCard(card)); err != nil {
		return 0, err
	}
	return id, s.tell(ctx, account, key, n.OpenID, "TEMPLATESENDJOBFINISH", func(d *wechat.Document) {
		d.Number("MsgID", id)
		d.Text("Status", "success")
	})
}

// keyed gives the number of a send: for a key that was used in the last day, the
// same one again.
func (s *Service) keyed(ctx context.Context, account, key string) (int64, error) {
	id := newID()
	if key == "" {
		return id, nil
	}
	if len(key) > maxClientKey {
		return 0, ErrMassKeyLength
	}
	stored, _, err := sends.In(s.DB, account).InsertIfAbsent(ctx, sent{ID: account + ":" + key, Account: account,
		MessageID: id, ExpiresAt: s.now().Add(24 * time.Hour)})
	return stored.MessageID, err
}

var slot = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\.DATA\s*\}\}`)

// fill puts data into the template; without a text of its own it lists them.
func (t Template) fill(data map[string]string) string {
	if t.Content == "" {
		return listed(data)
	}
	filled := slot.ReplaceAllStringFunc(t.Content, func(found string) string {
		return data[slot.FindStringSubmatch(found)[1]]
	})
	return strings.TrimSpace(filled)
}

// listed writes one line for each, in the order that WeChat's templates have.
func listed(data map[string]string) string {
	names := make([]string, 0, len(data))
	for name := range data {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
	})
	lines := make([]string, len(names))
	for i, name := range names {
		lines[i] = data[name]
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// place is where data of a name stands: first, keyword1, keyword2, ..., remark.
func place(name string) int {
	digits := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
	n, err := strconv.Atoi(digits)
	switch {
	case name == "first":
		return -1
	case name == "remark":
		return 1 << 20
	case err == nil:
		return min(n, 1<<19)
	}
	return 0
}
