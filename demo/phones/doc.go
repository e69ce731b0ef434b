// Package phones is what the demo has in the place of the messengers and payment
// providers: their stand-ins on one port of this machine, and a page with a phone
// for each messenger, where one person plays the people who write to the sample
// accounts.
//
// It is a fake world: nobody signs in, no money moves. So it listens to this
// machine alone, and answers only requests that were sent to it by its own name
// and from its own pages (serve.go).
//
// The program's releases leave it out: see standins.go in package main.
package phones
