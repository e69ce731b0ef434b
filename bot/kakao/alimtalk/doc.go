// Package alimtalk sends notices by template (알림톡): to a phone number, without
// the person having added the channel. Kakao lets only its dealers send them;
// each has an interface of its own, behind Dealer.
//
// A notice is written down under its key, with the number sealed, before the
// dealer is called. Where nobody knows how a call ended, the dealer is asked
// what it has under that key, before the call is repeated with it. What became
// of a notice is asked for until the dealer knows.
package alimtalk
