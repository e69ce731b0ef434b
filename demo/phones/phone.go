package phones

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

// phone is one messenger in the hand of one person, who follows one account.
type phone struct {
	Messenger string
	Person    string // as they call themselves
	Account   string // slug
	// Locates and Scans say what the messenger can; every one can the rest.
	Locates, Scans bool
	connection     Connection
	app            app
	handler        http.Handler        // the platform's API
	fetched        func(string) string // see World.fetched
	opens          func(string) string // see World.opens
	restore        func()
	settle         func(context.Context) error // what the platform tells later; nil: nothing

	mu      sync.Mutex
	follows bool
	screen  []Bubble
	serial  int
}

// app is what a person can do in a messenger. Where the answer comes with the
// call, it is given back as bubbles; what comes later is fetched by news.
type app interface {
	follow(ctx context.Context, scene string) ([]Bubble, error)
	block(ctx context.Context) error
	say(ctx context.Context, text string) ([]Bubble, error)
	picture(ctx context.Context, content []byte, contentType string) ([]Bubble, error)
	locate(ctx context.Context, place Place) ([]Bubble, error)
	// scan is of a code that the messenger's camera reads, by its text.
	scan(ctx context.Context, code string) ([]Bubble, error)
	// news are the messages that have arrived since it was asked before. It is not
	// called twice at once.
	news() []Bubble
	// menu is what stands at the foot of the chat now.
	menu() []Button
}

// Bubble is one thing on a phone's screen.
type Bubble struct {
	ID   int  `json:"id"`
	Mine bool `json:"mine,omitempty"` // the person's own
	// Note is a line of the phone's own, by the name of its text on the page.
	Note    string   `json:"note,omitempty"`
	Title   string   `json:"title,omitempty"`
	Text    []Span   `json:"text,omitempty"`
	Picture string   `json:"picture,omitempty"` // its address
	Link    string   `json:"link,omitempty"`    // where a tap on it leads
	Lines   []Line   `json:"lines,omitempty"`
	Buttons []Button `json:"buttons,omitempty"`
	// Cards stand side by side.
	Cards []Bubble `json:"cards,omitempty"`
}

// Line is a name and a value beside one another.
type Line struct {
	Name  string `json:"name,omitempty"`
	Value string `json:"value"`
}

// Span is a piece of a text, perhaps one to tap on.
type Span struct {
	Text  string `json:"text"`
	Link  string `json:"link,omitempty"`
	Press int    `json:"press,omitempty"`
	press *press
}

// Button is something to tap on: a link, or what it does has a number, by which
// the page asks for it.
type Button struct {
	Label   string   `json:"label"`
	Link    string   `json:"link,omitempty"`
	Press   int      `json:"press,omitempty"`
	Entries []Button `json:"entries,omitempty"` // of a menu
	press   *press
}

// press is what a tap does, and what the person's own bubble says of it.
type press struct {
	says string // perhaps nothing
	act  func(context.Context) ([]Bubble, error)
}

// Place is somewhere on the map.
type Place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name"`
}

// Screen is what a phone shows.
type Screen struct {
	Messenger string   `json:"messenger"`
	Person    string   `json:"person"`
	Account   string   `json:"account"`
	Follows   bool     `json:"follows"`
	Locates   bool     `json:"locates"`
	Scans     bool     `json:"scans"`
	Bubbles   []Bubble `json:"bubbles"`
	Menu      []Button `json:"menu"`
}

// keepBubbles is how many a phone shows; older ones scroll away for good.
const keepBubbles = 100

// show puts bubbles on the screen. p.mu is held.
func (p *phone) show(bubbles ...Bubble) {
	for _, b := range bubbles {
		p.serial++
		b.ID = p.serial
		p.prepare(&b)
		p.screen = append(p.screen, b)
	}
	if extra := len(p.screen) - keepBubbles; extra > 0 {
		p.screen = slices.Delete(p.screen, 0, extra)
	}
}

// prepare has the bubble's picture fetched, lets its links open in the messenger,
// and gives what can be pressed its number.
func (p *phone) prepare(b *Bubble) {
	b.Picture, b.Link = p.fetched(b.Picture), p.opens(b.Link)
	for i := range b.Text {
		b.Text[i].Link = p.opens(b.Text[i].Link)
		if b.Text[i].press != nil {
			p.serial++
			b.Text[i].Press = p.serial
		}
	}
	p.numberAll(b.Buttons)
	for i := range b.Cards {
		p.prepare(&b.Cards[i])
	}
}

func (p *phone) numberAll(buttons []Button) {
	for i := range buttons {
		buttons[i].Link = p.opens(buttons[i].Link)
		if buttons[i].press != nil {
			p.serial++
			buttons[i].Press = p.serial
		}
		p.numberAll(buttons[i].Entries)
	}
}

// look is the screen now.
func (p *phone) look() Screen {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(p.app.news()...)
	return Screen{Messenger: p.Messenger, Person: p.Person, Account: p.Account, Follows: p.follows, Locates: p.Locates, Scans: p.Scans,
		Bubbles: append([]Bubble{}, p.screen...), Menu: append([]Button{}, p.menu()...)}
}

// menu is what stands at the foot of the chat. Its entries are numbered by their
// place, so that they stay the same as long as it does: from -1 downwards, because
// bubbles count up.
func (p *phone) menu() []Button {
	menu, next := p.app.menu(), 0
	var number func([]Button)
	number = func(buttons []Button) {
		for i := range buttons {
			next--
			buttons[i].Link = p.opens(buttons[i].Link)
			if buttons[i].press != nil {
				buttons[i].Press = next
			}
			number(buttons[i].Entries)
		}
	}
	number(menu)
	return menu
}

// do does something as the phone's owner and shows what came of it: mine first.
// The call is made without the lock, because an account takes its time.
func (p *phone) do(mine *Bubble, act func() ([]Bubble, error)) error {
	if mine != nil {
		mine.Mine = true
		p.mu.Lock()
		p.show(*mine)
		p.mu.Unlock()
	}
	answer, err := act()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(append(answer, p.app.news()...)...)
	if err != nil {
		p.show(Bubble{Note: "failed", Text: []Span{{Text: err.Error()}}})
	}
	return err
}

func (p *phone) setFollows(follows bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follows = follows
}

// pressed finds what has a number.
func (p *phone) pressed(number int) *press {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found *press
	var inButtons func([]Button)
	inButtons = func(buttons []Button) {
		for _, b := range buttons {
			if b.Press == number {
				found = b.press
			}
			inButtons(b.Entries)
		}
	}
	var in func(Bubble)
	in = func(b Bubble) {
		for _, span := range b.Text {
			if span.Press == number {
				found = span.press
			}
		}
		inButtons(b.Buttons)
		for _, card := range b.Cards {
			in(card)
		}
	}
	if number < 0 {
		inButtons(p.menu())
		return found
	}
	for _, b := range p.screen {
		in(b)
	}
	return found
}
