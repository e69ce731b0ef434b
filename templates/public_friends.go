package templates

import "plaza/money"

// Friends asks somebody one knows for money, and lists what was asked.
//
//	GET  /wallet/{slug}/friends
//	POST /wallet/{slug}/friends           key, friend, amount (decimal), note
//	POST /wallet/{slug}/friends/meet      code (or the address it is in)
//	POST /wallet/{slug}/friends/cancel    ask
//	POST /wallet/{slug}/friends/unblock   person
type Friends struct {
	Base
	Nav          ShopNav
	Path         string
	WalletPath   string
	SplitPath    string
	Key          string
	Friends      []Option // value: the number that stands for them
	Amount, Note string
	Whole        money.Amount // as Amount says; with Shares
	Problem      string
	Splits       []SplitRow
	Asked        []AskRow
	Blocked      []Option
}

// SplitRow is one split in a list.
type SplitRow struct {
	URL      string
	Note     string
	Whole    money.Amount
	Paid, Of int
}

// AskRow is something asked of somebody.
type AskRow struct {
	Name   string
	Note   string
	Amount money.Amount
	State  string
	Open   bool
	Number string
	// Link pays it: for whoever is to have the share. Empty: it can't be paid.
	Link string
}

// NewSplit splits an amount among people.
//
//	GET  /wallet/{slug}/split?receipt=    of a receipt of one's own
//	GET  /wallet/{slug}/split?order=      of an order of one's own
//	POST /wallet/{slug}/split             key, amount (decimal), note, friend (each), others, own, how ("even", "typed" or "shares"), share (each, decimal)
type NewSplit struct {
	Base
	Nav          ShopNav
	Path         string
	BackPath     string
	Key          string
	Amount, Note string
	Whole        money.Amount // as Amount says; with Shares
	Friends      []Option
	Others       string
	Own          bool
	// Shares are typed in a second step; none: the first step.
	Shares  []ShareField
	Problem string
}

// ShareField is one share that is typed.
type ShareField struct {
	Name  string
	Value string
}

// Split is how a split stands, for whoever made it.
//
//	GET  /wallet/{slug}/split/{split}
//	POST /wallet/{slug}/split/{split}/cancel
type Split struct {
	Base
	Nav        ShopNav
	Path       string
	BackPath   string
	Note       string
	Whole, Own money.Amount
	Got, Of    money.Amount
	Paid, All  int
	Rows       []AskRow
	Open       bool // something can still be called off
}

// Asked is what somebody is asked by a friend.
//
//	GET  /asked/{ask}
//	POST /asked/{ask}/decline
//	POST /asked/{ask}/block
type Asked struct {
	Base
	Nav     ShopNav
	Path    string
	Name    string
	Amount  money.Amount
	Note    string
	State   string
	PayPath string // empty: it can't be paid any more
}

// Template names the file that draws the page.
func (*Friends) Template() string { return "public/friends" }

// Template names the file that draws the page.
func (*NewSplit) Template() string { return "public/new-split" }

// Template names the file that draws the page.
func (*Split) Template() string { return "public/split" }

// Template names the file that draws the page.
func (*Asked) Template() string { return "public/asked" }
