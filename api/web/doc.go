// Package web is what every HTTP surface shares: how an error looks outside,
// who is asking, in which language, from where, and how often.
package web
