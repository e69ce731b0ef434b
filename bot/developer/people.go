package developer

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/message"
	"plaza/store"
)

// pageOfPeople is how many open ids one call lists.
const pageOfPeople = 10_000

// maxBatch bounds the people of one look-up, maxRemark a remark in characters.
const (
	maxBatch  = 100
	maxRemark = 30
)

// Person is a subscriber as programs see them (platform document: "Get user
// information").
type Person struct {
	bot.Subscriber
	Tags  []int64
	Scene *Scene // one of the program's codes, by which they came
}

// Followers lists open ids behind one, in a fixed order. next is the last of
// them. Errors: ErrOpenID, ErrQuota.
func (s *Service) Followers(ctx context.Context, account, after string) (ids []string, total int64, err error) {
	if err := s.count(ctx, account, "user/get"); err != nil {
		return nil, 0, err
	}
	counts, err := s.Bot.Subscribers().Counts(ctx, account)
	if err != nil {
		return nil, 0, err
	}
	ids, err = s.listFollowers(ctx, account, bot.People{Channel: webchat.Name}, after)
	return ids, counts.Channels[webchat.Name], err
}

// listFollowers reads on until a page is full. Of those with a tag, only the
// web chat's are a program's.
func (s *Service) listFollowers(ctx context.Context, account string, people bot.People, after string) ([]string, error) {
	ids := []string{}
	if after != "" {
		after = message.SubscriberID(account, webchat.Name, after)
	}
	for len(ids) < pageOfPeople {
		page, next, err := s.Bot.Subscribers().Followers(ctx, account, people, after, store.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, found := range page {
			if found.Channel == webchat.Name {
				ids = append(ids, found.User)
			}
		}
		if after = next; next == "" {
			break
		}
	}
	return ids, nil
}

// Person finds one by open id. Errors: ErrOpenID, ErrQuota.
func (s *Service) Person(ctx context.Context, account, openID string) (Person, error) {
	people, err := s.People(ctx, account, openID)
	if err != nil {
		return Person{}, err
	}
	return people[0], nil
}

// People finds several. Errors: ErrOpenID, ErrOpenIDs, ErrQuota.
func (s *Service) People(ctx context.Context, account string, openIDs ...string) ([]Person, error) {
	if len(openIDs) == 0 || len(openIDs) > maxBatch {
		return nil, ErrOpenIDs
	}
	if err := s.count(ctx, account, "user/info"); err != nil {
		return nil, err
	}
	people := make([]Person, len(openIDs))
	var names []string
	for i, openID := range openIDs {
		found, err := s.person(ctx, account, openID)
		if err != nil {
			return nil, err
		}
		people[i].Subscriber = found
		names = append(names, found.Tags...)
		scene, err := s.sceneOf(ctx, account, found.Scene)
		if err == nil {
			people[i].Scene = &scene
		} else if !errors.Is(err, errNoScene) {
			return nil, err
		}
	}
	numbers, err := s.tagNumbers(ctx, account, names)
	if err != nil {
		return nil, err
	}
	for i := range people {
		people[i].Tags = []int64{}
		for _, name := range people[i].Subscriber.Tags {
			people[i].Tags = append(people[i].Tags, numbers[name])
		}
		slices.Sort(people[i].Tags)
	}
	return people, nil
}

// Remark changes the name that members have for somebody. Errors: ErrOpenID,
// ErrTextTooLong, ErrQuota.
func (s *Service) Remark(ctx context.Context, account, openID, remark string) error {
	if utf8.RuneCountInString(remark) > maxRemark || !utf8.ValidString(remark) {
		return ErrTextTooLong
	}
	if err := s.count(ctx, account, "user/remark"); err != nil {
		return err
	}
	found, err := s.person(ctx, account, openID)
	if err != nil {
		return err
	}
	_, err = s.Bot.Subscribers().Change(ctx, account, found.ID, bot.Profile{Remark: &remark})
	return err
}
