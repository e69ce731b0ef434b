package public

import (
	"encoding/xml"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
)

// The elements of an Atom feed (RFC 4287) that readers use.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Relation string `xml:"rel,attr,omitempty"`
		Address  string `xml:"href,attr"`
	}
	atomEntry struct {
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Link    atomLink `xml:"link"`
		Content string   `xml:"content"`
	}
)

const feedNotices = 50

// feed is the account's notices for every feed reader.
func (p *pages) feed(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	notices, _, err := p.Broadcast.PublicNotices(c, of.ID, "", feedNotices)
	if err != nil {
		return err
	}
	language := web.Language(c)
	self := p.PublicURL + "/a/" + of.Slug + "/feed"
	feed := atomFeed{Lang: language, ID: self, Title: of.Name(language), Author: of.Name(language),
		Updated: of.UpdatedAt.Format(time.RFC3339),
		Links:   []atomLink{{"self", self}, {"alternate", p.PublicURL + "/a/" + of.Slug}}}
	for _, notice := range notices {
		words, address := notice.In(language), p.PublicURL+"/n/"+notice.ID
		feed.Entries = append(feed.Entries, atomEntry{ID: address, Title: words.Title,
			Updated: notice.PublishedAt.Format(time.RFC3339), Link: atomLink{"alternate", address}, Content: words.Body})
	}
	if len(notices) > 0 {
		feed.Updated = notices[0].PublishedAt.Format(time.RFC3339)
	}
	encoded, err := xml.MarshalIndent(feed, "", "  ")
	if err != nil {
		return err
	}
	sendCached(c, "application/atom+xml; charset=utf-8", "public, max-age=60", append([]byte(xml.Header), encoded...))
	return nil
}
