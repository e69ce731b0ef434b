// Package ledger moves money between wallets, double-entry and append-only.
//
// A transfer is one document whose legs sum to zero and never change, so the
// sum over the ledger is zero at every instant by construction. Balances live
// in wallet documents. A transfer over several wallets has no transaction to
// lean on; it is a small state machine whose every step changes one document
// under a condition and can be done again without harm:
//
//	open      written down, with a deadline by which its worker is done
//	          legs are applied, debits first; each leaves the transfer's mark
//	          in the wallet, in the same update that changes the balance
//	posted    all legs are applied: the money has moved, whatever happens now
//	refusing  a debit found too little, or a wallet would hold more than it may:
//	          applied legs are taken back
//	refused   nothing has moved, and nothing will under this key
//
// and afterwards the marks are cleared. When a worker dies, another takes the
// transfer over after its deadline. Before it goes on it raises the fence of
// every wallet concerned to the old deadline; legs are applied only under a
// deadline above the fence, so the first worker, should it merely have slept,
// can no longer apply anything, not even after the marks are gone.
//
// Nodes' clocks must agree to a few seconds (a fence from a fast clock delays
// a slow node's transfers; it never makes a balance wrong).
package ledger
