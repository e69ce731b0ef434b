// Package broadcast sends one thing to many: campaigns and their schedules,
// notices, and the deliveries that came of them.
//
// A campaign is a document with a state (state.go) and, while anything is to be
// done for it, a due time: one queue for schedules that fire, pages to send and
// results to wait for. A worker, on any node, takes the first due campaign by a
// lease with a fencing number and moves it on (work.go). Each firing is a run
// whose key is the campaign and the time, so it exists once however many nodes
// see it due. A run walks the audience page by page (page.go): first the effect,
// under the delivery's key, then the delivery's row, then the cursor. Whatever
// a crash leaves undone is done again, and every repetition finds its key taken.
package broadcast
