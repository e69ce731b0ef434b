// Package account knows who may do what: official accounts, the members who
// run them, how members and programs prove who they are (passwords, one-time
// links, sessions, API tokens), and the audit log of what they did.
//
// Secrets are handed out once and kept only as hashes. What people may do is
// decided by one table, from role to permission. Everything that changes an
// account is entered in its audit log before it is done, so that a crash may
// leave an entry without the change but never a change without an entry.
package account
