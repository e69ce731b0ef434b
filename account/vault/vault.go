// Package vault keeps secrets at rest: credentials of channels and payment
// providers, raw messages, PINs. Each family of records has data keys of its
// own, wrapped by one master key that is not in the database. What is sealed is
// bound to its family and its record, so that a blob moved to another record
// does not open there.
package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"plaza/store"
)

// Errors of Open.
var (
	// ErrSealed: the blob was changed, or belongs to another record.
	ErrSealed = errors.New("vault: sealed data does not open")
	// ErrWrongMaster: the data keys were wrapped by another master key.
	ErrWrongMaster = errors.New("vault: this is not the master key that the data was sealed under")
	// ErrWornOut: a family has used up its 255 key versions.
	ErrWornOut = errors.New("vault: no key versions left in this family")
)

// A sealed blob is: format (1 byte), version of the data key (1 byte), nonce
// (24), cipher text with its tag (16 more than the plain text).
const (
	format      = 1
	headerBytes = 2 + nonceBytes
	tagBytes    = 16
	maxVersion  = 255
	// Overhead is how much longer than the plain text a sealed blob is, in bytes.
	Overhead = headerBytes + tagBytes
)

// currentFor is how long a node goes on sealing under a version after another
// node has rotated the family.
const currentFor = time.Minute

// dataKey is one version of a family's key, wrapped.
type dataKey struct {
	ID        string    `bson:"_id"` // family + ":" + version
	Family    string    `bson:"family"`
	Version   int       `bson:"version"`
	Wrapped   []byte    `bson:"wrapped"` // nonce and cipher text, under the master key
	Master    string    `bson:"master"`  // fingerprint of the master key
	CreatedAt time.Time `bson:"created_at"`
}

var dataKeys = store.Declare[dataKey](store.Schema{
	Name: "data_keys", Global: true,
	Indexes: []store.Index{{Fields: []string{"family", "-version"}, Unique: true}},
})

// Schemas declares the collection of data keys.
func Schemas() []*store.Schema { return []*store.Schema{dataKeys.Schema()} }

// Vault seals and opens. It is safe for use by many goroutines.
type Vault struct {
	db  *store.DB
	now func() time.Time

	mu       sync.RWMutex
	master   MasterKey
	keys     map[string]*xaes   // by id of the data key
	currents map[string]current // by family
}

type current struct {
	version int
	until   time.Time
}

// New opens a vault with its master key. Check says whether it is the right one.
func New(db *store.DB, master MasterKey, now func() time.Time) *Vault {
	return &Vault{db: db, master: master, now: now, keys: map[string]*xaes{}, currents: map[string]current{}}
}

// Used says whether anything was ever sealed in a store: if so, only the master
// key of then will do, and a new one must not be made.
func Used(ctx context.Context, db *store.DB) (bool, error) {
	_, err := dataKeys.Across(db).First(ctx, store.Query{})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("vault: %w", err)
	}
	return true, nil
}

// Check unwraps every data key. Do it at start: a wrong master key should not
// come to light when the first customer writes. Errors: ErrWrongMaster.
func (v *Vault) Check(ctx context.Context) error {
	for key, err := range dataKeys.Across(v.db).Each(ctx, store.Query{}) {
		if err != nil {
			return fmt.Errorf("vault: %w", err)
		}
		if _, err := v.unwrap(key); err != nil {
			return err
		}
	}
	return nil
}

// Seal encrypts plain for one record of a family.
func (v *Vault) Seal(ctx context.Context, family, record string, plain []byte) ([]byte, error) {
	version, err := v.current(ctx, family)
	if err != nil {
		return nil, err
	}
	key, err := v.key(ctx, family, version)
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, headerBytes, Overhead+len(plain))
	sealed[0], sealed[1] = format, byte(version)
	rand.Read(sealed[2:headerBytes])
	return key.seal(sealed, sealed[2:headerBytes], plain, bound(family, record))
}

// Open decrypts what Seal made for the same record.
// Errors: ErrSealed, ErrWrongMaster.
func (v *Vault) Open(ctx context.Context, family, record string, sealed []byte) ([]byte, error) {
	version, ok := versionOf(sealed)
	if !ok {
		return nil, ErrSealed
	}
	key, err := v.key(ctx, family, version)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrSealed
	}
	if err != nil {
		return nil, err
	}
	plain, err := key.open(sealed[2:headerBytes], sealed[headerBytes:], bound(family, record))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Renew seals again, under the family's current key, what was sealed under an
// older one. renewed is false, and sealed comes back, if there is no need.
func (v *Vault) Renew(ctx context.Context, family, record string, sealed []byte) (fresh []byte, renewed bool, err error) {
	version, ok := versionOf(sealed)
	if !ok {
		return nil, false, ErrSealed
	}
	newest, err := v.current(ctx, family)
	if err != nil || version == newest {
		return sealed, false, err
	}
	plain, err := v.Open(ctx, family, record, sealed)
	if err != nil {
		return nil, false, err
	}
	fresh, err = v.Seal(ctx, family, record, plain)
	return fresh, err == nil, err
}

// Rotate gives a family a new data key. What was sealed before still opens;
// its owners Renew it at leisure. Other nodes follow within a minute.
func (v *Vault) Rotate(ctx context.Context, family string) error {
	newest, err := v.newest(ctx, family)
	if err != nil {
		return err
	}
	return v.add(ctx, family, newest+1)
}

// ChangeMaster wraps all data keys anew, under another master key, and goes on
// with that. It may be repeated after a crash. Other nodes must be stopped.
func (v *Vault) ChangeMaster(ctx context.Context, master MasterKey) error {
	for key, err := range dataKeys.Across(v.db).Each(ctx, store.Query{}) {
		if err != nil {
			return fmt.Errorf("vault: %w", err)
		}
		if key.Master == master.fingerprint() {
			continue // done before the crash
		}
		plain, err := v.unwrap(key)
		if err != nil {
			return err
		}
		wrapped, err := wrap(master, key.ID, plain)
		if err != nil {
			return err
		}
		err = dataKeys.Across(v.db).Update(ctx, key.ID,
			store.Set("wrapped", wrapped).Set("master", master.fingerprint()), store.Eq("master", key.Master))
		if err != nil {
			return fmt.Errorf("vault: wrap %s anew: %w", key.ID, err)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.master = master
	return nil
}

// versionOf reads the header of a blob.
func versionOf(sealed []byte) (version int, ok bool) {
	if len(sealed) < Overhead || sealed[0] != format || sealed[1] == 0 {
		return 0, false
	}
	return int(sealed[1]), true
}

// bound is what ties a blob to its place. The length keeps ("a", "bc") apart
// from ("ab", "c").
func bound(family, record string) []byte {
	return []byte(strconv.Itoa(len(family)) + ":" + family + ":" + record)
}
