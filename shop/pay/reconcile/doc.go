// Package reconcile compares what providers have booked with what Plaza has:
// for each account and provider, day by day, the provider's bill against our
// payments and refunds. What differs is kept as a Difference until both agree
// or a member has settled it by hand.
//
// Days are the provider's. One node at a time has a provider of an account, by
// a lease; it reads the bill line by line and writes down how far it has come,
// so that a crash costs the last few hundred lines and a bill of any length
// costs no memory. Doing a day again finds the same: what stands on a bill is
// marked on the payment itself, and a difference is named by what differs.
//
// A payment that was paid there and is closed here is asked about at the
// provider, and what that says is settled as a notification would be.
package reconcile
