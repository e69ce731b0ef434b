package app

import (
	"plaza/bot"
	"plaza/shop"
	"plaza/shop/request"
)

// requests are what members ask of people in the conversation.
func (a *App) requests(subscribers *outbox, directory directory) *request.Service {
	links := shop.Links{Base: a.PublicURL}
	return request.New(request.Dependencies{
		DB:        a.DB,
		Payments:  a.Payments,
		Sender:    subscribers,
		Texts:     a.Renderer.Texts,
		Log:       a.Log,
		Topic:     bot.ConversationTopic,
		ShopName:  directory.shopName,
		Address:   func(number string) string { return a.PublicURL + "/request/" + number },
		NotifyURL: links.Notify,
		ReturnURL: links.PayReturn,
		Now:       a.Now,
		Logger:    a.Logger,
	})
}
