package wechat

import (
	"errors"

	"plaza/bot/developer"
)

// article is one of an issue as programs write and read it.
type article struct {
	Title     text   `json:"title"`
	Author    text   `json:"author"`
	Digest    text   `json:"digest"`
	Content   string `json:"content"`
	Source    string `json:"content_source_url"`
	Cover     string `json:"thumb_media_id"`
	ShowCover number `json:"show_cover_pic"`
}

// addArticles serves the three calls by which programs make an issue: the oldest
// keeps it for three days.
func addArticles(lasting bool) func(*call) (any, error) {
	return func(c *call) (any, error) {
		var asked struct {
			Articles []article `json:"articles"`
		}
		if err := c.body(&asked); err != nil {
			return nil, err
		}
		wanted := make([]developer.NewArticle, len(asked.Articles))
		for i, a := range asked.Articles {
			wanted[i] = developer.NewArticle{Title: string(a.Title), Author: string(a.Author), Digest: string(a.Digest), Content: a.Content,
				Source: a.Source, Cover: a.Cover, ShowCover: a.ShowCover == 1}
		}
		made, err := c.api.Developer.AddNews(c, c.account(), wanted, lasting)
		return fields{"type": "news", "media_id": made.ID, "created_at": made.At.Unix()}, err
	}
}

// issue is an issue as programs read it.
func (c *call) issue(found developer.News) fields {
	items := make([]fields, len(found.Articles))
	for i, a := range found.Articles {
		cover := 0
		if a.ShowCover {
			cover = 1
		}
		items[i] = fields{"title": a.Title, "author": a.Author, "digest": a.Digest, "content": a.Body, "content_source_url": a.Source,
			"thumb_media_id": a.Cover, "thumb_url": c.api.PublicURL + a.CoverPath, "show_cover_pic": cover, "url": c.api.PublicURL + found.Path(i),
			"need_open_comment": 0, "only_fans_can_comment": 0}
	}
	return fields{"news_item": items, "create_time": found.At.Unix(), "update_time": found.At.Unix()}
}

func getArticles(c *call) (any, error) {
	var asked mediaBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	found, err := c.api.Developer.FindNews(c, c.account(), asked.ID)
	return c.issue(found), err
}

func deleteArticles(c *call) (any, error) {
	var asked mediaBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return nil, c.api.Developer.DeleteNews(c, c.account(), asked.ID)
}

// orArticles is for calls that are about a file or, by the same id, about an
// issue.
func orArticles(file, articles func(id string) (any, error), id string) (any, error) {
	answer, err := articles(id)
	if errors.Is(err, developer.ErrMediaID) {
		return file(id)
	}
	return answer, err
}
