package wechat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
)

// Mass says how this account sends to many people at once (platform document:
// "Mass messages"): a service account names up to 10,000 people, each of whom it
// reaches four times a month; a subscription account sends one a day, to all or to
// those with a tag.
func (c *Channel) Mass(credentials []byte) message.Mass {
	a, err := c.accounts.decode(credentials)
	if err != nil || a.Secret == "" {
		return message.Mass{}
	}
	year, month, day := c.now().In(beijing).Date()
	if a.Subscription {
		return message.Mass{Whole: true, Allowed: 1, Period: message.MassPerDay, Since: time.Date(year, month, day, 0, 0, 0, 0, beijing)}
	}
	return message.Mass{Least: MinMassList, Most: MaxMassList, Allowed: 4, Period: message.MassPerMonth,
		Since: time.Date(year, month, 1, 0, 0, 0, 0, beijing)}
}

// SendMass starts a mass send. Errors are of type *message.SendError.
func (c *Channel) SendMass(ctx context.Context, credentials []byte, account string, to message.Crowd, key string, out []message.Outbound) (string, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return "", &message.SendError{Class: message.Permanent, Text: "The WeChat connection's settings can't be read.", Cause: err}
	}
	content, err := c.massContent(ctx, a, out)
	if err != nil {
		return "", c.massFailed(&unsentError{err})
	}
	audience, err := c.audience(ctx, a, to)
	if err != nil {
		return "", c.massFailed(&unsentError{err})
	}
	id, err := c.api.MassSend(ctx, a.Credentials, key, audience, content)
	if err != nil {
		return "", c.massFailed(err)
	}
	if err := c.jobs.PutJob(ctx, account, massJob(id), key); err != nil {
		// The call is made again; WeChat then gives the same id.
		return "", &message.SendError{Class: message.RetryLater, Text: "The mass message could not be noted.", Cause: err}
	}
	return id, nil
}

// massJob keeps the ids of mass sends apart from those of template messages.
func massJob(id string) string { return "mass " + id }

// ErrMassTag: a mass send to a tag needs one that WeChat has.
var ErrMassTag = fault.New(fault.Invalid, "wechat_mass_tag", "WeChat does not know this tag yet. Read the list of followers first.")

// audience is a crowd as WeChat names it.
func (c *Channel) audience(ctx context.Context, a *account, to message.Crowd) (MassAudience, error) {
	switch {
	case len(to.Users) > 0:
		return MassAudience{List: to.Users}, nil
	case to.Tag == "":
		return MassAudience{All: true}, nil
	}
	known, err := c.api.Tags(ctx, a.Credentials)
	if err != nil {
		return MassAudience{}, err
	}
	for _, tag := range known {
		if tag.Name == to.Tag {
			return MassAudience{Tag: tag.ID}, nil
		}
	}
	return MassAudience{}, ErrMassTag
}

// massFailed is failed for mass sends: what they use up lets single messages go.
func (c *Channel) massFailed(err error) error {
	if known, ok := errors.AsType[*fault.Error](err); ok {
		class := message.Permanent
		if errors.Is(err, ErrMassQuota) {
			class = message.MassQuota
		}
		return &message.SendError{Class: class, Text: known.Text, Cause: err}
	}
	failure, ok := errors.AsType[*message.SendError](c.failed(err))
	if ok && failure.Class == message.Uncertain { // the key makes a repetition safe
		failure.Class = message.RetryLater
	}
	return failure
}

// PreviewMass shows a mass send to one person, by the name of their WeChat
// account. WeChat allows a hundred a day.
func (c *Channel) PreviewMass(ctx context.Context, credentials []byte, name string, out []message.Outbound) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	content, err := c.massContent(ctx, a, out)
	if err != nil {
		return asFault(err)
	}
	err = c.api.MassPreview(ctx, a.Credentials, "", name, content)
	if refused, ok := errors.AsType[*Error](err); ok && (refused.Class() == Gone || refused.Code == 40132) {
		return ErrPreviewName.Because(err)
	}
	return asFaultIf(err)
}

// ErrPreviewName: WeChat finds nobody of this name who follows.
var ErrPreviewName = fault.New(fault.Invalid, "wechat_preview_name", "WeChat finds nobody with this WeChat ID who follows the account. It is the ID in the person's own profile, not their nickname.").In("name")

// RecallMass deletes what a mass send showed. Doing it again does no harm.
func (c *Channel) RecallMass(ctx context.Context, credentials []byte, job string) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	return asFaultIf(c.api.MassRecall(ctx, a.Credentials, job))
}

// Retractable says whether something of it can be taken back: articles can, a
// text or picture stays in people's chats.
func (c *Channel) Retractable(out []message.Outbound) bool { return planMass(out).article() }

// massPlan is one mass message, which is what all of a campaign's messages
// become: each more would cost another of the few.
type massPlan struct {
	title, digest string
	words         []string // paragraphs
	cover, link   string
	price         string
	code          string // what a QR code leads to
}

// article says that it is shown as an article: WeChat wants a cover for that, and
// a picture alone needs none of it.
func (p massPlan) article() bool {
	return p.cover != "" && (p.title != "" || len(p.words) > 0 || p.link != "" || p.code != "")
}

func planMass(out []message.Outbound) (p massPlan) {
	for _, one := range out {
		if p.cover == "" {
			p.cover = one.Image
		}
		if text := strings.TrimSpace(one.Text); text != "" {
			p.words = append(p.words, strings.Split(text, "\n")...)
		}
		if one.Form == message.QRForm && p.code == "" {
			p.code = one.URL
		}
		for _, card := range one.Cards {
			if p.title == "" {
				p.title, p.digest, p.link, p.code = card.Title, card.Text, card.URL, card.QR
				if card.Price != nil {
					p.price = card.Price.In(one.Language)
				}
			}
			if card.Image != "" {
				p.cover = card.Image
			}
			if p.link == "" && len(card.Buttons) > 0 {
				p.link = card.Buttons[0].URL
			}
		}
	}
	return p
}

// text is the message without a picture.
func (p massPlan) text(c *Channel) string {
	lines := p.words
	for _, line := range []string{p.title, p.digest, p.price} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	if address := p.address(c); address != "" {
		lines = append(lines, anchor(address, address))
	}
	return strings.Join(lines, "\n")
}

// address is where it leads.
func (p massPlan) address(c *Channel) string {
	if p.link != "" {
		return c.absolute(p.link)
	}
	return c.absolute(p.code)
}

// massContent makes the one content of a mass send, uploading what it shows.
// Doing it again finds what is there.
func (c *Channel) massContent(ctx context.Context, a *account, out []message.Outbound) (MassContent, error) {
	p := planMass(out)
	switch {
	case p.article():
		cover, inside, err := c.permanent(ctx, a, p.cover)
		if err != nil {
			return MassContent{}, err
		}
		if cover != "" {
			draft, err := c.draft(ctx, a, p, cover, inside)
			return MassContent{News: draft}, err
		}
	case p.cover != "":
		id, err := c.uploaded(ctx, a, wanted{ImageMedia, p.cover})
		if err != nil {
			return MassContent{}, err
		}
		if id == "" {
			return MassContent{}, ErrImage
		}
		return MassContent{Images: []string{id}}, nil
	}
	text := p.text(c)
	if len(text) > maxText {
		return MassContent{}, ErrMassText
	}
	return MassContent{Text: text}, nil
}

// ErrMassText: a mass message without a picture is a text, and those are short.
var ErrMassText = fault.New(fault.Invalid, "wechat_mass_text", "A mass message without a picture has at most 2048 bytes, about 680 Chinese characters. Add a picture of your own to send it as an article.")

// permanent gives the permanent media id of a picture of ours, which a draft
// wants, and its address inside articles; empty for what WeChat does not take.
func (c *Channel) permanent(ctx context.Context, a *account, address string) (id, inside string, err error) {
	if c.images == nil {
		return "", "", nil
	}
	file, err := c.images.Open(ctx, address)
	if err != nil {
		return "", "", nil // not ours: the text says what there is
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxImage+1))
	if err != nil {
		return "", "", fmt.Errorf("read picture: %w", err)
	}
	id, err = c.api.keep(ctx, a.Credentials, content, "cover", "/cgi-bin/material/add_material", "&type=image")
	if errors.Is(err, ErrImage) {
		return "", "", nil
	}
	if err != nil || len(content) > maxInside {
		return id, "", err
	}
	inside, err = c.api.keep(ctx, a.Credentials, content, "inside", "/cgi-bin/media/uploadimg", "")
	if errors.Is(err, ErrImage) {
		err = nil
	}
	return id, inside, err
}

const (
	maxInside = 1 << 20 // bytes of a picture inside an article
	// coverLife is how long a permanent picture is used again: a member may have
	// deleted it in WeChat's own console by then.
	coverLife = 30 * 24 * time.Hour
	// draftLife is how long a draft is used again: for the calls of one campaign.
	draftLife = 24 * time.Hour
)

// keep uploads a picture that WeChat keeps, once for each content and use, and
// gives its media id, or its address where there is none. Errors: ErrImage.
func (a *API) keep(ctx context.Context, c Credentials, content []byte, use, path, query string) (string, error) {
	contentType := mediaType(content)
	name, ok := mediaNames[ImageMedia][contentType]
	if !ok || len(content) > maxImage || use == "inside" && contentType == "image/gif" {
		return "", ErrImage
	}
	return a.once(ctx, c, content, use, coverLife, func() (string, error) {
		body, form, err := mediaForm(name, contentType, content)
		if err != nil {
			return "", fmt.Errorf("encode wechat upload: %w", err)
		}
		var answer struct {
			ID  string `json:"media_id"`
			URL string `json:"url"`
		}
		err = a.authorized(ctx, c, exchange{method: http.MethodPost, path: path, query: query, contentType: form, body: body}, &answer)
		if answer.ID != "" {
			return answer.ID, err
		}
		return answer.URL, err
	})
}

// once makes something at WeChat unless it was made of the same content before.
func (a *API) once(ctx context.Context, c Credentials, content []byte, use string, life time.Duration, make func() (string, error)) (string, error) {
	digest := sha256.Sum256(content)
	key := c.AppID + "/" + hex.EncodeToString(digest[:]) + "/" + use
	known, _, err := a.media.MediaID(ctx, key)
	if err != nil || known != "" {
		return known, err
	}
	made, err := make()
	if err != nil {
		return "", err
	}
	if made == "" {
		return "", fmt.Errorf("wechat: nothing came of making a %s", use)
	}
	return made, a.media.PutMediaID(ctx, key, made, a.now().Add(life).UTC().Truncate(time.Millisecond))
}

var articlePage = template.Must(template.New("article").Parse(
	`{{with .Inside}}<p><img src="{{.}}"></p>{{end}}{{range .Words}}<p>{{.}}</p>{{end}}{{with .Digest}}<p>{{.}}</p>{{end}}{{with .Price}}<p><strong>{{.}}</strong></p>{{end}}{{with .Address}}<p>{{.}}</p>{{end}}`))

// draft makes the article of a mass send.
func (c *Channel) draft(ctx context.Context, a *account, p massPlan, cover, inside string) (string, error) {
	title := p.title
	if title == "" && len(p.words) > 0 {
		title = p.words[0]
	}
	if title == "" {
		title = p.address(c)
	}
	var page bytes.Buffer
	err := articlePage.Execute(&page, struct {
		Inside, Digest, Price, Address string
		Words                          []string
	}{inside, p.digest, p.price, p.address(c), p.words})
	if err != nil {
		return "", fmt.Errorf("wechat article: %w", err)
	}
	if page.Len() == 0 {
		page.WriteString("<p>" + template.HTMLEscapeString(title) + "</p>")
	}
	article := MassArticle{Title: title, Digest: p.digest, HTML: page.String(), Source: p.address(c), Cover: cover}
	return c.api.once(ctx, a.Credentials, fmt.Appendf(nil, "%q", article), "draft", draftLife, func() (string, error) {
		return c.api.AddDraft(ctx, a.Credentials, article)
	})
}
