package public

import (
	"errors"
	"html/template"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot/developer"
	"plaza/templates"
)

// article shows an article that an account's program has written.
func (p *pages) article(c *gin.Context) error {
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return web.ErrNotFound
	}
	news, article, err := p.Developer.ReadArticle(c, c.Param("issue"), number)
	if errors.Is(err, developer.ErrMediaID) {
		return web.ErrNotFound
	}
	if err != nil {
		return err
	}
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, news.Account))
	if err != nil {
		return err
	}
	page := &templates.ArticlePage{Base: p.base(c, of), Headline: article.Title, Author: article.Author, At: news.At,
		Body: template.HTML(article.Body), Source: article.Source, ChatPath: chatPath(of)} // made harmless when it was taken in
	if article.ShowCover {
		page.Cover = article.CoverPath
	}
	return p.Draw(c, page)
}
