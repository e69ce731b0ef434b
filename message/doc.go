// Package message is the one message model that every messenger, skill and
// campaign shares: what came in (Inbound), what goes out (Outbound), and the
// person it concerns. It knows no messenger and no storage.
package message
