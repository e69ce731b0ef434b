package pin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"regexp"
	"time"

	"plaza/message"
	"plaza/store"
)

// Purpose names what a keypad proves: nothing else can be proved with it.
type Purpose string

// The purposes that are no payment.
const (
	ToSet    Purpose = "set"    // a PIN, where there is none
	ToChange Purpose = "change" // the PIN
	ToFree   Purpose = "free"   // change what goes without a PIN
	ToUnlock Purpose = "unlock" // a code to pay with at the counter
)

// ToPay is the purpose of a payment, by its trade number.
func ToPay(tradeNo string) Purpose { return Purpose("pay:" + tradeNo) }

// ToSend is the purpose of a transfer, by its id.
func ToSend(transfer string) Purpose { return Purpose("send:" + transfer) }

// KeypadFor is how long a keypad works, by the server's clock.
const KeypadFor = 60 * time.Second

// Keypad is ten keys in an order that only the server knows.
type Keypad struct {
	ID    string
	Stage Stage
	Until time.Time
	order [10]byte // the digit on each key
}

// Stage is which PIN a keypad asks for.
type Stage string

// The stages. To set is StageNew, StageAgain; to change is all three.
const (
	StageOwn   Stage = "own"   // the PIN that somebody has
	StageNew   Stage = "new"   // the one they want
	StageAgain Stage = "again" // and once more
)

// drawn is a keypad that a page shows. What it says is sealed and bound to its
// own number, so that neither a look into the store nor another keypad's row
// tells an order.
type drawn struct {
	ID        string    `bson:"_id"` // account + ":" + number
	Account   string    `bson:"account"`
	Sealed    []byte    `bson:"sealed"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var keypads = store.Declare[drawn](store.Schema{Name: "pin_keypads", KeyedByAccount: true, ExpiresAt: "expires_at",
	ShardKey: []string{"account", "_id"}})

// sealedKeypad is the family of what keypads say.
const sealedKeypad = "pin-keypad"

// said is what a keypad says, and what is carried from one stage to the next.
type said struct {
	Order   [10]byte `json:"order"`
	Person  string   `json:"person"`
	Purpose Purpose  `json:"purpose"`
	Stage   Stage    `json:"stage"`
	// Wanted is the PIN that is to be typed once more.
	Wanted string `json:"wanted,omitempty"`
	// Replaces are the versions of the PINs that were proved and go.
	Replaces map[string]int64 `json:"replaces,omitempty"`
}

// shuffle gives the digits an order, each of the ten with the same chance on
// each key.
func shuffle(random io.Reader) (order [10]byte, err error) {
	for i := range order {
		order[i] = byte(i)
	}
	for i := len(order) - 1; i > 0; i-- {
		at, err := rand.Int(random, big.NewInt(int64(i+1)))
		if err != nil {
			return order, err
		}
		j := at.Int64()
		order[i], order[j] = order[j], order[i]
	}
	return order, nil
}

// Open draws a keypad for a person and what they are to prove.
func (s *Service) Open(ctx context.Context, person message.Person, purpose Purpose) (Keypad, error) {
	stage := StageOwn
	if purpose == ToSet {
		stage = StageNew
	}
	return s.open(ctx, person, said{Person: person.ID, Purpose: purpose, Stage: stage})
}

func (s *Service) open(ctx context.Context, person message.Person, says said) (Keypad, error) {
	var err error
	if says.Order, err = shuffle(rand.Reader); err != nil {
		return Keypad{}, err
	}
	plain, err := json.Marshal(says)
	if err != nil {
		return Keypad{}, err
	}
	number, until := rand.Text(), s.now().Add(KeypadFor)
	id := person.Account + ":" + number
	sealed, err := s.Sealer.Seal(ctx, sealedKeypad, id, plain)
	if err != nil {
		return Keypad{}, err
	}
	err = keypads.In(s.DB, person.Account).Insert(ctx, drawn{ID: id, Account: person.Account, Sealed: sealed, ExpiresAt: until})
	return Keypad{ID: number, Stage: says.Stage, Until: until, order: says.Order}, err
}

// Again gives a keypad that is still being typed on: for pages without script,
// which come anew with every key. Errors: ErrKeypad.
func (s *Service) Again(ctx context.Context, person message.Person, purpose Purpose, number string) (Keypad, error) {
	says, until, err := s.look(ctx, person, purpose, number)
	return Keypad{ID: number, Stage: says.Stage, Until: until, order: says.Order}, err
}

var numberShape = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// look opens a keypad of a person and a purpose. Whose it is not can't tell it
// from one that never was. Errors: ErrKeypad.
func (s *Service) look(ctx context.Context, person message.Person, purpose Purpose, number string) (said, time.Time, error) {
	if !numberShape.MatchString(number) {
		return said{}, time.Time{}, ErrKeypad
	}
	id := person.Account + ":" + number
	found, err := keypads.In(s.DB, person.Account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return said{}, time.Time{}, ErrKeypad
	}
	if err != nil {
		return said{}, time.Time{}, err
	}
	plain, err := s.Sealer.Open(ctx, sealedKeypad, id, found.Sealed)
	if err != nil {
		return said{}, time.Time{}, err
	}
	var says said
	if err := json.Unmarshal(plain, &says); err != nil {
		return said{}, time.Time{}, err
	}
	theirs := subtle.ConstantTimeCompare([]byte(says.Person), []byte(person.ID)) == 1
	if !theirs || says.Purpose != purpose || !s.now().Before(found.ExpiresAt) {
		return said{}, time.Time{}, ErrKeypad
	}
	return says, found.ExpiresAt, nil
}

// take uses a keypad up and reads what was typed on it: of many who do, one
// gets it. Errors: ErrKeypad, ErrEntry.
func (s *Service) take(ctx context.Context, person message.Person, purpose Purpose, entry Entry) (said, string, error) {
	if !entry.Complete() {
		return said{}, "", ErrEntry
	}
	says, _, err := s.look(ctx, person, purpose, entry.Keypad)
	if err != nil {
		return says, "", err
	}
	err = keypads.In(s.DB, person.Account).Delete(ctx, person.Account+":"+entry.Keypad)
	if errors.Is(err, store.ErrNotFound) {
		return says, "", ErrKeypad
	}
	return says, entry.read(says.Order), err
}
