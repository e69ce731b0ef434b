// Package identity knows which subscribers of an account are one and the same
// person on several channels. Their orders and balances are then theirs
// wherever they write; what each channel may send them stays as it was.
//
// A person is linked by a member, or by themselves: they ask for a code on one
// channel, say it on the other, and say yes there.
package identity
