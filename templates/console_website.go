package templates

// Website puts the web chat into the account's own site.
//
//	GET  /console/{slug}/settings/website
//	POST to the same   origins (one in a line)
type Website struct {
	Base
	Origins string // as typed
	Saved   bool   // some site may have the chat
	Snippet string // to be copied into a page
	Unsafe  string // our own address, where browsers would keep no conversation in a frame; else empty
}

// Template names the file that draws the page.
func (*Website) Template() string { return "console/website" }
