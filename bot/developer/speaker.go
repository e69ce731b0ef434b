package developer

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/store"
)

// Speaker is somebody in whose name a program writes custom messages: WeChat's
// customer service account (platform document: "Customer service management").
// It is a name beside the message and no member: nobody signs in by it.
type Speaker struct {
	ID        string    `bson:"_id"` // account + ":" + Name, in small letters
	Account   string    `bson:"account"`
	Name      string    `bson:"name"` // "test1@corner"
	Nick      string    `bson:"nick"` // what people see
	Number    int       `bson:"number"`
	CreatedAt time.Time `bson:"created_at"`
}

var speakers = store.Declare[Speaker](store.Schema{
	Name: "developer_speakers", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
})

const (
	maxSpeakers = 100
	maxNick     = 16    // characters
	firstNumber = 1001  // WeChat's begin there
	lastNumber  = 10000 // more than are ever made
)

// speakerName is a prefix of up to 10 letters, digits and underscores, and the
// WeChat id of the account, which here is whatever the program calls it.
var speakerName = regexp.MustCompile(`^[A-Za-z0-9_]{1,10}@[A-Za-z0-9_-]{1,30}$`)

func speakerID(account, name string) string { return account + ":" + strings.ToLower(name) }

// AddSpeaker makes one. Errors: ErrSpeakerName, ErrSpeakerNick, ErrSpeakerKnown,
// ErrSpeakerCount.
func (s *Service) AddSpeaker(ctx context.Context, account, name, nick string) error {
	nick, err := checkSpeaker(name, nick)
	if err != nil {
		return err
	}
	known, err := s.Speakers(ctx, account)
	if err != nil {
		return err
	}
	if len(known) >= maxSpeakers {
		return ErrSpeakerCount
	}
	number := firstNumber
	for slices.ContainsFunc(known, func(other Speaker) bool { return other.Number == number }) && number < lastNumber {
		number++
	}
	err = speakers.In(s.DB, account).Insert(ctx, Speaker{ID: speakerID(account, name), Account: account, Name: name, Nick: nick,
		Number: number, CreatedAt: s.now()})
	if errors.Is(err, store.ErrDuplicate) {
		return ErrSpeakerKnown
	}
	return err
}

func checkSpeaker(name, nick string) (string, error) {
	if !speakerName.MatchString(name) {
		return "", ErrSpeakerName
	}
	nick = strings.Join(strings.Fields(nick), " ")
	if nick == "" || utf8.RuneCountInString(nick) > maxNick {
		return "", ErrSpeakerNick
	}
	return nick, nil
}

// RenameSpeaker changes what people see from now on. Errors: ErrSpeakerName,
// ErrSpeakerNick, ErrSpeaker.
func (s *Service) RenameSpeaker(ctx context.Context, account, name, nick string) error {
	nick, err := checkSpeaker(name, nick)
	if err != nil {
		return err
	}
	return noSpeaker(speakers.In(s.DB, account).Update(ctx, speakerID(account, name), store.Set("nick", nick)))
}

// DeleteSpeaker takes one away; what was said in the name stays as it is.
// Errors: ErrSpeaker.
func (s *Service) DeleteSpeaker(ctx context.Context, account, name string) error {
	return noSpeaker(speakers.In(s.DB, account).Delete(ctx, speakerID(account, name)))
}

// Speakers are all of an account.
func (s *Service) Speakers(ctx context.Context, account string) ([]Speaker, error) {
	found, _, err := speakers.In(s.DB, account).Find(ctx, store.Query{}.Top(2*maxSpeakers))
	return found, err
}

// nickOf is what people see of a speaker; empty for none. Errors: ErrSpeaker.
func (s *Service) nickOf(ctx context.Context, account, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	found, err := speakers.In(s.DB, account).Get(ctx, speakerID(account, name))
	return found.Nick, noSpeaker(err)
}

func noSpeaker(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrSpeaker
	}
	return err
}
