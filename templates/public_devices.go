package templates

import "time"

// Devices are the browsers in which somebody is known.
//
//	GET  /devices/{slug}
//	POST /devices/{slug}/sign-out         device
//	POST /devices/{slug}/sign-out-others
type Devices struct {
	Base
	Nav        ShopNav
	Path       string
	WalletPath string
	PINPath    string
	Locked     bool // money waits for the PIN
	HasPIN     bool
	Rows       []DeviceRow
}

// DeviceRow is one of them.
type DeviceRow struct {
	Mark        string
	Name, Place string // Place is empty where nobody knows
	Channels    []string
	First, Last time.Time
	Here        bool
}

// Others says whether there is any other than this one.
func (d *Devices) Others() bool {
	for _, one := range d.Rows {
		if !one.Here {
			return true
		}
	}
	return false
}

// NotMe signs out a device that somebody does not know.
//
//	GET  /not-me/{account id}/{secret}
//	POST to the same
type NotMe struct {
	Base
	Path        string
	Name, Place string
	At          time.Time
	Done        bool
	PINPath     string
	ChatPath    string
}

// Template names the file that draws the page.
func (*Devices) Template() string { return "public/devices" }

// Template names the file that draws the page.
func (*NotMe) Template() string { return "public/not-me" }
