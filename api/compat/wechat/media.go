package wechat

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot/developer"
)

func upload(c *call) (any, error) {
	kind := developer.MediaKind(c.Query("type"))
	read, err := c.upload()
	if err != nil {
		return nil, err
	}
	kept, err := c.api.Developer.Upload(c, c.account(), kind, read.name, read.content)
	answer := fields{"type": kept.Kind, "media_id": kept.ID, "created_at": kept.At.Unix()}
	if kept.Kind == "thumb" {
		answer["thumb_media_id"] = kept.ID
	}
	return answer, err
}

// content is a file as WeChat gives it back: videos by their address.
func (c *call) content(found developer.Media, body []byte) any {
	if found.Kind == "video" && !found.Received {
		return fields{"video_url": c.api.PublicURL + found.Path(), "down_url": c.api.PublicURL + found.Path(),
			"title": found.Title, "description": found.Description}
	}
	return raw{contentType: found.Type, name: found.Name, body: body}
}

func download(c *call) (any, error) {
	id := c.Query("media_id")
	if id == "" {
		return nil, developer.ErrNoMediaID
	}
	found, body, err := c.api.Developer.Download(c, c.account(), id)
	return c.content(found, body), err
}

func uploadPagePicture(c *call) (any, error) {
	read, err := c.upload()
	if err != nil {
		return nil, err
	}
	address, err := c.api.Developer.UploadPagePicture(c, c.account(), read.name, read.content)
	return fields{"url": address}, err
}

func addMaterial(c *call) (any, error) {
	wanted := developer.Media{Kind: developer.MediaKind(c.Query("type"))}
	read, err := c.upload()
	if err != nil {
		return nil, err
	}
	wanted.Name = read.name
	if read.description != "" {
		var described struct {
			Title        string `json:"title"`
			Introduction string `json:"introduction"`
		}
		if json.Unmarshal([]byte(read.description), &described) != nil {
			return nil, developer.ErrFormat
		}
		wanted.Title, wanted.Description = described.Title, described.Introduction
	}
	kept, err := c.api.Developer.AddMaterial(c, c.account(), wanted, read.content)
	return fields{"media_id": kept.ID, "url": c.api.PublicURL + kept.Path()}, err
}

type mediaBody struct {
	ID string `json:"media_id"`
}

func getMaterial(c *call) (any, error) {
	var asked mediaBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return orArticles(func(id string) (any, error) {
		found, body, err := c.api.Developer.Download(c, c.account(), id)
		return c.content(found, body), err
	}, func(id string) (any, error) {
		found, err := c.api.Developer.FindNews(c, c.account(), id)
		return c.issue(found), err
	}, asked.ID)
}

func deleteMaterial(c *call) (any, error) {
	var asked mediaBody
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	return orArticles(func(id string) (any, error) {
		return nil, c.api.Developer.DeleteMaterial(c, c.account(), id)
	}, func(id string) (any, error) {
		return nil, c.api.Developer.DeleteNews(c, c.account(), id)
	}, asked.ID)
}

func countMaterial(c *call) (any, error) {
	counts, err := c.api.Developer.CountMaterial(c, c.account())
	return fields{"image_count": counts["image"], "voice_count": counts["voice"], "video_count": counts["video"], "news_count": 0}, err
}

// maxListed is how many permanent files one call lists.
const maxListed = 20

func listMaterial(c *call) (any, error) {
	var asked struct {
		Type   developer.MediaKind `json:"type"`
		Offset number              `json:"offset"`
		Count  number              `json:"count"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	if asked.Offset < 0 || asked.Count < 1 || asked.Count > maxListed {
		return nil, developer.ErrParameter
	}
	found, total, err := c.api.Developer.Material(c, c.account(), asked.Type, int(asked.Offset), int(asked.Count))
	items := make([]fields, len(found))
	for i, one := range found {
		items[i] = fields{"media_id": one.ID, "name": one.Name, "update_time": one.At.Unix(), "url": c.api.PublicURL + one.Path()}
	}
	return fields{"total_count": total, "item_count": len(items), "item": items}, err
}

// file shows an uploaded file to whoever has its address, as what it was found
// to be and nothing else.
func (a *api) file(c *gin.Context) {
	found, body, err := a.Developer.ServeFile(c, c.Param("file"))
	if errors.Is(err, developer.ErrMediaID) {
		err = web.ErrNotFound
	}
	if err != nil {
		a.Fail(c, err)
		return
	}
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cache-Control", "private, max-age=86400, immutable")
	c.Data(http.StatusOK, found.Type, body)
}
