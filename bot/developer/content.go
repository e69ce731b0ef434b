package developer

import (
	"context"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"plaza/bot/wechat"
	"plaza/message"
)

// Content is what a program sends (platform documents: "Customer service
// messages", "Mass send"): the object that Type names.
type Content struct {
	Type   string        `json:"msgtype"`
	Text   *TextContent  `json:"text,omitempty"`
	Image  *FileContent  `json:"image,omitempty"`
	Images *Images       `json:"images,omitempty"`
	Voice  *FileContent  `json:"voice,omitempty"`
	Video  *VideoContent `json:"video,omitempty"`
	Film   *VideoContent `json:"mpvideo,omitempty"`
	Music  *Music        `json:"music,omitempty"`
	News   *Links        `json:"news,omitempty"`
	Issue  *FileContent  `json:"mpnews,omitempty"`
	// Draft is Issue by the name that newer programs give it.
	Draft *ArticleID `json:"mpnewsarticle,omitempty"`
	Menu  *Options   `json:"msgmenu,omitempty"`
	Mini  *Mini      `json:"miniprogrampage,omitempty"`
	// Speaker is in whose name it is said; custom messages only.
	Speaker *SpeakerName `json:"customservice,omitempty"`
}

// The objects of a Content.
type (
	TextContent struct {
		Content string `json:"content"`
	}
	SpeakerName struct {
		Account string `json:"kf_account"`
	}
	FileContent struct {
		MediaID string `json:"media_id"`
	}
	ArticleID struct {
		ID string `json:"article_id"`
	}
	Images struct {
		MediaIDs  []string `json:"media_ids"`
		Recommend string   `json:"recommend"`
	}
	VideoContent struct {
		MediaID     string `json:"media_id"`
		Thumb       string `json:"thumb_media_id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	}
	Music struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"musicurl"`
		HQURL       string `json:"hqmusicurl"`
		Thumb       string `json:"thumb_media_id"`
	}
	Links struct {
		Articles []wechat.Article `json:"articles"`
	}
	Options struct {
		Head string `json:"head_content"`
		List []struct {
			ID      string `json:"id"`
			Content string `json:"content"`
		} `json:"list"`
		Tail string `json:"tail_content"`
	}
	Mini struct {
		Title string `json:"title"`
		Page  string `json:"pagepath"`
		Thumb string `json:"thumb_media_id"`
	}
)

// maxText is how long a text may be, in bytes, and maxArticles how many
// articles a message may have.
const (
	maxText     = 2048
	maxArticles = 8
)

// message makes of a content what the chat shows.
func (s *Service) message(ctx context.Context, account string, c Content) ([]message.Outbound, error) {
	switch {
	case c.Type == "text" && c.Text != nil:
		return textMessage(c.Text.Content)
	case c.Type == "image" && c.Images != nil:
		return s.pictures(ctx, account, *c.Images)
	case c.Type == "image" && c.Image != nil:
		return s.file(ctx, account, imageMedia, VideoContent{MediaID: c.Image.MediaID})
	case c.Type == "voice" && c.Voice != nil:
		return s.file(ctx, account, voiceMedia, VideoContent{MediaID: c.Voice.MediaID})
	case c.Type == "video" && c.Video != nil:
		return s.file(ctx, account, videoMedia, *c.Video)
	case c.Type == "mpvideo" && c.Film != nil:
		return s.file(ctx, account, videoMedia, *c.Film)
	case c.Type == "music" && c.Music != nil:
		return s.music(ctx, account, *c.Music)
	case c.Type == "news" && c.News != nil:
		return newsMessage(c.News.Articles)
	case c.Type == "msgmenu" && c.Menu != nil:
		return menuMessage(*c.Menu)
	case c.Type == "miniprogrampage" && c.Mini != nil:
		return s.mini(ctx, account, *c.Mini)
	case c.Type == "mpnews" && c.Issue != nil:
		return s.newsIssue(ctx, account, c.Issue.MediaID)
	case c.Type == "mpnewsarticle" && c.Draft != nil:
		return s.newsIssue(ctx, account, c.Draft.ID)
	case c.Type == "wxcard":
		return nil, ErrNotGranted // Plaza has no such cards
	}
	return nil, ErrMessageType
}

// replied makes of a passive reply what the chat shows.
func (s *Service) replied(ctx context.Context, account string, r wechat.Reply) ([]message.Outbound, error) {
	c := Content{Type: string(r.Type)}
	switch r.Type {
	case wechat.TextReply:
		c.Text = &TextContent{r.Text}
	case wechat.ImageReply:
		c.Image = &FileContent{r.MediaID}
	case wechat.VoiceReply:
		c.Voice = &FileContent{r.MediaID}
	case wechat.VideoReply:
		c.Video = &VideoContent{MediaID: r.MediaID, Title: r.Title, Description: r.Description}
	case wechat.MusicReply:
		c.Music = &Music{r.Title, r.Description, r.MusicURL, r.HQMusicURL, r.ThumbMediaID}
	case wechat.NewsReply:
		c.News = &Links{r.Articles}
	}
	return s.message(ctx, account, c)
}

// anchor is the one element that WeChat draws in a text.
var anchor = regexp.MustCompile(`(?is)<a\s+([^>]*)>(.*?)</a>`)

var reference = regexp.MustCompile(`(?is)\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))`)

// textMessage makes a text; the links in it become buttons below.
func textMessage(text string) ([]message.Outbound, error) {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return nil, ErrCharset
	case strings.TrimSpace(text) == "":
		return nil, ErrEmptyText
	case len(text) > maxText:
		return nil, ErrTextTooLong
	}
	var buttons []message.Button
	plain := anchor.ReplaceAllStringFunc(text, func(found string) string {
		parts := anchor.FindStringSubmatch(found)
		if button, ok := buttonOf(html.UnescapeString(hrefOf(parts[1])), parts[2]); ok {
			buttons = append(buttons, button)
		}
		return parts[2]
	})
	if len(buttons) == 0 {
		return []message.Outbound{message.Text(plain)}, nil
	}
	return []message.Outbound{message.Choice(plain, buttons...)}, nil
}

func hrefOf(attributes string) string {
	found := reference.FindStringSubmatch(attributes)
	if found == nil {
		return ""
	}
	return found[1] + found[2] + found[3]
}

// optionLink is how a text offers an answer to tap (platform document:
// "Customer service messages").
const optionLink = "weixin://bizmsgmenu?"

func buttonOf(href, label string) (message.Button, bool) {
	if strings.TrimSpace(label) == "" {
		return message.Button{}, false
	}
	if query, ok := strings.CutPrefix(href, optionLink); ok {
		option := message.Button{Label: label, Say: label}
		for _, pair := range strings.Split(query, "&") {
			switch name, value, _ := strings.Cut(pair, "="); name {
			case "msgmenuid":
				option.Payload = value
			case "msgmenucontent":
				option.Say = value
			}
		}
		return option, option.Payload != ""
	}
	return message.Button{Label: label, URL: href}, webLink(href)
}

func webLink(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

func newsMessage(articles []wechat.Article) ([]message.Outbound, error) {
	if len(articles) == 0 || len(articles) > maxArticles {
		return nil, ErrArticles
	}
	cards := make([]message.Card, len(articles))
	for i, a := range articles {
		if a.Title == "" && a.Description == "" && a.Picture == "" {
			return nil, ErrEmptyText
		}
		cards[i] = message.Card{Title: a.Title, Text: a.Description, Image: webAddress(a.Picture), URL: webAddress(a.URL)}
	}
	if len(cards) == 1 {
		return []message.Outbound{message.OneCard(cards[0])}, nil
	}
	return []message.Outbound{{Form: message.CardsForm, Cards: cards}}, nil
}

// webAddress lets through what leads to the web, and nothing else.
func webAddress(address string) string {
	if webLink(address) {
		return address
	}
	return ""
}

func menuMessage(options Options) ([]message.Outbound, error) {
	if len(options.List) == 0 {
		return nil, ErrEmptyText
	}
	out := message.Outbound{Form: message.ButtonsForm, Text: strings.TrimSpace(options.Head + "\n" + options.Tail)}
	for _, option := range options.List {
		if option.ID == "" || option.Content == "" {
			return nil, ErrEmptyText
		}
		out.Buttons = append(out.Buttons, message.Button{Label: option.Content, Payload: option.ID, Say: option.Content})
	}
	return []message.Outbound{out}, nil
}

// pictures are one message each, behind the words that recommend them.
func (s *Service) pictures(ctx context.Context, account string, images Images) ([]message.Outbound, error) {
	var all []message.Outbound
	if images.Recommend != "" {
		all = append(all, message.Text(images.Recommend))
	}
	if len(images.MediaIDs) == 0 {
		return nil, ErrNoMediaID
	}
	for _, id := range images.MediaIDs {
		one, err := s.file(ctx, account, imageMedia, VideoContent{MediaID: id})
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}

// file shows an uploaded file, and keeps it for as long as the chat may show it.
func (s *Service) file(ctx context.Context, account string, kind MediaKind, of VideoContent) ([]message.Outbound, error) {
	if of.MediaID == "" {
		return nil, ErrNoMediaID
	}
	found, err := s.use(ctx, account, of.MediaID, kind)
	if err != nil {
		return nil, err
	}
	if kind == imageMedia {
		return []message.Outbound{message.Image(found.Path())}, nil
	}
	out := message.Outbound{Form: message.VoiceForm, Text: of.Title,
		Media: &message.Media{URL: found.Path(), Name: found.Name, Type: found.Type, Size: found.Size}}
	if kind == videoMedia {
		out.Form = message.VideoForm
		if of.Description != "" {
			out.Text = strings.TrimSpace(of.Title + "\n" + of.Description)
		}
	}
	if out.Media.Preview, err = s.thumb(ctx, account, of.Thumb); err != nil {
		return nil, err
	}
	return []message.Outbound{out}, nil
}

// thumb is the address of a preview picture; empty for none.
func (s *Service) thumb(ctx context.Context, account, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	found, err := s.use(ctx, account, id, thumbMedia, imageMedia)
	return found.Path(), err
}

// music is a card that opens the recording.
func (s *Service) music(ctx context.Context, account string, m Music) ([]message.Outbound, error) {
	address := m.HQURL
	if address == "" {
		address = m.URL
	}
	picture, err := s.thumb(ctx, account, m.Thumb)
	if err != nil {
		return nil, err
	}
	title := m.Title
	if title == "" {
		title = "♪"
	}
	return []message.Outbound{message.OneCard(message.Card{Title: title, Text: m.Description, Image: picture, URL: webAddress(address)})}, nil
}

// mini shows a mini program by what there is of it here: its name and picture.
func (s *Service) mini(ctx context.Context, account string, m Mini) ([]message.Outbound, error) {
	picture, err := s.thumb(ctx, account, m.Thumb)
	if err != nil {
		return nil, err
	}
	if m.Title == "" {
		return nil, ErrEmptyText
	}
	return []message.Outbound{message.OneCard(message.Card{Title: m.Title, Image: picture, URL: webAddress(m.Page)})}, nil
}
