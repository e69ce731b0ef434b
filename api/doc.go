// Package api is the outside of the program over HTTP: it translates between
// requests and the domain packages, and decides nothing.
//
// The server here takes the platforms' webhooks and the operator's questions
// (health, metrics); the surfaces for people and programs have folders of their
// own: rest (programs), console (members), public (subscribers and everybody).
// What they share is in web.
package api
