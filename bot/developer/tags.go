package developer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/bot"
	"plaza/store"
)

// Tags have names in Plaza and numbers in WeChat. A list keeps which is which:
// for the tags that programs made, and for those that members gave to people.

// Tag is a tag with its number.
type Tag struct {
	ID    int64  `bson:"id"`
	Name  string `bson:"name"`
	Count int64  `bson:"-"` // of followers
}

type tagList struct {
	ID      string `bson:"_id"` // the account's
	Account string `bson:"account"`
	Next    int64  `bson:"next"`
	Tags    []Tag  `bson:"tags"`
	Version int64  `bson:"version"`
}

var tagLists = store.Declare[tagList](store.Schema{
	Name: "developer_tags", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
})

// Limits of tags (platform document: "Manage user tags").
const (
	firstTag       = 100 // smaller numbers are the platform's own
	maxTagCount    = 100
	maxTagName     = 30 // bytes
	maxTagging     = 50 // people of one call
	maxPersonTags  = 20
	maxTagFollower = 100_000 // of a tag that can be deleted
	tries          = 10
)

// changeTags alters the list under its version, again if somebody else was
// first. alter says whether it changed anything.
func (s *Service) changeTags(ctx context.Context, account string, alter func(*tagList) (bool, error)) (tagList, error) {
	scope := tagLists.In(s.DB, account)
	for range tries {
		list, _, err := scope.InsertIfAbsent(ctx, tagList{ID: account, Account: account, Next: firstTag})
		if err != nil {
			return list, err
		}
		changed, err := alter(&list)
		if err != nil || !changed {
			return list, err
		}
		err = scope.Update(ctx, account, store.Set("tags", list.Tags).Set("next", list.Next).Inc("version", 1), store.Eq("version", list.Version))
		if !errors.Is(err, store.ErrConditionFailed) {
			return list, err
		}
	}
	return tagList{}, ErrBusy
}

func (l *tagList) named(name string) (Tag, bool) {
	i := slices.IndexFunc(l.Tags, func(tag Tag) bool { return tag.Name == name })
	if i < 0 {
		return Tag{}, false
	}
	return l.Tags[i], true
}

func (l *tagList) numbered(id int64) (Tag, error) {
	i := slices.IndexFunc(l.Tags, func(tag Tag) bool { return tag.ID == id })
	if i < 0 {
		return Tag{}, ErrTagID
	}
	return l.Tags[i], nil
}

func (l *tagList) add(name string) Tag {
	made := Tag{ID: l.Next, Name: name}
	l.Next++
	l.Tags = append(slices.Clone(l.Tags), made)
	return made
}

// tagNumbers finds the numbers of names, and gives one to those without.
func (s *Service) tagNumbers(ctx context.Context, account string, names []string) (map[string]int64, error) {
	list, err := s.changeTags(ctx, account, func(list *tagList) (added bool, err error) {
		for _, name := range names {
			if _, known := list.named(name); !known {
				list.add(name)
				added = true
			}
		}
		return added, nil
	})
	numbers := make(map[string]int64, len(list.Tags))
	for _, tag := range list.Tags {
		numbers[tag.Name] = tag.ID
	}
	return numbers, err
}

// Tags lists an account's tags with how many followers have each.
func (s *Service) Tags(ctx context.Context, account string) ([]Tag, error) {
	counts, err := s.Bot.Subscribers().Counts(ctx, account)
	if err != nil {
		return nil, err
	}
	used := make([]string, 0, len(counts.Tags))
	for name := range counts.Tags {
		used = append(used, name)
	}
	slices.Sort(used)
	if _, err := s.tagNumbers(ctx, account, used); err != nil {
		return nil, err
	}
	list, err := s.changeTags(ctx, account, func(*tagList) (bool, error) { return false, nil })
	tags := slices.Clone(list.Tags)
	for i := range tags {
		tags[i].Count = counts.Tags[tags[i].Name]
	}
	return tags, err
}

func checkTagName(name string) error {
	switch {
	case len(name) > maxTagName:
		return ErrTagNameLength
	case name == "" || name != strings.TrimSpace(name) || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return ErrTagName
	}
	return nil
}

// CreateTag makes a tag. Errors: ErrTagName (also for one that exists),
// ErrTagNameLength, ErrTagCount.
func (s *Service) CreateTag(ctx context.Context, account, name string) (Tag, error) {
	if err := checkTagName(name); err != nil {
		return Tag{}, err
	}
	if err := s.count(ctx, account, "tags/change"); err != nil {
		return Tag{}, err
	}
	var made Tag
	_, err := s.changeTags(ctx, account, func(list *tagList) (bool, error) {
		if _, known := list.named(name); known {
			return false, ErrTagName
		}
		if len(list.Tags) >= maxTagCount {
			return false, ErrTagCount
		}
		made = list.add(name)
		return true, nil
	})
	return made, err
}

// RenameTag gives a tag another name, for those who have it, too. To do it again
// finishes what was broken off.
func (s *Service) RenameTag(ctx context.Context, account string, id int64, name string) error {
	if err := checkTagName(name); err != nil {
		return err
	}
	old, err := s.tag(ctx, account, id)
	if err != nil {
		return err
	}
	if other, err := s.tagNamed(ctx, account, name); err != nil || other.ID != 0 && other.ID != id {
		return errors.Join(err, ErrTagName)
	}
	if err := s.retag(ctx, account, old.Name, name); err != nil {
		return err
	}
	_, err = s.changeTags(ctx, account, func(list *tagList) (bool, error) {
		list.Tags = slices.Clone(list.Tags)
		for i := range list.Tags {
			if list.Tags[i].ID == id {
				list.Tags[i].Name = name
			}
		}
		return true, nil
	})
	return err
}

// DeleteTag takes a tag from everybody. Errors: ErrTagID, ErrTagReserved,
// ErrTagMembers.
func (s *Service) DeleteTag(ctx context.Context, account string, id int64) error {
	old, err := s.tag(ctx, account, id)
	if err != nil {
		return err
	}
	counts, err := s.Bot.Subscribers().Counts(ctx, account)
	if err != nil {
		return err
	}
	if counts.Tags[old.Name] > maxTagFollower {
		return ErrTagMembers
	}
	if err := s.retag(ctx, account, old.Name, ""); err != nil {
		return err
	}
	_, err = s.changeTags(ctx, account, func(list *tagList) (bool, error) {
		list.Tags = slices.DeleteFunc(slices.Clone(list.Tags), func(tag Tag) bool { return tag.ID == id })
		return true, nil
	})
	return err
}

// retag takes one tag from everybody who has it and gives them another, if it is
// not empty.
func (s *Service) retag(ctx context.Context, account, from, to string) error {
	var add []string
	if from == to {
		return nil
	}
	if to != "" {
		add = []string{to}
	}
	for after := ""; ; {
		page, next, err := s.Bot.Subscribers().Followers(ctx, account, bot.People{Tag: from}, after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, found := range page {
			if _, err := s.Bot.Subscribers().Tag(ctx, account, found.ID, add, []string{from}); err != nil {
				return err
			}
		}
		if after = next; next == "" {
			return nil
		}
	}
}

// tag finds a tag by number. Errors: ErrTagID, ErrTagReserved.
func (s *Service) tag(ctx context.Context, account string, id int64) (Tag, error) {
	if id >= 0 && id < firstTag {
		return Tag{}, ErrTagReserved
	}
	list, err := s.changeTags(ctx, account, func(*tagList) (bool, error) { return false, nil })
	if err != nil {
		return Tag{}, err
	}
	return list.numbered(id)
}

func (s *Service) tagNamed(ctx context.Context, account, name string) (Tag, error) {
	list, err := s.changeTags(ctx, account, func(*tagList) (bool, error) { return false, nil })
	found, _ := list.named(name)
	return found, err
}

// Tagged lists the open ids of those who have a tag, behind one.
func (s *Service) Tagged(ctx context.Context, account string, id int64, after string) ([]string, error) {
	tag, err := s.tag(ctx, account, id)
	if err != nil {
		return nil, err
	}
	return s.listFollowers(ctx, account, bot.People{Tag: tag.Name}, after)
}

// SetTag gives people a tag, or takes it from them. Errors: ErrTagID,
// ErrTagReserved, ErrOpenIDs, ErrOpenID, ErrPersonTags.
func (s *Service) SetTag(ctx context.Context, account string, id int64, openIDs []string, has bool) error {
	if len(openIDs) == 0 || len(openIDs) > maxTagging {
		return ErrOpenIDs
	}
	tag, err := s.tag(ctx, account, id)
	if err != nil {
		return err
	}
	if err := s.count(ctx, account, "tags/change"); err != nil {
		return err
	}
	people := make([]bot.Subscriber, len(openIDs))
	for i, openID := range openIDs { // all or none, as far as that can be known
		if people[i], err = s.person(ctx, account, openID); err != nil {
			return err
		}
		if has && len(people[i].Tags) >= maxPersonTags && !slices.Contains(people[i].Tags, tag.Name) {
			return ErrPersonTags
		}
	}
	for _, found := range people {
		add, remove := []string{tag.Name}, []string(nil)
		if !has {
			add, remove = remove, add
		}
		if _, err := s.Bot.Subscribers().Tag(ctx, account, found.ID, add, remove); err != nil {
			return err
		}
	}
	return nil
}
