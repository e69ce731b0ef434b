package templates

import (
	"html/template"
	"time"

	"plaza/money"
)

// Keypad is what a PIN is typed on. A form with one posts keypad, pressed (the
// keys so far: "0" the first, "9" the last), key (one more, or "back": without
// script), or pin (the digits as such, by who can't see the keys).
type Keypad struct {
	ID      string
	Stage   string         // "own", "new" or "again"
	Keys    []template.URL // the ten pictures, as data: addresses
	Pressed string
	Seconds int // that it is good for
	// Along are fields that the form hands on, by name.
	Along [][2]string
}

// Dots are the places of the PIN: whether each is typed.
func (k Keypad) Dots() []bool {
	dots := make([]bool, 6)
	for i := range dots {
		dots[i] = i < len(k.Pressed)
	}
	return dots
}

// TypePIN asks for a PIN before something goes on, or leads to set one.
//
//	GET  /pay/{payment}/pin, /pay-to/{code}/pin?key=, /wallet/{slug}/pin/set, /wallet/{slug}/pin/change, /wallet/{slug}/unlock
//	POST (the same)               keypad, pressed, key, pin; of a transfer also key as transfer
type TypePIN struct {
	Base
	Nav      ShopNav
	Path     string // where it is posted
	Fresh    string // brings another keypad
	BackPath string
	What     string       // what goes on, as a sentence
	Amount   money.Amount // of that; zero: none
	Keypad   *Keypad      // nil: there is nothing to type
	SetPath  string       // where a PIN is set, if there is none
	Problem  string
}

// PINSettings is what somebody has set about their PIN.
//
//	GET  /wallet/{slug}/pin
//	POST /wallet/{slug}/pin/free     once, day (decimal): what goes without the PIN
type PINSettings struct {
	Base
	Nav        ShopNav
	Path       string
	WalletPath string
	Set        bool
	From       time.Time // when it answers doubt; zero: it does
	Blocked    bool
	WaitMin    int    // minutes until it is taken again; 0: now
	Once, Day  string // as typed
	MostOnce   money.Amount
	MostDay    money.Amount
}

// SubscriberPIN is what members see of somebody's PIN.
//
//	POST /console/{slug}/subscribers/{subscriber}/pin/reset
//	POST /console/{slug}/subscribers/{subscriber}/pin/trust
type SubscriberPIN struct {
	Set     bool
	Locked  bool // the balance is, until it is typed
	Tries   int  // wrong ones in a row
	Blocked bool
	Trusted bool // it answers doubt
	From    time.Time
	MayHelp bool
}

// Template names the file that draws the page.
func (*TypePIN) Template() string { return "public/type-pin" }

// Template names the file that draws the page.
func (*PINSettings) Template() string { return "public/pin-settings" }
