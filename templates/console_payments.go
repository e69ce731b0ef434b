package templates

// Contracts lists the ways of paying.
//
//	GET  /console/{slug}/settings/payments
type Contracts struct {
	Base
	Rows []WayRow
}

// WayRow is a way of paying and its state.
type WayRow = ChannelRow

// Contract sets up a way of paying: what to do on the provider's pages, what to
// copy from there, and how it stands.
//
//	GET  /console/{slug}/settings/payments/{provider}
//	POST to the same   the fields by their names (an empty secret stays as it is)
//	POST .../test  .../on  .../off
type Contract struct {
	Base
	Row       WayRow
	Saved, On bool
	NotifyURL string // where the provider notifies us; empty if it never does
	Steps     []string
	Fields    []ConnectField
	Findings  []Finding
}

// Template names the file that draws the page.
func (*Contracts) Template() string { return "console/contracts" }

// Template names the file that draws the page.
func (*Contract) Template() string { return "console/contract" }
