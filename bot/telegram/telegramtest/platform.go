// Package telegramtest is Telegram's side for tests, demos and load: a strict
// local stand-in of the Bot API that keeps one bot and the people who talk with
// it. It takes calls as the platform does and refuses what the platform would
// refuse, and more: parameters that github.com/go-telegram/bot does not know,
// entities that do not lie in their text. It posts updates to the webhook that
// was registered with it, those of one chat one after another, and repeats what
// is not taken.
package telegramtest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-telegram/bot/models"

	"plaza/bot/standin"
)

// Options say what the platform is like.
type Options struct {
	Token    string // of the bot
	Username string // of the bot, without "@"
	// PaymentToken is what the bot's payments are made with; empty: it takes none.
	PaymentToken string
	// Local takes webhooks at any address, as Telegram's own server does when
	// somebody runs it themselves.
	Local bool
	// Limits makes it refuse what is sent faster than Telegram publishes: 30
	// messages a second, and one a second to a chat after a few at once.
	Limits bool
	// Login is signing in with Telegram; nil: the bot has none.
	Login *standin.SignIn
	// Troubles befall calls that send something; nil for none.
	Troubles *standin.Troubles
	Now      func() time.Time
	// Client posts updates; nil for the default.
	Client *http.Client
}

// Platform is the stand-in. It is safe for concurrent use; serve it with
// net/http.
type Platform struct {
	o       Options
	bot     int64
	posting *http.Client

	mu        sync.Mutex
	people    map[int64]*person
	hook      webhook
	files     map[string]stored // by file id
	paths     map[string]string // path of a file: its id
	gone      map[string]bool   // addresses that nothing is found at
	delivered []Delivered
	refused   []string // descriptions of refusals, oldest first
	calls     map[string]int
	menu      Menu
	update    int64 // id of the last one
	message   int   // id of the last one
	serial    int
	pace      pace
	invoices  map[string]*Invoice // by the end of their link
	verdicts  map[string]verdict  // by question
}

// person is somebody on Telegram.
type person struct {
	user    models.User
	started bool // has opened a chat with the bot
	blocked bool
	turn    sync.Mutex // one update at a time
}

type stored struct {
	content []byte
	path    string
}

type webhook struct {
	models.WebhookInfo
	secret string
}

// Menu is what stands beside the keyboard.
type Menu struct {
	Commands map[string][]models.BotCommand // by language; "" for all others
	Button   string                         // its type
}

// Delivered is a message that reached a person.
type Delivered struct {
	ID       int
	Chat     int64
	Method   string
	Text     string // or caption
	Entities []models.MessageEntity
	Inline   [][]models.InlineKeyboardButton
	Words    [][]string // the keyboard of words
	// Files are ids or addresses; of an upload, the new id.
	Files     []string
	Arguments map[string]string // all, as they came
}

// New makes a platform with one bot.
func New(o Options) *Platform {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Username == "" {
		o.Username = "sample_bot"
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	id, _, _ := strings.Cut(o.Token, ":")
	return &Platform{
		o: o, bot: number(id), posting: o.Client,
		people: make(map[int64]*person), files: make(map[string]stored), paths: make(map[string]string),
		gone: make(map[string]bool), calls: make(map[string]int), menu: Menu{Commands: make(map[string][]models.BotCommand)},
		invoices: make(map[string]*Invoice), verdicts: make(map[string]verdict), update: 100_000_000, pace: pace{chats: make(map[int64]*bucket)},
	}
}

// Continue counts ids on from a number, so that a platform that stands in again
// for the same bot tells no id twice.
func (p *Platform) Continue(from int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.update, p.message, p.serial = int64(from), from, from
}

// Stored is the content of a file that the platform has by this id.
func (p *Platform) Stored(fileID string) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.files[fileID]
	return found.content, ok
}

// Meet lets somebody be on Telegram, without a chat with the bot.
func (p *Platform) Meet(user models.User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person(user.ID).user = user
}

// Open opens a person's chat with the bot, as Start does, but in silence.
func (p *Platform) Open(user int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.person(user)
	one.started, one.blocked = true, false
}

// person finds somebody, or lets them be born. p.mu is held.
func (p *Platform) person(id int64) *person {
	found := p.people[id]
	if found == nil {
		found = &person{user: models.User{ID: id, FirstName: "Sample", LanguageCode: "en"}}
		p.people[id] = found
	}
	return found
}

// Lose makes an address one that Telegram finds nothing at.
func (p *Platform) Lose(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone[address] = true
}

// Forget makes the ids of all files invalid.
func (p *Platform) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.files)
}

// Store keeps a file, such as one that a person sends, and gives its id.
func (p *Platform) Store(content []byte, ending string) (fileID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.store(content, ending)
}

// Delivered lists the messages that reached people, oldest first.
func (p *Platform) Delivered() []Delivered {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.delivered)
}

// DeliveredTo lists those of one chat.
func (p *Platform) DeliveredTo(chat int64) []Delivered {
	return slices.DeleteFunc(p.Delivered(), func(d Delivered) bool { return d.Chat != chat })
}

// Refusals are the descriptions of all refused calls, oldest first.
func (p *Platform) Refusals() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refused)
}

// Calls says how often a method was called, with whatever end.
func (p *Platform) Calls(method string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[strings.ToLower(method)]
}

// Menu is what stands beside the keyboard.
func (p *Platform) Menu() Menu {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Menu{Commands: maps.Clone(p.menu.Commands), Button: p.menu.Button}
}

// Webhook is where updates go; empty if nowhere.
func (p *Platform) Webhook() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hook.URL
}
