package alimtalk

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Contact is a phone number that notices may go to, with what its owner has
// agreed to: a subscriber's, or one of somebody who is known by it alone.
type Contact struct {
	// ID is the subscriber's. Who is known by the number alone has an id of the
	// same form on the channel PhoneChannel.
	ID      string `bson:"_id" json:"id"`
	Account string `bson:"account" json:"-"`
	Sealed  []byte `bson:"sealed" json:"-"`
	// Hash finds a number again: keyed, so that trying all numbers needs the
	// account's key, which is sealed.
	Hash    string  `bson:"hash" json:"-"`
	Name    string  `bson:"name,omitempty" json:"name,omitempty"`
	Consent Consent `bson:"consent" json:"consent"`
	// Reason is how the consent was given, in the words of whoever entered it.
	Reason string    `bson:"reason,omitempty" json:"reason,omitempty"`
	By     string    `bson:"by" json:"by"` // ByThemselves, or the member
	At     time.Time `bson:"at" json:"at"` // of the consent
	// Number is masked, 010-****-5678; only in answers.
	Number string `bson:"-" json:"number"`
}

// Consent is what a number may be used for.
type Consent struct {
	Orders  bool `bson:"orders" json:"orders"`   // what concerns an order of theirs
	Notices bool `bson:"notices" json:"notices"` // the account's notices
}

// PhoneChannel stands in the id of a contact who is no subscriber. It is no
// messenger's name.
const PhoneChannel = "phone"

// ByThemselves stands for a number that a subscriber has proved to be theirs.
const ByThemselves = "subscriber"

var contacts = store.Declare[Contact](store.Schema{Name: "alimtalk_phones", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"hash"}}, {Fields: []string{"-at"}}}})

// hashKey is the secret by which an account's numbers are hashed.
type hashKey struct {
	ID      string `bson:"_id"` // the account
	Account string `bson:"account"`
	Sealed  []byte `bson:"sealed"`
}

var hashKeys = store.Declare[hashKey](store.Schema{Name: "alimtalk_keys", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

const (
	contactFamily = "phone numbers"
	keyFamily     = "phone number hashes"
	maxReason     = 200
	maxName       = 60
)

// The faults of contacts.
var (
	ErrNoContact     = fault.New(fault.NotFound, "kakao_no_contact", "There is no such number.")
	ErrReason        = fault.New(fault.Invalid, "kakao_reason", "Say in up to {0} characters how the person has agreed.", maxReason).In("reason")
	ErrConsent       = fault.New(fault.Invalid, "kakao_consent", "Choose what the person has agreed to.").In("consent")
	ErrContactName   = fault.New(fault.Invalid, "kakao_contact_name", "A name has at most {0} characters.", maxName).In("name")
	ErrNotSubscriber = fault.New(fault.Invalid, "kakao_not_subscriber", "There is no such subscriber.").In("subscriber")
)

// NewContact is a number to be kept.
type NewContact struct {
	Subscriber string // empty: known by the number alone
	Phone      string // as somebody typed it
	Name       string
	Consent    Consent
	Reason     string
	By         string
}

func (n NewContact) check() error {
	switch reason := utf8.RuneCountInString(strings.TrimSpace(n.Reason)); {
	case n.Consent == Consent{}:
		return ErrConsent
	case reason > maxReason, reason == 0 && n.By != ByThemselves:
		return ErrReason
	case utf8.RuneCountInString(n.Name) > maxName:
		return ErrContactName
	}
	return nil
}

// SetContact keeps a number with the consent to use it, in the place of the one
// that was kept before. Errors: ErrPhone, ErrReason, ErrConsent,
// ErrContactName, ErrNotSubscriber.
func (s *Service) SetContact(ctx context.Context, account string, n NewContact) (Contact, error) {
	if err := n.check(); err != nil {
		return Contact{}, err
	}
	number, err := Phone(n.Phone)
	if err != nil {
		return Contact{}, err
	}
	hash, err := s.hash(ctx, account, number)
	if err != nil {
		return Contact{}, err
	}
	id := n.Subscriber
	if id == "" {
		id = message.SubscriberID(account, PhoneChannel, hash)
	} else if err := s.known(ctx, account, id); err != nil {
		return Contact{}, err
	}
	sealed, err := s.Sealer.Seal(ctx, contactFamily, id, []byte(number))
	if err != nil {
		return Contact{}, err
	}
	kept, err := contacts.In(s.DB, account).Upsert(ctx, id, store.Set("sealed", sealed).Set("hash", hash).Set("name", strings.TrimSpace(n.Name)).
		Set("consent", n.Consent).Set("reason", strings.TrimSpace(n.Reason)).Set("by", n.By).Set("at", s.now()))
	kept.Number = mask(number)
	return kept, err
}

// known says whether a subscriber is one. Errors: ErrNotSubscriber.
func (s *Service) known(ctx context.Context, account, id string) error {
	owner, _, _, ok := message.SplitSubscriberID(id)
	if !ok || owner != account {
		return ErrNotSubscriber
	}
	if _, err := s.Subscribers.Person(ctx, account, id); fault.KindOf(err) == fault.NotFound {
		return ErrNotSubscriber.Because(err)
	} else if err != nil {
		return err
	}
	return nil
}

// RemoveContact forgets a number, as when the consent is withdrawn. One that is
// not there is no error.
func (s *Service) RemoveContact(ctx context.Context, account, id string) error {
	err := contacts.In(s.DB, account).Delete(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Contact finds one, with its number masked. Errors: ErrNoContact.
func (s *Service) Contact(ctx context.Context, account, id string) (Contact, error) {
	found, number, err := s.contact(ctx, account, id)
	found.Number = mask(number)
	return found, err
}

// contact finds one with its number. Errors: ErrNoContact.
func (s *Service) contact(ctx context.Context, account, id string) (Contact, string, error) {
	if owner, _, _, ok := message.SplitSubscriberID(id); !ok || owner != account {
		return Contact{}, "", ErrNoContact
	}
	found, err := contacts.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Contact{}, "", ErrNoContact
	}
	if err != nil {
		return Contact{}, "", err
	}
	number, err := s.Sealer.Open(ctx, contactFamily, id, found.Sealed)
	return found, string(number), err
}

// Contacts lists an account's contacts, the latest consent first; with a phone
// number, typed in any way, those who have it. Errors: ErrPhone.
func (s *Service) Contacts(ctx context.Context, account, phone string, after store.Cursor, limit int) ([]Contact, store.Cursor, error) {
	query := store.Query{}.By("-at")
	if phone != "" {
		number, err := Phone(phone)
		if err != nil {
			return nil, "", err
		}
		hash, err := s.hash(ctx, account, number)
		if err != nil {
			return nil, "", err
		}
		query = store.Where(store.Eq("hash", hash))
	}
	found, next, err := contacts.In(s.DB, account).Find(ctx, query.Top(limit).From(after))
	for i := range found {
		number, err := s.Sealer.Open(ctx, contactFamily, found[i].ID, found[i].Sealed)
		if err != nil {
			return nil, "", err
		}
		found[i].Number = mask(string(number))
	}
	return found, next, err
}

// Unsubscribed reads a page of those who are known by their number alone and
// have agreed to notices, by id, behind the id after. next is the id to go on
// from: empty at the end.
func (s *Service) Unsubscribed(ctx context.Context, account, after string, limit int) (ids []string, next string, err error) {
	first := message.SubscriberID(account, PhoneChannel, "")
	found, more, err := contacts.In(s.DB, account).Find(ctx, store.Where(store.Gt("_id", max(after, first)), store.Lt("_id", first+"~")).By("_id").Top(limit))
	for _, contact := range found {
		next = contact.ID
		if contact.Consent.Notices {
			ids = append(ids, contact.ID)
		}
	}
	if more == "" {
		next = ""
	}
	return ids, next, err
}

// maxEstimate bounds what is counted for an estimate.
const maxEstimate = 1_000_000

// CountUnsubscribed is about how many are known by their number alone.
func (s *Service) CountUnsubscribed(ctx context.Context, account string) (int, error) {
	first := message.SubscriberID(account, PhoneChannel, "")
	return contacts.In(s.DB, account).Count(ctx, store.Where(store.Gt("_id", first), store.Lt("_id", first+"~")), maxEstimate)
}

// hash is a number's under the account's own key.
func (s *Service) hash(ctx context.Context, account, number string) (string, error) {
	key, err := s.hashKey(ctx, account)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(number))
	return hex.EncodeToString(mac.Sum(nil)[:16]), nil
}

func (s *Service) hashKey(ctx context.Context, account string) ([]byte, error) {
	found, err := hashKeys.In(s.DB, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		fresh := make([]byte, sha256.Size)
		rand.Read(fresh)
		sealed, sealErr := s.Sealer.Seal(ctx, keyFamily, account, fresh)
		if sealErr != nil {
			return nil, sealErr
		}
		found, _, err = hashKeys.In(s.DB, account).InsertIfAbsent(ctx, hashKey{ID: account, Account: account, Sealed: sealed})
	}
	if err != nil {
		return nil, err
	}
	return s.Sealer.Open(ctx, keyFamily, account, found.Sealed)
}

// mask shows of a number what tells its owner which one it is.
func mask(number string) string {
	if len(number) < 7 {
		return ""
	}
	return number[:3] + "-****-" + number[len(number)-4:]
}
