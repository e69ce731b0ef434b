// Package webpush speaks to the push services of browsers: a request as RFC 8030
// has it, its content encrypted for one browser alone (RFC 8291, in the coding
// of RFC 8188), and signed so that the service knows who sends (VAPID, RFC 8292).
//
// The one Go library for this ignores the clock and the expiry it is given and
// works on the deprecated half of crypto/elliptic; with crypto/hkdf and
// crypto/ecdh the whole is little more than the text of the standards, and the
// example of RFC 8291 holds it to them to the byte.
package webpush
