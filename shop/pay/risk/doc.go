// Package risk scores every movement of money before it happens: payments,
// transfers, top-ups, refunds and attempts at a PIN.
//
// An Attempt is measured against small profiles of whoever takes part (the
// subscriber, the shop, the payee, the device, the network, the code), which
// gives Signals: plain numbers that a person can read. Rules, which members
// write, and a Model, which learns per account, turn signals into points; the
// points together are the score, and the score or a rule decides what is done.
//
//	attempt -> Measure(profiles) -> signals -> rules + model -> decision
//	                    ^                                          |
//	                    +---- Try at once, Learn after the outcome +
//
// All of that is pure and works on memory. Service keeps profiles, models,
// rules and assessments in the store, and the queue of what members look at.
// A profile holds counters, never a list of what somebody bought; the store
// never sees an address of a network or an exact place.
package risk
