package line

import "strings"

// object is a message object of any type (platform document: "Message objects").
type object struct {
	Type string `json:"type"`
	Text string `json:"text,omitempty"`

	Original string `json:"originalContentUrl,omitempty"`
	Preview  string `json:"previewImageUrl,omitempty"`
	Duration int    `json:"duration,omitempty"` // milliseconds

	Title     string   `json:"title,omitempty"`
	Address   string   `json:"address,omitempty"`
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`

	PackageID string `json:"packageId,omitempty"`
	StickerID string `json:"stickerId,omitempty"`

	AltText  string     `json:"altText,omitempty"`
	Contents *container `json:"contents,omitempty"`

	QuickReply *quickReply `json:"quickReply,omitempty"`
}

// GetType makes an object fit for the SDK's requests.
func (o object) GetType() string { return o.Type }

type quickReply struct {
	Items []quickItem `json:"items"`
}

type quickItem struct {
	Type   string  `json:"type"`
	Action *action `json:"action"`
}

// action is what a tap does (platform document: "Action objects").
type action struct {
	Type        string `json:"type"`
	Label       string `json:"label,omitempty"`
	URI         string `json:"uri,omitempty"`
	Data        string `json:"data,omitempty"`
	DisplayText string `json:"displayText,omitempty"`
	Text        string `json:"text,omitempty"`
	Clipboard   string `json:"clipboardText,omitempty"`
}

// GetType makes an action fit for the SDK's requests.
func (a *action) GetType() string { return a.Type }

// container is a bubble, or a carousel of bubbles.
type container struct {
	Type     string       `json:"type"`
	Contents []*container `json:"contents,omitempty"` // of a carousel
	Size     string       `json:"size,omitempty"`
	Hero     *component   `json:"hero,omitempty"`
	Body     *component   `json:"body,omitempty"`
	Footer   *component   `json:"footer,omitempty"`
	Action   *action      `json:"action,omitempty"`
}

// component is a part of a bubble (platform document: "Flex Message elements").
type component struct {
	Type     string       `json:"type"`
	Layout   string       `json:"layout,omitempty"`
	Contents []*component `json:"contents,omitempty"`
	Spacing  string       `json:"spacing,omitempty"`
	Margin   string       `json:"margin,omitempty"`
	Flex     *int         `json:"flex,omitempty"`

	Text       string `json:"text,omitempty"`
	Size       string `json:"size,omitempty"`
	Color      string `json:"color,omitempty"`
	Weight     string `json:"weight,omitempty"`
	Style      string `json:"style,omitempty"`
	Decoration string `json:"decoration,omitempty"`
	Align      string `json:"align,omitempty"`
	Wrap       bool   `json:"wrap,omitempty"`

	URL         string `json:"url,omitempty"`
	AspectRatio string `json:"aspectRatio,omitempty"`
	AspectMode  string `json:"aspectMode,omitempty"`

	Height     string  `json:"height,omitempty"`
	Background string  `json:"backgroundColor,omitempty"`
	Corner     string  `json:"cornerRadius,omitempty"`
	Padding    string  `json:"paddingAll,omitempty"`
	Action     *action `json:"action,omitempty"`
}

// The colours of text that is not the main thing. Both are legible on the white
// of a bubble.
const (
	quiet  = "#555555"
	strong = "#111111"
	linked = "#1155CC"
)

// label is a text that is always there: LINE takes none that is empty.
func label(text, size string) *component {
	if strings.TrimSpace(text) == "" {
		text = "·"
	}
	return &component{Type: "text", Text: text, Size: size, Wrap: true}
}

// bold and the like also take what is not there.
func (c *component) bold() *component {
	if c != nil {
		c.Weight = "bold"
	}
	return c
}

func (c *component) coloured(colour string) *component {
	if c != nil {
		c.Color = colour
	}
	return c
}

// share gives a part of a row its share of the width; 0 is as wide as it has to
// be.
func (c *component) share(flex int) *component { c.Flex = &flex; return c }

func (c *component) doing(a *action) *component { c.Action = a; return c }

func column(contents ...*component) *component {
	return &component{Type: "box", Layout: "vertical", Spacing: "sm", Contents: contents}
}

func row(contents ...*component) *component {
	return &component{Type: "box", Layout: "horizontal", Spacing: "md", Contents: contents}
}

func separator() *component { return &component{Type: "separator", Margin: "md"} }

// picture fills the width of a bubble.
func picture(url, ratio, mode string) *component {
	return &component{Type: "image", URL: url, Size: "full", AspectRatio: ratio, AspectMode: mode}
}

// add puts parts that there are behind the others.
func (c *component) add(parts ...*component) {
	for _, part := range parts {
		if part != nil {
			c.Contents = append(c.Contents, part)
		}
	}
}

// bubble has only the blocks that hold something.
func bubble(size string, hero, body, footer *component) *container {
	b := &container{Type: "bubble", Size: size, Hero: hero}
	if body != nil && len(body.Contents) > 0 {
		b.Body = body
	}
	if footer != nil && len(footer.Contents) > 0 {
		b.Footer = footer
	}
	return b
}

// frame is more than the names and small values of a bubble, a component or an
// action take as JSON.
const frame = 400

// most is more than a component takes as JSON: a byte of text takes up to six.
func (c *component) most() int {
	if c == nil {
		return 0
	}
	size := frame + 6*(len(c.Text)+len(c.URL))
	if a := c.Action; a != nil {
		size += frame + 6*(len(a.Label)+len(a.URI)+len(a.Data)+len(a.DisplayText)+len(a.Text)+len(a.Clipboard))
	}
	for _, part := range c.Contents {
		size += part.most()
	}
	return size
}
