package account

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"plaza/fault"
)

// MaxOrigins is how many other sites an account's pages may be shown in.
const MaxOrigins = 20

// checkOrigins makes origins of the addresses of pages, in the form that browsers
// send them in (RFC 6454, 6.2; hosts in ASCII), and drops empty and repeated ones.
func checkOrigins(addresses []string) ([]string, error) {
	var origins []string
	for _, address := range addresses {
		if address = strings.TrimSpace(address); address == "" {
			continue
		}
		origin, err := originOf(address)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	if len(origins) > MaxOrigins {
		return nil, ErrOrigins
	}
	return origins, nil
}

// originOf is where a page comes from: of an address only the beginning counts.
// It has to be one that nobody on the way can change what a page does of: https,
// or this very machine.
func originOf(address string) (string, error) {
	refused := fault.New(ErrOrigin.Kind, ErrOrigin.Code, ErrOrigin.Text, shortened(address)).In(ErrOrigin.Field)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.User != nil {
		return "", refused
	}
	port := parsed.Port()
	host, local, err := siteOf(strings.ToLower(parsed.Hostname()))
	if err != nil || parsed.Scheme != "https" && !(parsed.Scheme == "http" && local) {
		return "", refused
	}
	if port == "" || port == defaultPorts[parsed.Scheme] {
		return parsed.Scheme + "://" + host, nil
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return "", refused
	}
	return parsed.Scheme + "://" + host + ":" + port, nil
}

var defaultPorts = map[string]string{"https": "443", "http": "80"}

// siteOf is a host as an origin has it, and whether it is the machine that the
// browser runs on.
func siteOf(host string) (site string, local bool, err error) {
	if address, err := netip.ParseAddr(host); err == nil {
		if address.Zone() != "" {
			return "", false, ErrOrigin
		}
		if site = address.String(); address.Is6() {
			site = "[" + site + "]"
		}
		return site, address.IsLoopback(), nil
	}
	local = host == "localhost" || strings.HasSuffix(host, ".localhost")
	site, err = idna.Lookup.ToASCII(host)
	if err == nil && !local && !strings.Contains(site, ".") || strings.Trim(site, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		err = ErrOrigin
	}
	return site, local, err
}

// shortened is as much of what somebody typed as a sentence can hold.
func shortened(text string) string {
	const limit = 60
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
