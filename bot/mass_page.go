package bot

import (
	"context"
	"errors"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// MassSends shows what was sent to many people at once, and takes it back.
type MassSends struct{ bot *Bot }

// MassSends gives access to them.
func (b *Bot) MassSends() MassSends { return MassSends{b} }

// The faults of mass sends.
var (
	ErrNoPreview = fault.New(fault.Conflict, "no_mass_preview", "This channel can't show a message to one person before it is sent to all.")
	ErrNoRecall  = fault.New(fault.Conflict, "no_mass_recall", "There is nothing that this messenger could still take back.")
)

// Channels are those with a platform that can send to many by one call.
func (m MassSends) Channels() []string {
	var names []string
	for _, channel := range m.bot.Channels {
		if _, ok := channel.(massing); ok {
			names = append(names, channel.Name())
		}
	}
	return names
}

// Of lists those of a group on a channel.
func (m MassSends) Of(ctx context.Context, account, channel, group string) ([]MassSend, error) {
	var list []MassSend
	for send, err := range massSends.In(m.bot.DB, account).Each(ctx,
		store.Where(store.Prefix("_id", outboxID(massLane(account, channel), group+"+")))) {
		if err != nil {
			return nil, err
		}
		list = append(list, send)
	}
	return list, nil
}

// MassSummary is what became of a group's mass sends on a channel.
type MassSummary struct {
	Channel string `json:"channel"`
	Calls   int    `json:"calls"`
	// Told is how many of them the platform has told the end of: the sum of it.
	Told   int                `json:"told"`
	Result message.MassResult `json:"result"`
	// Failed is how many calls the platform took none of.
	Failed   int `json:"failed"`
	Recalled int `json:"recalled"`
	// Retractable: something of it can still be taken back.
	Retractable bool `json:"retractable"`
}

// Summary sums up a group, channel by channel; channels without one are left out.
func (m MassSends) Summary(ctx context.Context, account, group string) ([]MassSummary, error) {
	var all []MassSummary
	for _, channel := range m.Channels() {
		sends, err := m.Of(ctx, account, channel, group)
		if err != nil {
			return nil, err
		}
		if len(sends) == 0 {
			continue
		}
		sum := MassSummary{Channel: channel, Calls: len(sends)}
		for _, send := range sends {
			sum.add(send)
			sum.Retractable = sum.Retractable || m.retractable(send)
		}
		all = append(all, sum)
	}
	return all, nil
}

func (s *MassSummary) add(send MassSend) {
	if r := send.Result; r != nil {
		s.Told++
		s.Result.Total += r.Total
		s.Result.Passed += r.Passed
		s.Result.Sent += r.Sent
		s.Result.Failed += r.Failed
		if r.Refused != "" {
			s.Result.Refused = r.Refused
		}
	} else if send.State == Failed {
		s.Failed++
	}
	if send.RecalledAt != nil {
		s.Recalled++
	}
}

func (m MassSends) retractable(send MassSend) bool {
	rehearser, ok := m.bot.channels[send.Channel].(rehearsing)
	return ok && send.Job != "" && send.RecalledAt == nil && send.State != Failed && rehearser.Retractable(send.Out)
}

// Used counts the groups that were sent in the platform's present period, up to
// many more than any platform allows.
func (m MassSends) Used(ctx context.Context, account, channel string) (int, error) {
	mass, err := m.bot.Mass(ctx, account, channel)
	if err != nil || !mass.Scarce() {
		return 0, err
	}
	groups := make(map[string]bool)
	for send, err := range massSends.In(m.bot.DB, account).Each(ctx,
		store.Where(store.Eq("channel", channel), store.Gte("at", mass.Since)).By("-at")) {
		if err != nil {
			return 0, err
		}
		if send.State != Failed {
			groups[send.Group] = true
		}
	}
	return len(groups), nil
}

// Previews are the channels of an account on which Preview works.
func (m MassSends) Previews(ctx context.Context, account string) ([]string, error) {
	var names []string
	for _, channel := range m.Channels() {
		mass, err := m.bot.Mass(ctx, account, channel)
		if err != nil {
			return nil, err
		}
		if _, ok := m.bot.channels[channel].(rehearsing); ok && mass != (message.Mass{}) {
			names = append(names, channel)
		}
	}
	return names, nil
}

// Preview shows a mass send to one person, named as the platform does.
// Errors: ErrNoPreview, ErrNotConnected, the channel's.
func (m MassSends) Preview(ctx context.Context, account, channel, name string, out []message.Outbound) error {
	rehearser, ok := m.bot.channels[channel].(rehearsing)
	if !ok {
		return ErrNoPreview
	}
	credentials, err := m.bot.credentials(ctx, account, channel)
	if err != nil {
		return err
	}
	return rehearser.PreviewMass(ctx, credentials, name, out)
}

// Recall takes back what can be of a group on a channel. Doing it again goes on
// where it stopped: a platform minds no repetition. Errors: ErrNoRecall,
// ErrNotConnected, the channel's.
func (m MassSends) Recall(ctx context.Context, account, channel, group string) error {
	sends, err := m.Of(ctx, account, channel, group)
	if err != nil {
		return err
	}
	credentials, err := m.bot.credentials(ctx, account, channel)
	if err != nil {
		return err
	}
	recalled := false
	for _, send := range sends {
		if !m.retractable(send) {
			continue
		}
		if err := m.bot.channels[channel].(rehearsing).RecallMass(ctx, credentials, send.Job); err != nil {
			return err
		}
		err := massSends.In(m.bot.DB, account).Update(ctx, send.ID, store.Set("recalled_at", m.bot.now()))
		if err != nil && !errors.Is(err, store.ErrConditionFailed) {
			return err
		}
		recalled = true
	}
	if !recalled {
		return ErrNoRecall
	}
	return nil
}
