package developer

import (
	"context"
	"encoding/base32"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/message"
	"plaza/store"
)

// News is an issue of articles with pages of their own (图文消息, "mpnews"): made
// first, then sent by its id (platform documents: "Draft box", "Upload articles",
// "Mass send").
type News struct {
	ID       string    `bson:"_id"` // account + "-" + random: whoever has it may read
	Account  string    `bson:"account"`
	Articles []Article `bson:"articles"`
	At       time.Time `bson:"at"`
	// Until is when the id stops working for the program. The pages stay.
	Until *time.Time `bson:"until,omitempty"`
	// ExpiresAt is when the pages go; absent once a chat leads to them.
	ExpiresAt *time.Time `bson:"expires_at,omitempty"`
}

// Article is one of them.
type Article struct {
	Title  string `bson:"title"`
	Author string `bson:"author,omitempty"`
	Digest string `bson:"digest,omitempty"`
	// Body is HTML as a page may show it, see readable.
	Body string `bson:"body"`
	// Source is what "read more" leads to.
	Source string `bson:"source,omitempty"`
	// Cover is the id of its picture, and CoverPath where that is. ShowCover puts
	// it above the text, too.
	Cover     string `bson:"cover"`
	CoverPath string `bson:"cover_path"`
	ShowCover bool   `bson:"show_cover,omitempty"`
}

// NewArticle is an article as a program writes it.
type NewArticle struct {
	Title, Author, Digest, Content, Source, Cover string
	ShowCover                                     bool
}

var news = store.Declare[News](store.Schema{
	Name: "developer_news", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

// The limits of an article, in characters but for the address (platform document:
// "Draft box").
const (
	maxNewsTitle   = 64
	maxNewsAuthor  = 16
	maxNewsDigest  = 128
	maxNewsContent = 20_000
	maxNewsSource  = 1024 // bytes
	ownDigest      = 54   // taken from the text, if there is none
)

// ArticlesPath is where articles are read, followed by the issue's id, a slash and
// the article's number.
const ArticlesPath = "/articles/"

// Path is the address of an article on our pages.
func (n News) Path(number int) string { return ArticlesPath + n.ID + "/" + strconv.Itoa(number) }

// AddNews keeps articles; those that are not kept for good end after three days.
// Errors: ErrArticles, ErrTitle, ErrDigest, ErrTextTooLong, ErrEmptyText,
// ErrAddress, ErrMediaID, ErrQuota.
func (s *Service) AddNews(ctx context.Context, account string, articles []NewArticle, lasting bool) (News, error) {
	if len(articles) == 0 || len(articles) > maxArticles {
		return News{}, ErrArticles
	}
	made := News{ID: account + "-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random(20))),
		Account: account, At: s.now()}
	if !lasting {
		until := s.now().Add(mediaLife)
		made.Until, made.ExpiresAt = &until, &until
	}
	for _, wanted := range articles {
		article, err := s.article(ctx, account, wanted)
		if err != nil {
			return News{}, err
		}
		made.Articles = append(made.Articles, article)
	}
	if err := s.count(ctx, account, "material/add_news"); err != nil {
		return News{}, err
	}
	return made, news.In(s.DB, account).Insert(ctx, made)
}

func (s *Service) article(ctx context.Context, account string, w NewArticle) (Article, error) {
	title, length := strings.TrimSpace(w.Title), utf8.RuneCountInString
	switch {
	case title == "" || length(title) > maxNewsTitle || length(w.Author) > maxNewsAuthor:
		return Article{}, ErrTitle
	case length(w.Digest) > maxNewsDigest:
		return Article{}, ErrDigest
	case strings.TrimSpace(w.Content) == "":
		return Article{}, ErrEmptyText
	case length(w.Content) >= maxNewsContent:
		return Article{}, ErrTextTooLong
	case w.Source != "" && (!webLink(w.Source) || len(w.Source) > maxNewsSource):
		return Article{}, ErrAddress
	case w.Cover == "":
		return Article{}, ErrNoMediaID
	}
	cover, err := s.use(ctx, account, w.Cover, thumbMedia, imageMedia)
	if err != nil {
		return Article{}, err
	}
	made := Article{Title: title, Author: w.Author, Digest: strings.TrimSpace(w.Digest), Body: readable(s.PublicURL+FilesPath, w.Content), Source: w.Source,
		Cover: w.Cover, CoverPath: cover.Path(), ShowCover: w.ShowCover}
	if made.Digest == "" {
		made.Digest = message.Shorten(plainText(made.Body), ownDigest, message.Characters)
	}
	return made, nil
}

// FindNews finds an issue of an account by its id, as long as that works. Errors:
// ErrMediaID.
func (s *Service) FindNews(ctx context.Context, account, id string) (News, error) {
	if owner, ok := accountOfMedia(id); !ok || owner != account {
		return News{}, ErrMediaID
	}
	found, err := news.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && found.Until != nil && !s.now().Before(*found.Until) {
		return News{}, ErrMediaID
	}
	return found, err
}

// DeleteNews ends an issue's id. Pages that a chat leads to stay. Errors:
// ErrMediaID.
func (s *Service) DeleteNews(ctx context.Context, account, id string) error {
	found, err := s.FindNews(ctx, account, id)
	if err != nil {
		return err
	}
	return news.In(s.DB, account).Update(ctx, found.ID, store.Set("until", s.now()))
}

// ReadArticle finds an article for whoever has its address, and whose it is.
// Errors: ErrMediaID.
func (s *Service) ReadArticle(ctx context.Context, id string, number int) (found News, article Article, err error) {
	account, ok := accountOfMedia(id)
	if !ok {
		return News{}, Article{}, ErrMediaID
	}
	found, err = news.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (number < 0 || number >= len(found.Articles)) {
		return News{}, Article{}, ErrMediaID
	}
	if err != nil {
		return News{}, Article{}, err
	}
	return found, found.Articles[number], nil
}

// newsIssue shows an issue as cards that lead to its pages, which stay from then
// on.
func (s *Service) newsIssue(ctx context.Context, account, id string) ([]message.Outbound, error) {
	if id == "" {
		return nil, ErrNoMediaID
	}
	found, err := s.FindNews(ctx, account, id)
	if err != nil {
		return nil, err
	}
	if found.ExpiresAt != nil {
		if err := news.In(s.DB, account).Update(ctx, id, store.Unset("expires_at")); err != nil {
			return nil, err
		}
	}
	cards := make([]message.Card, len(found.Articles))
	for i, a := range found.Articles {
		cards[i] = message.Card{Title: a.Title, Text: a.Digest, Image: a.CoverPath, URL: found.Path(i)}
	}
	if len(cards) == 1 {
		return []message.Outbound{message.OneCard(cards[0])}, nil
	}
	return []message.Outbound{{Form: message.CardsForm, Cards: cards}}, nil
}
