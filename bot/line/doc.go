// Package line speaks with LINE official accounts by the Messaging API: it
// verifies and decodes webhooks, renders messages as LINE's message objects, and
// sends them by reply token, push and multicast.
//
// Calls go through LINE's own Go SDK. Webhooks are decoded, and message objects
// encoded, by this package, several times faster than the SDK does; tests read
// and write the same with the SDK's types. Facts about the protocol are those of
// the platform's documentation, "Messaging API reference".
package line
