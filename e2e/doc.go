// Package e2e plays Plaza from the outside: the program as a process of its
// own, a subscriber with a phone and a merchant at a desk in a real browser,
// and WeChat's side of a webhook. It has tests only.
//
// Nothing here reaches into a running program: what a test knows, it has read
// from a page, an answer, an exit code, or the store after the program ended.
//
// With PLAZA_TEST_SCREENSHOTS set to a folder, every step leaves a picture in
// it. Chromium must be there; without it the browser's tests fail.
package e2e
