// Package places tells about where a network address is, from a city database
// in the MaxMind DB format that the operator supplies (GeoLite2 City, DB-IP City
// Lite and others; Plaza brings none, their licences forbid it).
package places

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"plaza/shop/pay/risk"
)

const (
	// checkEvery is how often the file is looked at: these databases are
	// replaced weekly, and nobody should have to restart a server for that.
	checkEvery = time.Minute
	// vague is the radius in kilometres beyond which a place says nothing about
	// how fast somebody moved.
	vague = 200
)

// Places looks addresses up. Safe for concurrent use.
type Places struct {
	file string
	now  func() time.Time

	mu      sync.RWMutex
	reader  *maxminddb.Reader
	changed time.Time // of the file that is open
	checked time.Time
}

// Open opens a database. Errors: what is wrong with the file.
func Open(file string, now func() time.Time) (*Places, error) {
	p := &Places{file: file, now: now}
	if err := p.reload(); err != nil {
		return nil, fmt.Errorf("places: %w", err)
	}
	return p, nil
}

// reload reads the file if it is another than the one that is open. It is read
// whole (some 60 to 130 MB), because a mapped file that is replaced in place
// ends the program.
func (p *Places) reload() error {
	p.checked = p.now()
	state, err := os.Stat(p.file)
	if err != nil || state.ModTime().Equal(p.changed) {
		return err
	}
	content, err := os.ReadFile(p.file)
	if err != nil {
		return err
	}
	reader, err := maxminddb.OpenBytes(content)
	if err != nil {
		return err
	}
	p.reader, p.changed = reader, state.ModTime()
	return nil
}

// current is the open database; one that was replaced by a good one is opened
// first, a broken one leaves the old in place.
func (p *Places) current() *maxminddb.Reader {
	p.mu.RLock()
	reader, fresh := p.reader, p.now().Sub(p.checked) < checkEvery
	p.mu.RUnlock()
	if fresh || !p.mu.TryLock() {
		return reader
	}
	defer p.mu.Unlock()
	_ = p.reload() // the next check tries again; until then the old one serves
	return p.reader
}

// Named is about where an address is, in words: a city and a country, by
// language as far as the database has it; nil if that is not known.
func (p *Places) Named(address string) map[string]string {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}
	var found struct {
		City struct {
			Names map[string]string `maxminddb:"names"`
		} `maxminddb:"city"`
		Country struct {
			Names map[string]string `maxminddb:"names"`
		} `maxminddb:"country"`
	}
	if err := p.current().Lookup(parsed.Unmap()).Decode(&found); err != nil {
		return nil
	}
	named := map[string]string{}
	for language, in := range map[string]string{"en": "en", "zh": "zh-CN", "ko": "ko"} {
		var words []string
		for _, names := range []map[string]string{found.City.Names, found.Country.Names} {
			if name := cmp.Or(names[in], names["en"]); name != "" {
				words = append(words, name)
			}
		}
		if len(words) > 0 {
			named[language] = strings.Join(words, ", ")
		}
	}
	if len(named) == 0 {
		return nil
	}
	return named
}

// Of is about where an address is, to ten kilometres; the zero Place if that is
// not known, or not well enough.
func (p *Places) Of(address string) risk.Place {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return risk.Place{}
	}
	var found struct {
		Location struct {
			Latitude  *float64 `maxminddb:"latitude"`
			Longitude *float64 `maxminddb:"longitude"`
			Radius    uint16   `maxminddb:"accuracy_radius"`
		} `maxminddb:"location"`
	}
	if err := p.current().Lookup(parsed.Unmap()).Decode(&found); err != nil {
		return risk.Place{}
	}
	at := found.Location
	if at.Latitude == nil || at.Longitude == nil || at.Radius > vague {
		return risk.Place{}
	}
	if *at.Latitude < -90 || *at.Latitude > 90 || *at.Longitude < -180 || *at.Longitude > 180 {
		return risk.Place{}
	}
	return risk.PlaceOf(*at.Latitude, *at.Longitude)
}
