// Package device keeps in which browsers somebody is known to an account, tells
// them of a new one, and signs them out of any.
//
// A device is a browser by the number that it keeps in a cookie, or rather by a
// mark that is made of it and differs from account to account. Whoever is several
// subscribers sees the devices of all of them, each once.
//
// Signing out is written down first, then carried out everywhere (sessions, the
// web chat's token, notifications, what risk remembers), then marked; after a
// crash Recover goes on. What is told of a new device is written down with it and
// said once.
package device
