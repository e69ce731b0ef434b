package qr

import (
	"net/url"
	"strings"
	"unicode"

	"plaza/fault"
)

// maxTarget is the longest address; every browser takes this much.
const maxTarget = 2000

// ErrTarget refuses an address that a code must not lead to.
var ErrTarget = fault.New(fault.Invalid, "bad_target",
	"Please give an address that begins with https:// or http://, or a path on this site that begins with /.").In("target")

// CheckTarget takes http and https addresses without credentials, and paths on
// our own site. Everything else, and what only looks like a path to some
// browsers, is ErrTarget.
func CheckTarget(target string) error {
	if target == "" || len(target) > maxTarget || strings.Contains(target, `\`) ||
		strings.ContainsFunc(target, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }) {
		return ErrTarget
	}
	parsed, err := url.Parse(target)
	if err != nil {
		return ErrTarget.Because(err)
	}
	if strings.HasPrefix(target, "/") {
		if strings.HasPrefix(target, "//") || parsed.Host != "" {
			return ErrTarget
		}
		return nil
	}
	if (parsed.Scheme != "https" && parsed.Scheme != "http") || parsed.Hostname() == "" ||
		parsed.User != nil || parsed.Opaque != "" {
		return ErrTarget
	}
	return nil
}

// checkLead is CheckTarget, and refuses a code that leads to a code.
func checkLead(target string) error {
	if err := CheckTarget(target); err != nil {
		return err
	}
	if strings.HasPrefix(target, "/q/") {
		return ErrTarget
	}
	return nil
}
