package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/bot/placeholder"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// The faults of subscribers.
var (
	ErrNoSubscriber = fault.New(fault.NotFound, "no_such_subscriber", "There is no such subscriber.")
	ErrTooManyTags  = fault.New(fault.Invalid, "too_many_tags", "A subscriber can have {0} tags.", maxTags)
	ErrAttribute    = fault.New(fault.Invalid, "bad_attribute", "An attribute's name has small letters, digits and _; its value at most {0} characters; a subscriber has at most {1}.", maxValue, maxAttributes)
	ErrPersonName   = fault.New(fault.Invalid, "person_name_length", "A name has at most {0} characters.", maxName)
)

// Subscribers are the people who follow.
type Subscribers struct{ bot *Bot }

// Subscribers gives access to them.
func (b *Bot) Subscribers() Subscribers { return Subscribers{b} }

// Get finds one. Errors: ErrNoSubscriber.
func (s Subscribers) Get(ctx context.Context, account, id string) (Subscriber, error) {
	found, err := subscribers.In(s.bot.DB, account).Get(ctx, id)
	return found, missing(err, ErrNoSubscriber)
}

// People selects subscribers for a page. At most one of the fields counts, in
// this order; the zero People is everybody, the newest first.
type People struct {
	Search  string // the beginning of a word of their name or remark
	Tag     string // followers with this tag
	Channel string // followers on this channel
}

// List reads a page of subscribers. A search may give fewer than limit, even
// none, while there is more.
func (s Subscribers) List(ctx context.Context, account string, people People, after store.Cursor, limit int) ([]Subscriber, store.Cursor, error) {
	query, search := store.Query{}.By("-first_seen_at"), fold(people.Search)
	switch {
	case search != "":
		query = store.Where(store.Eq("search", strings.TrimSpace(truncate(search, searchLength))))
	case people.Tag != "":
		query = store.Where(store.Eq("tags", people.Tag), store.Eq("followed", true))
	case people.Channel != "":
		query = store.Where(store.Eq("channel", people.Channel), store.Eq("followed", true))
	}
	found, next, err := subscribers.In(s.bot.DB, account).Find(ctx, query.Top(limit).From(after))
	if search != "" {
		found = slices.DeleteFunc(found, func(s Subscriber) bool { return !s.named(search) })
	}
	return found, next, err
}

// Purpose is what people consent to.
type Purpose string

// The purposes.
const (
	Notices    Purpose = "notices"
	Promotions Purpose = "promotions"
)

// Audience selects who gets a campaign: followers who consent to its purpose
// and are not muted, all of them or those with a tag or on a channel.
type Audience struct {
	Tag     string
	Channel string
	Purpose Purpose
}

// Reaches says whether a subscriber may be sent something of this purpose now.
func (a Audience) Reaches(s Subscriber) bool {
	consents := s.Consent.Promotions
	if a.Purpose == Notices {
		consents = s.Consent.Notices
	}
	return s.Followed && consents && !s.Muted &&
		(a.Channel == "" || s.Channel == a.Channel) &&
		(a.Tag == "" || slices.Contains(s.Tags, a.Tag))
}

// Recipients reads a page of an audience, by subscriber id, behind the id
// after. next is the id to go on from: empty at the end. A page may hold fewer
// than limit, even none, while there is more: who does not consent is left out.
func (s Subscribers) Recipients(ctx context.Context, account string, audience Audience, after string, limit int) (page []Subscriber, next string, err error) {
	found, next, err := s.Followers(ctx, account, People{Tag: audience.Tag, Channel: audience.Channel}, after, limit)
	for _, subscriber := range found {
		if audience.Reaches(subscriber) {
			page = append(page, subscriber)
		}
	}
	return page, next, err
}

// Followers reads a page of those who follow, by subscriber id, behind the id
// after, whether or not they want to be written to. next is the id to go on
// from: empty at the end. Of people, Tag or Channel counts.
func (s Subscribers) Followers(ctx context.Context, account string, people People, after string, limit int) (page []Subscriber, next string, err error) {
	clauses := []store.Clause{store.Eq("followed", true)}
	switch {
	case people.Tag != "":
		clauses = append(clauses, store.Eq("tags", people.Tag))
	case people.Channel != "":
		clauses = append(clauses, store.Eq("channel", people.Channel))
	}
	if after != "" {
		clauses = append(clauses, store.Gt("_id", after))
	}
	page, more, err := subscribers.In(s.bot.DB, account).Find(ctx,
		store.Where(clauses...).By("_id").Top(limit))
	if err == nil && more != "" {
		next = page[len(page)-1].ID
	}
	return page, next, err
}

// Counts reads the counters of an account.
func (s Subscribers) Counts(ctx context.Context, account string) (Counts, error) {
	counts := Counts{Channels: map[string]int64{}, Tags: map[string]int64{}}
	for counter, err := range counters.In(s.bot.DB, account).Each(ctx, store.Query{}) {
		if err != nil {
			return counts, err
		}
		name := strings.TrimPrefix(counter.ID, account+":")
		if tag, ok := strings.CutPrefix(name, tagCounter); ok && counter.Count > 0 {
			counts.Tags[tag] = counter.Count
		} else if channel, ok := strings.CutPrefix(name, channelCounter); ok {
			counts.Channels[channel] = counter.Count
		} else if name == allCounter {
			counts.All = counter.Count
		}
	}
	return counts, nil
}

// Estimate says about how many an audience has, without looking at each.
func (s Subscribers) Estimate(ctx context.Context, account string, audience Audience) (int64, error) {
	name := allCounter
	switch {
	case audience.Tag != "":
		name = tagCounter + audience.Tag
	case audience.Channel != "":
		name = channelCounter + audience.Channel
	}
	found, err := counters.In(s.bot.DB, account).Get(ctx, account+":"+name)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return found.Count, err
}

// Tag adds and removes tags.
func (s Subscribers) Tag(ctx context.Context, account, id string, add, remove []string) (Subscriber, error) {
	for _, tag := range add {
		if !validTag(tag) {
			return Subscriber{}, ErrTag.In("tags")
		}
	}
	return s.change(ctx, account, id, func(subscriber *Subscriber) error {
		tags := slices.DeleteFunc(slices.Clone(subscriber.Tags), func(tag string) bool { return slices.Contains(remove, tag) })
		for _, tag := range add {
			if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
		if len(tags) > maxTags {
			return ErrTooManyTags.In("tags")
		}
		subscriber.Tags = tags
		return nil
	})
}

// Profile is what a subscriber or a member can change; nil leaves as it is.
type Profile struct {
	Name     *string
	Remark   *string
	Language *string
	Muted    *bool
	Consent  *Consent
	// Attributes are set; an empty value removes one.
	Attributes map[string]string
}

// Change changes a subscriber's profile.
func (s Subscribers) Change(ctx context.Context, account, id string, profile Profile) (Subscriber, error) {
	return s.change(ctx, account, id, func(subscriber *Subscriber) error {
		for field, change := range map[string]struct{ to, from *string }{
			"name": {&subscriber.Name, profile.Name}, "remark": {&subscriber.Remark, profile.Remark},
		} {
			if change.from == nil {
				continue
			}
			if utf8.RuneCountInString(*change.from) > maxName || !utf8.ValidString(*change.from) {
				return ErrPersonName.In(field)
			}
			*change.to = strings.TrimSpace(*change.from)
		}
		subscriber.Search = searchWords(subscriber.Name, subscriber.Remark)
		if profile.Language != nil {
			subscriber.Language = message.LanguageOf(*profile.Language)
		}
		if profile.Muted != nil {
			subscriber.Muted = *profile.Muted
		}
		if profile.Consent != nil {
			subscriber.Consent = *profile.Consent
		}
		return subscriber.setAttributes(profile.Attributes)
	})
}

func (s *Subscriber) setAttributes(attributes map[string]string) error {
	merged := maps.Clone(s.Attributes)
	for name, value := range attributes {
		if !placeholder.ValidAttribute(name) || utf8.RuneCountInString(value) > maxValue {
			return ErrAttribute.In("attributes")
		}
		if value == "" {
			delete(merged, name)
			continue
		}
		if merged == nil {
			merged = make(map[string]string)
		}
		merged[name] = value
	}
	if len(merged) > maxAttributes {
		return ErrAttribute.In("attributes")
	}
	s.Attributes = merged
	return nil
}

// change alters a subscriber while no message of theirs is handled, and tells
// the counters.
func (s Subscribers) change(ctx context.Context, account, id string, alter func(*Subscriber) error) (Subscriber, error) {
	b := s.bot
	var after Subscriber
	err := b.exclusively(ctx, account, id, func(ctx context.Context, _ hold) error {
		before, err := s.Get(ctx, account, id)
		if err != nil {
			return err
		}
		if err := b.settleCounting(ctx, &before); err != nil {
			return err
		}
		after = before
		if err := alter(&after); err != nil {
			return err
		}
		if ctx.Value(quietKey{}) == nil {
			b.markForPush(before, &after)
		}
		b.markForMenu(before, &after)
		after.Version++
		after.Counting = countChange(before, after, b.now())
		if err := subscribers.In(b.DB, account).Update(ctx, id, after.update()); err != nil {
			return err
		}
		if err := b.count(ctx, account, id, after.Counting); err != nil {
			b.Logger.Error("counters will be told later", "account", account, "error", err)
		}
		return b.rename(ctx, before, after)
	})
	return after, err
}

// settleCounting tells the counters of an earlier change that a crash left
// untold, before another change takes its place.
func (b *Bot) settleCounting(ctx context.Context, s *Subscriber) error {
	if s.Counting == nil {
		return nil
	}
	if err := b.takeOver(ctx, s.Account, s.Counting, b.ofSubscriber(s.Account, s.ID)); err != nil {
		return err
	}
	s.Counting = nil
	return nil
}

// rename shows a new name in the inbox, too.
func (b *Bot) rename(ctx context.Context, before, after Subscriber) error {
	if before.Name == after.Name && before.Language == after.Language {
		return nil
	}
	err := conversations.In(b.DB, after.Account).Update(ctx, after.ID,
		store.Set("name", after.Name).Set("language", after.Language))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
