package kakao

// Response is the body that answers a skill call: SkillResponse 2.0 (platform
// document: "Answer types in JSON").
type Response struct {
	Version     string         `json:"version"` // "2.0"
	Template    *Template      `json:"template,omitempty"`
	Context     *Contexts      `json:"context,omitempty"`
	Data        map[string]any `json:"data,omitempty"` // for blocks that compose their own bubbles
	UseCallback bool           `json:"useCallback,omitempty"`
}

// version that our responses are of. Without it Kakao reads an older format.
const version = "2.0"

// Template is what is shown: one to three outputs, and up to ten quick replies.
type Template struct {
	Outputs      []Output     `json:"outputs"`
	QuickReplies []QuickReply `json:"quickReplies,omitempty"`
}

// Output holds exactly one component.
type Output struct {
	SimpleText   *SimpleText   `json:"simpleText,omitempty"`
	SimpleImage  *SimpleImage  `json:"simpleImage,omitempty"`
	TextCard     *TextCard     `json:"textCard,omitempty"`
	BasicCard    *BasicCard    `json:"basicCard,omitempty"`
	CommerceCard *CommerceCard `json:"commerceCard,omitempty"`
	ListCard     *ListCard     `json:"listCard,omitempty"`
	ItemCard     *ItemCard     `json:"itemCard,omitempty"`
	Carousel     *Carousel     `json:"carousel,omitempty"`
}

// The components. Lengths are in characters; see the limits in text.go.
type (
	SimpleText struct {
		Text string `json:"text"`
	}
	SimpleImage struct {
		ImageURL string `json:"imageUrl"`
		AltText  string `json:"altText,omitempty"`
	}
	TextCard struct {
		Title       string   `json:"title,omitempty"`
		Description string   `json:"description,omitempty"`
		Buttons     []Button `json:"buttons,omitempty"`
	}
	BasicCard struct {
		Title        string    `json:"title,omitempty"`
		Description  string    `json:"description,omitempty"`
		Thumbnail    Thumbnail `json:"thumbnail"`
		Buttons      []Button  `json:"buttons,omitempty"`
		ButtonLayout string    `json:"buttonLayout,omitempty"`
	}
	CommerceCard struct {
		Title           string      `json:"title,omitempty"`
		Description     string      `json:"description,omitempty"`
		Price           int64       `json:"price"`
		Currency        string      `json:"currency"` // "won" only
		Discount        int64       `json:"discount,omitempty"`
		DiscountRate    int64       `json:"discountRate,omitempty"`
		DiscountedPrice int64       `json:"discountedPrice,omitempty"`
		Thumbnails      []Thumbnail `json:"thumbnails"` // exactly one
		Profile         *Profile    `json:"profile,omitempty"`
		Buttons         []Button    `json:"buttons,omitempty"`
	}
	ListCard struct {
		Header  ListHeader `json:"header"`
		Items   []ListItem `json:"items"`
		Buttons []Button   `json:"buttons,omitempty"`
	}
	ItemCard struct {
		Thumbnail         *Thumbnail  `json:"thumbnail,omitempty"`
		Head              *Title      `json:"head,omitempty"`
		Profile           *Profile    `json:"profile,omitempty"` // instead of Head
		ImageTitle        *ImageTitle `json:"imageTitle,omitempty"`
		ItemList          []Item      `json:"itemList"`
		ItemListAlignment string      `json:"itemListAlignment,omitempty"`
		ItemListSummary   *Item       `json:"itemListSummary,omitempty"`
		Title             string      `json:"title,omitempty"`
		Description       string      `json:"description,omitempty"`
		Buttons           []Button    `json:"buttons,omitempty"`
		ButtonLayout      string      `json:"buttonLayout,omitempty"`
	}
	// Carousel shows two to ten cards of one type side by side.
	Carousel struct {
		Type  string `json:"type"`
		Items []any  `json:"items"`
	}
)

// The parts of components.
type (
	Thumbnail struct {
		ImageURL   string `json:"imageUrl"`
		AltText    string `json:"altText,omitempty"`
		Link       *Link  `json:"link,omitempty"`
		FixedRatio bool   `json:"fixedRatio,omitempty"`
	}
	Link struct {
		Web string `json:"web"`
	}
	Profile struct {
		Title    string `json:"title,omitempty"`
		Nickname string `json:"nickname,omitempty"`
		ImageURL string `json:"imageUrl,omitempty"`
	}
	Title struct {
		Title string `json:"title"`
	}
	ImageTitle struct {
		Title       string `json:"title"`
		Description string `json:"description,omitempty"`
		ImageURL    string `json:"imageUrl,omitempty"`
	}
	ListHeader struct {
		Title string `json:"title"`
	}
	ListItem struct {
		Title       string         `json:"title"`
		Description string         `json:"description,omitempty"`
		ImageURL    string         `json:"imageUrl,omitempty"`
		Link        *Link          `json:"link,omitempty"`
		Action      Action         `json:"action,omitempty"` // BlockAction or MessageAction
		BlockID     string         `json:"blockId,omitempty"`
		MessageText string         `json:"messageText,omitempty"`
		Extra       map[string]any `json:"extra,omitempty"`
	}
	Item struct {
		Title       string `json:"title"`
		Description string `json:"description"`
	}
	Button struct {
		Label       string         `json:"label"`
		Action      Action         `json:"action"`
		WebLinkURL  string         `json:"webLinkUrl,omitempty"`
		MessageText string         `json:"messageText,omitempty"`
		PhoneNumber string         `json:"phoneNumber,omitempty"`
		BlockID     string         `json:"blockId,omitempty"`
		Extra       map[string]any `json:"extra,omitempty"`
	}
	QuickReply struct {
		Label       string         `json:"label"`
		Action      Action         `json:"action"`
		MessageText string         `json:"messageText,omitempty"`
		BlockID     string         `json:"blockId,omitempty"`
		Extra       map[string]any `json:"extra,omitempty"`
	}
)

// Action is what a button does.
type Action string

// The actions. Extra comes back with MessageAction and BlockAction.
const (
	WebLinkAction  Action = "webLink"
	MessageAction  Action = "message"
	BlockAction    Action = "block"
	PhoneAction    Action = "phone"
	ShareAction    Action = "share"
	OperatorAction Action = "operator"
)

// Contexts sets and ends contexts of the chatbot platform; a LifeSpan of 0 ends
// one.
type Contexts struct {
	Values []ContextValue `json:"values"`
}

// ContextValue is one context.
type ContextValue struct {
	Name     string            `json:"name"`
	LifeSpan int               `json:"lifeSpan"`
	TTL      int               `json:"ttl,omitempty"` // seconds
	Params   map[string]string `json:"params,omitempty"`
}
