// Package pushtest is a push service for tests: it refuses what the standards
// let a service refuse, opens what it takes as the browser would, and can be
// told to fail. It shares no code with package webpush: what is checked here is
// written down from the text of RFC 8030, 8188, 8291 and 8292.
package pushtest
