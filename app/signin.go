package app

import "plaza/bot/signin"

// SignInHosts are where platforms sign people in on pages; empty: the real ones.
type SignInHosts struct {
	// WeChat is where its sign-in begins, WeChatScripts the host of its script
	// for pages.
	WeChat, WeChatScripts string
	// LINE is where LINE Login begins.
	LINE string
	// Telegram is where signing in with Telegram begins and ends.
	Telegram string
}

// signIn lets pages know who has them open.
func (a *App) signIn() *signin.Service {
	return signin.New(signin.Dependencies{DB: a.DB, Pages: a.Bot.Pages(), PublicURL: a.PublicURL, Now: a.Now})
}
