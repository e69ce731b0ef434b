// Package notify tells people of the web chat that an account has written to them
// while they were not looking, by the push service of their browser.
//
// A person is marked in the commit that writes them a message (Notifying). A
// little later a worker looks whether they have read it: a page in view says so
// within a second, and one that nobody looks at must not count as somebody, as
// the socket of a phone does for a minute after it went into a pocket. Then each
// of their browsers is marked, and a worker calls its push service, again and
// again with growing pauses until it takes the message or nobody wants it any
// more. What is said is read from the conversation at the last moment: however
// many messages wait, there is one notification.
package notify
