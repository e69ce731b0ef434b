// Package store keeps documents: one small vocabulary in MongoDB's spirit, two
// engines that mean exactly the same by it. The embedded engine (sqlite) serves
// one machine, the MongoDB engine (mongodb) any number; the code above does not
// know which it has.
//
// Three rules hold everywhere. A query is served by a declared index or
// refused. Every write changes one document, atomically and under a condition;
// nothing needs a transaction over several, so everything also holds on a
// sharded cluster. And every document carries its account: a scope that names
// none, or another, reaches nothing.
package store
