package telegram

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"plaza/message"
)

// Telegram gives back at most 64 bytes with a pressed button, and of a command
// only its name. What is longer, or is more than a payload, is kept under a
// name made of its content, so that the same button always has the same name,
// on every node and however often it is sent.

// Memory keeps small texts where every node finds them.
type Memory interface {
	// Recall gives what was kept under the key; empty if nothing is.
	Recall(ctx context.Context, key string) (string, error)
	// Keep keeps a text until then at least, in the place of an earlier one.
	Keep(ctx context.Context, key, text string, until time.Time) error
}

const (
	maxCallback = 64 // bytes of callback_data
	// keepMeaning is how long a button works after it was last sent. Telegram
	// shows old messages for ever.
	keepMeaning = 2 * 365 * 24 * time.Hour
	recallLimit = 3 * time.Second
)

// What callback data that begins with "~" stands for. All other data is the
// payload itself.
const (
	sayPrefix  = "~=" // the word that follows is said
	keptPrefix = "~#" // what is kept under the name that follows
)

// commandPrefix begins the name under which is kept what a command means.
const commandPrefix = "/"

// The kinds of what is kept, its first byte.
const (
	keptPayload = "+"
	keptWord    = "="
	keptLink    = "@" // address and label, with a line end between them
)

// callbackData is what a button carries, and under which name it has to be kept
// before the button is sent; an empty name means that it speaks for itself.
func callbackData(b message.Button) (data, name, kept string) {
	if b.Payload == "" {
		word := b.Word()
		if len(sayPrefix)+len(word) <= maxCallback {
			return sayPrefix + word, "", ""
		}
		kept = keptWord + word
	} else {
		if len(b.Payload) <= maxCallback && !strings.HasPrefix(b.Payload, "~") {
			return b.Payload, "", ""
		}
		kept = keptPayload + b.Payload
	}
	sum := sha256.Sum256([]byte(kept))
	name = keptPrefix + base64.RawURLEncoding.EncodeToString(sum[:24])
	return name, name, kept
}

// memoryKey keeps the bots apart: whatever one is told, it can't ask for
// another's.
func memoryKey(a *account, name string) string { return "meaning " + a.bot + " " + name }

// meaning finds what is kept under a name; empty if nothing is any more.
func (c *Channel) meaning(a *account, name string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), recallLimit)
	defer cancel()
	kept, err := c.memory.Recall(ctx, memoryKey(a, name))
	if err != nil {
		return "", ErrMemory.Because(err)
	}
	return kept, nil
}

// pressed decodes the press of a button under a message.
func (c *Channel) pressed(a *account, in *message.Inbound, p press) error {
	where := chat{}
	if p.Message != nil {
		where = p.Message.Chat
	}
	from(in, p.From, where, 0)
	in.Type, in.Fields = "callback_query", map[string]string{}
	if p.Message != nil {
		in.Fields["message_id"] = strconv.FormatInt(p.Message.ID, 10)
	}
	if p.Data == nil || where.Type != private { // a game, or somebody else's chat
		in.Kind = message.Status
		return nil
	}
	in.Kind, in.Payload = message.Press, *p.Data
	switch {
	case strings.HasPrefix(*p.Data, sayPrefix):
		in.Kind, in.Payload, in.Text = message.TextIn, "", strings.TrimPrefix(*p.Data, sayPrefix)
	case strings.HasPrefix(*p.Data, keptPrefix):
		kept, err := c.meaning(a, *p.Data)
		if err != nil {
			return err
		}
		mean(in, kept)
	}
	return nil
}

// mean turns a message into what it stands for.
func mean(in *message.Inbound, kept string) {
	switch {
	case strings.HasPrefix(kept, keptWord):
		in.Kind, in.Payload, in.Text = message.TextIn, "", kept[1:]
	case strings.HasPrefix(kept, keptPayload):
		in.Kind, in.Payload, in.Text = message.Press, kept[1:], ""
	}
}

var (
	commandText = regexp.MustCompile(`^/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,32})?(?:\s+([\s\S]*))?$`)
	scene       = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// command decodes a text that begins with "/": /start, by which a chat begins
// and which carries what stood behind "?start=" in the link or code that led
// here; an entry of the menu; or a word that people say elsewhere without "/".
func (c *Channel) command(a *account, in *message.Inbound, to *heard) error {
	parts := commandText.FindStringSubmatch(in.Text)
	if parts == nil {
		return nil
	}
	name, rest := strings.ToLower(parts[1]), strings.TrimSpace(parts[2])
	in.Type = "message/command"
	if name == "start" {
		in.Kind, in.Text = message.Follow, ""
		if scene.MatchString(rest) {
			in.Scene = rest
		}
		return nil
	}
	kept, err := c.meaning(a, commandPrefix+name)
	if err != nil {
		return err
	}
	if link, ok := strings.CutPrefix(kept, keptLink); ok {
		address, label, _ := strings.Cut(link, "\n")
		in.Kind, in.Payload = message.View, address
		to.open = &linkMessage{Method: "sendMessage", Chat: in.User, Text: label,
			Markup: &keyboard{Inline: [][]inlineButton{{{Text: label, URL: address}}}}}
		return nil
	}
	if kept == "" {
		in.Text = strings.TrimSpace(parts[1] + " " + rest)
	}
	mean(in, kept)
	return nil
}

// processMemory is the Memory of a single process. It forgets everything when
// it is full.
type processMemory struct {
	mu    sync.Mutex
	known map[string]string
}

const maxRemembered = 16384

func (m *processMemory) Recall(_ context.Context, key string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[key], nil
}

func (m *processMemory) Keep(_ context.Context, key, text string, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxRemembered {
		m.known = make(map[string]string)
	}
	m.known[key] = text
	return nil
}
