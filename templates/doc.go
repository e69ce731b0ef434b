// Package templates is everything of Plaza that people read: pages, the texts
// of messages in three languages, styles, scripts, icons and drawings.
//
// A page is a struct (Overview, Inbox, ...) and a file of the same name. The
// struct's comment names its route and where its forms post to; handlers fill
// it and call Renderer.Render. Pages know nothing of the domains: they hold
// plain values that are ready to be shown.
//
// Texts lie in translations, with {0}, {1}, ... for what is filled in. A Korean
// text writes a particle behind one in both forms, {0}을(를); the one that fits
// is chosen when it is read.
//
// Pages run under a strict content security policy (see Policy): no script or
// style is written into a page, and nothing comes from another host. They work
// without script too; the modules in assets/js make them live.
package templates
