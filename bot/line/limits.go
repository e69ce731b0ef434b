package line

// The limits of LINE's message objects (platform document: "Messaging API
// reference"). Lengths are in UTF-16 code units; LINE counts those of actions in
// grapheme clusters, of which there are never more.
const (
	maxObjects   = 5 // of one call
	maxText      = 5000
	maxAltText   = 400
	maxLabel     = 20
	maxData      = 300
	maxSaid      = 300 // text of a message action, displayText
	maxURI       = 1000
	maxMediaURL  = 2000
	maxPlace     = 100 // title, address
	maxClipboard = 1000
	maxQuick     = 13
	maxBubbles   = 12
	maxBubble    = 30 << 10 // bytes of JSON
	maxCarousel  = 50 << 10 // bytes of JSON

	// LINE publishes none for these; more of them is no message any more.
	maxTitle    = 200
	maxFlexText = 2000
	maxButtons  = 10
	rowsABubble = 8
	maxLinks    = 4 // links of a rich text
	maxReceipt  = 40
)
