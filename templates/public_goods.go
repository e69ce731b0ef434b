package templates

// Goods shows what a paid order has given to the browser that has taken it.
// Nobody knows whose that is, so that nothing else of the buyer's is shown.
//
//	GET  /goods/{pass}
//	POST /goods/{pass}
//	GET  /goods/{pass}/files/{file}
type Goods struct {
	Base
	Path   string
	Number string // of the order
	// State is "open" while no browser has taken it, "held" where this one has,
	// "taken" where another has, and "over" where there is nothing any more.
	State string
	Given []GivenLine // where it is held
}

// Template names the file that draws the page.
func (*Goods) Template() string { return "public/goods" }
