package kakao

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"plaza/message"
)

// Render answers a call with as much of the answer as Kakao takes in one
// response, and gives back what is left. Kakao shows an error where a skill has
// nothing to say, so there always is something.
func (c *Channel) Render(_ []byte, received message.Received, answer []message.Outbound) (message.Response, []message.Outbound, error) {
	k, ok := received.Context.(*call)
	if !ok || k.relation {
		return message.Response{Status: http.StatusOK, ContentType: "application/json"}, answer, nil
	}
	p := c.pen(k)
	template, rest := p.page(answer)
	if len(template.Outputs) == 0 {
		template = p.nothing(k)
	}
	response, err := respond(Response{Version: version, Template: template})
	return response, rest, err
}

func (c *Channel) pen(k *call) pen { return pen{c, k.account, k.language} }

// nothing is what is said where nothing is: that a message has been taken in
// and will be answered, or that there is nothing new.
func (p pen) nothing(k *call) *Template {
	if k.kind == message.Fetch {
		return &Template{Outputs: simpleText(p.say("kakao.nothing"))}
	}
	return &Template{Outputs: simpleText(p.say("kakao.taken")), QuickReplies: []QuickReply{p.more("kakao.look")}}
}

// page fills a response with messages until one does not fit, and says what is
// left.
func (p pen) page(answer []message.Outbound) (*Template, []message.Outbound) {
	page := &Template{}
	for i, out := range answer {
		pieces := p.split(out)
		for j, piece := range pieces {
			outputs, quick := p.compose(piece)
			if page.take(outputs, quick) {
				continue
			}
			left := pieces[j:]
			switch {
			case len(page.Outputs) == 0: // too many bytes; its words have fewer
				page.Outputs, left = simpleText(p.words(piece)), pieces[j+1:]
			case j == 0:
				left = []message.Outbound{out}
			}
			rest := slices.Concat(left, answer[i+1:])
			if len(rest) > 0 {
				page.QuickReplies = append(page.QuickReplies, p.more("kakao.more"))
			}
			return page, rest
		}
	}
	return page, nil
}

// take puts outputs and quick replies on the page if there is room, with one
// place kept for "more".
func (t *Template) take(outputs []Output, quick []QuickReply) bool {
	if len(t.Outputs)+len(outputs) > maxOutputs || len(t.QuickReplies)+len(quick) >= maxQuick {
		return false
	}
	longer := Template{Outputs: append(t.Outputs[:len(t.Outputs):len(t.Outputs)], outputs...),
		QuickReplies: append(t.QuickReplies[:len(t.QuickReplies):len(t.QuickReplies)], quick...)}
	encoded, err := encode(longer)
	if err != nil || len(encoded) > maxBytes {
		return false
	}
	*t = longer
	return true
}

// encode writes "<", ">" and "&" as they are, which is shorter.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func respond(r Response) (message.Response, error) {
	body, err := encode(r)
	return message.Response{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: body}, err
}

// Defer promises an answer that is not there yet: with a callback address it
// follows by itself; without one the person is told how to see it.
func (c *Channel) Defer(ctx context.Context, _ []byte, received message.Received) (message.Response, error) {
	k, ok := received.Context.(*call)
	if !ok || k.relation {
		return message.Response{Status: http.StatusOK, ContentType: "application/json"}, nil
	}
	p := c.pen(k)
	if k.callback != "" && c.trusted(k.callback) {
		if err := c.keepCallback(ctx, k); err != nil {
			return message.Response{}, err
		}
		return respond(Response{Version: version, UseCallback: true, Data: map[string]any{"text": p.say("kakao.wait")}})
	}
	return respond(Response{Version: version, Template: &Template{Outputs: simpleText(p.say("kakao.wait")), QuickReplies: []QuickReply{p.more("kakao.look")}}})
}
