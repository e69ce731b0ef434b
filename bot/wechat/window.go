package wechat

import (
	"time"

	"plaza/message"
)

// What a person's action allows (platform document: "Customer service
// messages"): five messages within 48 hours of one of theirs, three within a
// minute of following, scanning, or pressing a menu entry that pushes or scans.
var (
	talkAllows  = message.Allowance{Messages: 5, For: 48 * time.Hour}
	eventAllows = message.Allowance{Messages: 3, For: time.Minute}
)

var allowances = map[string]message.Allowance{
	"text": talkAllows, "image": talkAllows, "voice": talkAllows, "video": talkAllows, "shortvideo": talkAllows, "location": talkAllows, "link": talkAllows,
	"event/subscribe": eventAllows, "event/SCAN": eventAllows, "event/CLICK": eventAllows,
	"event/scancode_push": eventAllows, "event/scancode_waitmsg": eventAllows,
}

// Opens says what an inbound allows.
func (c *Channel) Opens(in message.Inbound) message.Allowance {
	if in.Kind == message.Press && in.Type == "text" { // an option of a menu message counts as a menu
		return eventAllows
	}
	return allowances[in.Type]
}

// Calls says how many customer-service messages a message takes.
func (c *Channel) Calls(out message.Outbound) int {
	file, thumb := wants(out)
	asIf := attachment{file: string(file.kind), thumb: string(thumb.kind)} // uploaded
	calls := 0
	for queue := []message.Outbound{out}; len(queue) > 0; calls++ {
		next := queue[0]
		queue = queue[1:]
		if _, ok := menuOf(next); ok {
			continue
		}
		reply, left := c.compose(next, messageArticles, asIf)
		if reply.Type == TextReply && reply.Text == "" {
			calls-- // nothing to say
		}
		queue = append(left, queue...)
	}
	return calls
}
