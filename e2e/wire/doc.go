// Package wire plays Plaza on MongoDB from the outside: the program as
// processes of its own, several of them on one database, over a real wire. It
// has tests only, in a module of its own, so that what the server in them needs
// stays out of the product.
//
// With PLAZA_TEST_MONGODB_URI set, the other end is that deployment; otherwise
// it is FerretDB behind a turnstile, see package wiretest. Each test has a
// database of its own and drops it.
package wire
