package places_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"plaza/shop/pay/risk"
	"plaza/shop/pay/risk/places"
)

type city struct {
	network             string
	latitude, longitude float64
	radius              uint16
}

// write makes a database with the writer of those who invented the format.
func write(t *testing.T, file string, changed time.Time, cities ...city) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "GeoLite2-City", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range cities {
		_, network, err := net.ParseCIDR(one.network)
		if err != nil {
			t.Fatal(err)
		}
		err = tree.Insert(network, mmdbtype.Map{"location": mmdbtype.Map{"latitude": mmdbtype.Float64(one.latitude),
			"longitude": mmdbtype.Float64(one.longitude), "accuracy_radius": mmdbtype.Uint16(one.radius)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.WriteTo(out); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, changed, changed); err != nil {
		t.Fatal(err)
	}
}

func TestAnAddressIsFoundToTenKilometresOrNotAtAll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.mmdb")
	write(t, file, time.Now(), city{"203.0.113.0/24", 37.5665, 126.978, 10}, city{"198.51.100.0/24", 31.23, 121.47, 500}, city{"2001:db8::/32", -33.87, 151.21, 5})
	found, err := places.Open(file, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]risk.Place{
		"203.0.113.9":        {Latitude: 376, Longitude: 1270},
		"::ffff:203.0.113.9": {Latitude: 376, Longitude: 1270},
		"2001:db8::1":        {Latitude: -339, Longitude: 1512},
		"198.51.100.1":       {}, // somewhere in half a country
		"192.0.2.1":          {},
		"":                   {},
		"unix":               {},
	} {
		if got := found.Of(address); got != want {
			t.Errorf("%q is at %v, not %v", address, got, want)
		}
	}
}

func TestANewDatabaseIsTakenWithoutARestartAndABrokenOneIsNot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.mmdb")
	began := time.Now().Add(-time.Hour)
	write(t, file, began, city{"203.0.113.0/24", 37.5, 127, 10})
	now := began
	found, err := places.Open(file, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	seoul, shanghai := risk.PlaceOf(37.5, 127), risk.PlaceOf(31.2, 121.5)
	write(t, file, began.Add(time.Minute), city{"203.0.113.0/24", 31.2, 121.5, 10})
	if got := found.Of("203.0.113.1"); got != seoul {
		t.Errorf("looked at the file before it was time: %v", got)
	}
	now = now.Add(2 * time.Minute)
	if got := found.Of("203.0.113.1"); got != shanghai {
		t.Errorf("the new file says %v, not %v", got, shanghai)
	}
	if err := os.WriteFile(file, []byte("half a download"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Minute)
	if got := found.Of("203.0.113.1"); got != shanghai {
		t.Errorf("a broken file: %v, not %v", got, shanghai)
	}
	if _, err := places.Open(file, time.Now); err == nil {
		t.Error("a broken file was opened")
	}
}

// FuzzDatabase has hostile files opened and read: they are the operator's, but
// come from the network.
func FuzzDatabase(f *testing.F) {
	f.Add([]byte("\xab\xcd\xefMaxMind.com"))
	f.Fuzz(func(t *testing.T, content []byte) {
		file := filepath.Join(t.TempDir(), "city.mmdb")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if found, err := places.Open(file, time.Now); err == nil {
			found.Of("203.0.113.9")
		}
	})
}
