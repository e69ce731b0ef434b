// Package pin lets people prove who they are by a PIN of six digits: the keypad
// to type it on, the count of attempts, and what needs no PIN.
//
// A PIN is short, so three things stand between it and whoever guesses. An
// attempt is counted, under a condition, before anything is computed: however
// many guess at once, on however many nodes, and whatever crashes in between,
// no more are tried than are allowed. Waiting grows with every wrong one, and
// after maxTries a member has to help. And what is stored is an argon2id hash
// that is sealed besides, because a million hashes are soon computed: who has
// the database without the master key has nothing to try them against.
//
// On the way to us the PIN is never typed as such. The server shuffles ten keys
// for each attempt and sends pictures; the page sends which were pressed. A
// keypad belongs to one person and one thing to be proved, works once and for a
// minute by the server's clock. docs/trust.md says what that does and does not
// protect from.
//
// A proof that the guard of money wants (see pay.Guard) is a PIN that somebody
// with a stolen phone can't just have set: see trusted.
package pin
