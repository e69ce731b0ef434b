// Package console is the members' side of the HTTP surface: the pages under
// /console, on which an account's members answer, sell, announce and set up.
//
// Its handlers keep one shape: who is asking, read the form, one call of a
// domain package, draw a page of package templates or lead on to one. The whole
// surface stands in one table (routes.go): what is served, and who may.
//
// Every page works without script. Pages that follow what happens name their
// /live topics; on an event the script fetches the same page again and puts its
// regions in place, so that HTML is made in one place only.
package console
