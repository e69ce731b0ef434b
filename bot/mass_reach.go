package bot

import (
	"context"

	"plaza/message"
	"plaza/store"
)

// MassChoice is what a member has to know to choose between single messages and
// a mass send, on a channel where those are few.
type MassChoice struct {
	Channel string `json:"channel"`
	// Single is how many of an audience can be written to singly now; AtLeast says
	// that there are more.
	Single  int  `json:"single"`
	AtLeast bool `json:"at_least,omitempty"`
	// Mass is about how many of it a mass send reaches.
	Mass int64 `json:"mass"`
	// Used of Allowed mass sends have been made in the present Period.
	Used    int                `json:"used"`
	Allowed int                `json:"allowed"`
	Period  message.MassPeriod `json:"period"`
	// Whole: it goes to everybody who follows there, or has the tag.
	Whole bool `json:"whole,omitempty"`
}

// Choices are those of an account for an audience; none where no messenger asks
// for one.
func (m MassSends) Choices(ctx context.Context, account string, audience Audience) ([]MassChoice, error) {
	choices := []MassChoice{}
	for _, channel := range m.Channels() {
		mass, err := m.bot.Mass(ctx, account, channel)
		if err != nil {
			return nil, err
		}
		if !mass.Scarce() {
			continue
		}
		choice := MassChoice{Channel: channel, Allowed: mass.Allowed, Period: mass.Period, Whole: mass.Whole}
		if choice.Used, err = m.Used(ctx, account, channel); err != nil {
			return nil, err
		}
		if audience.Channel == "" || audience.Channel == channel {
			if err := m.reach(ctx, account, channel, audience, &choice); err != nil {
				return nil, err
			}
		}
		choices = append(choices, choice)
	}
	return choices, nil
}

func (m MassSends) reach(ctx context.Context, account, channel string, audience Audience, choice *MassChoice) (err error) {
	if audience.Tag == "" {
		audience.Channel = channel // its counter is exact
	}
	if choice.Mass, err = m.bot.Subscribers().Estimate(ctx, account, audience); err != nil {
		return err
	}
	audience.Channel = channel
	choice.Single, choice.AtLeast, err = m.bot.inWindow(ctx, account, audience)
	return err
}

// windowsLooked is how many open windows are looked at for a page.
const windowsLooked = 2000

// inWindow counts who of an audience can be written to now.
func (b *Bot) inWindow(ctx context.Context, account string, audience Audience) (count int, more bool, err error) {
	now, looked := b.now(), 0
	for cursor, next := store.Cursor(""), true; next; next = cursor != "" {
		var open []Conversation
		open, cursor, err = conversations.In(b.DB, account).Find(ctx,
			store.Where(store.Gt("window.until", now)).By("window.until").Top(massEntries).From(cursor))
		if err != nil {
			return 0, false, err
		}
		var ids []string
		for _, c := range open {
			if c.Channel == audience.Channel && c.Window.Open(now) {
				ids = append(ids, c.ID)
			}
		}
		people, err := subscribers.In(b.DB, account).GetMany(ctx, ids...)
		if err != nil {
			return 0, false, err
		}
		for _, one := range people {
			if audience.Reaches(one) {
				count++
			}
		}
		if looked += len(open); looked >= windowsLooked && cursor != "" {
			return count, true, nil
		}
	}
	return count, false, nil
}
