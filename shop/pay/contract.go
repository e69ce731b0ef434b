package pay

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// Contract is an account's own access to a provider: its merchant number and
// keys. It outlives being switched off, because refunds and money that comes
// late need it.
type Contract struct {
	ID       string `bson:"_id" json:"-"` // account + ":" + provider
	Account  string `bson:"account" json:"-"`
	Provider string `bson:"provider" json:"provider"`
	// Sealed are the merchant number and the keys, as JSON.
	Sealed  []byte `bson:"sealed" json:"-"`
	Enabled bool   `bson:"enabled" json:"enabled"` // new payments may use it
	// Problem says why the last check failed, by the code of its fault with what
	// stands in its sentence's blanks; empty when nothing is wrong.
	Problem     string     `bson:"problem,omitempty" json:"problem,omitempty"`
	ProblemArgs []string   `bson:"problem_args,omitempty" json:"-"`
	CheckedAt   *time.Time `bson:"checked_at,omitempty" json:"checked_at,omitempty"`
	// HeardAt is when the provider last notified us, to the minute.
	HeardAt   *time.Time `bson:"heard_at,omitempty" json:"heard_at,omitempty"`
	UpdatedAt time.Time  `bson:"updated_at" json:"updated_at"`
}

var contracts = store.Declare[Contract](store.Schema{Name: "payment_contracts", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

// Sealer encrypts the contracts' secrets at rest, bound to the record.
type Sealer interface {
	Seal(ctx context.Context, family, record string, plain []byte) ([]byte, error)
	Open(ctx context.Context, family, record string, sealed []byte) ([]byte, error)
}

// The faults of contracts.
var (
	ErrNoContract   = fault.New(fault.NotFound, "payment_contract_missing", "This account has not set up this way of paying.")
	ErrNoneNeeded   = fault.New(fault.Invalid, "payment_contract_needless", "This way of paying needs no settings.")
	ErrContractJSON = fault.New(fault.Invalid, "payment_contract_unreadable", "These payment settings can't be read.")
	ErrNoWayToPay   = fault.New(fault.Conflict, "payment_no_way", "There is no way to pay in this currency here.")
	errCheckFailed  = fault.New(fault.Unavailable, "payment_provider_answer", "The payment provider did not answer as expected.")
)

// DecodeContract reads a contract's JSON. Errors: ErrContractJSON.
func DecodeContract[T any](contract []byte) (T, error) {
	var decoded T
	if json.Unmarshal(contract, &decoded) != nil { // the cause may quote a secret
		return decoded, ErrContractJSON
	}
	return decoded, nil
}

const (
	sealedContract = "payment-contract"
	// contractAge is how long a node uses a contract it has read; a change on this
	// node counts at once.
	contractAge = 10 * time.Second
	maxContract = 32 << 10 // bytes of JSON: certificates and keys in PEM
)

// Contracts are the accounts' contracts with providers.
type Contracts struct{ service *Service }

// Contracts gives access to them.
func (s *Service) Contracts() Contracts { return Contracts{s} }

// Providers names the providers that a contract can be had with.
func (c Contracts) Providers() []string {
	var names []string
	for _, provider := range c.service.Providers {
		if _, ok := provider.(Contracted); ok {
			names = append(names, provider.Name())
		}
	}
	return names
}

// Fields are what a member types in for a provider. Errors: ErrNoProvider,
// ErrNoneNeeded.
func (c Contracts) Fields(provider string) ([]message.Field, error) {
	contracted, err := c.contracted(provider)
	if err != nil {
		return nil, err
	}
	return contracted.Fields(), nil
}

// Takes says whether money of a currency can be asked for by a provider.
func (c Contracts) Takes(provider, currency string) bool {
	contracted, err := c.contracted(provider)
	return err == nil && contracted.Takes(currency)
}

// Notifies says whether a provider tells us of payments.
func (c Contracts) Notifies(provider string) bool {
	silent, ok := c.service.providers[provider].(Silent)
	return !ok || !silent.Silent()
}

func (c Contracts) contracted(provider string) (Contracted, error) {
	found, ok := c.service.providers[provider]
	if !ok {
		return nil, ErrNoProvider
	}
	contracted, ok := found.(Contracted)
	if !ok {
		return nil, ErrNoneNeeded
	}
	return contracted, nil
}

// List finds an account's contracts.
func (c Contracts) List(ctx context.Context, account string) ([]Contract, error) {
	found, _, err := contracts.In(c.service.DB, account).Find(ctx, store.Query{})
	return found, err
}

// Get finds one. Errors: ErrNoContract.
func (c Contracts) Get(ctx context.Context, account, provider string) (Contract, error) {
	found, err := contracts.In(c.service.DB, account).Get(ctx, account+":"+provider)
	if errors.Is(err, store.ErrNotFound) {
		return Contract{}, ErrNoContract
	}
	return found, err
}

// Typed gives what was saved for the page that changes it, without secrets.
func (c Contracts) Typed(ctx context.Context, account, provider string) (message.Typed, error) {
	fields, err := c.Fields(provider)
	if err != nil {
		return message.Typed{}, err
	}
	kept, err := c.kept(ctx, account, provider)
	return message.Show(fields, kept), err
}

// Sign saves what was typed into a provider's page, and switches it on. An
// empty secret keeps what there is. Errors: what is wrong, field by field.
func (c Contracts) Sign(ctx context.Context, account, provider string, typed map[string]string) (Contract, error) {
	contracted, err := c.contracted(provider)
	if err != nil {
		return Contract{}, err
	}
	kept, err := c.kept(ctx, account, provider)
	if err != nil {
		return Contract{}, err
	}
	message.Fill(contracted.Fields(), kept, typed)
	plain, err := json.Marshal(kept)
	if err != nil {
		return Contract{}, err
	}
	if len(plain) > maxContract {
		return Contract{}, ErrContractJSON
	}
	if err := contracted.Validate(plain); err != nil {
		return Contract{}, err
	}
	return c.save(ctx, account, provider, plain)
}

func (c Contracts) save(ctx context.Context, account, provider string, plain []byte) (Contract, error) {
	s, id := c.service, account+":"+provider
	sealed, err := s.Sealer.Seal(ctx, sealedContract, id, plain)
	if err != nil {
		return Contract{}, err
	}
	defer s.contracts.forget(id)
	return contracts.In(s.DB, account).Upsert(ctx, id, store.Set("provider", provider).Set("sealed", sealed).
		Set("enabled", true).Set("updated_at", s.now()).Unset("problem", "problem_args", "checked_at"))
}

// kept are the saved values; empty without a contract.
func (c Contracts) kept(ctx context.Context, account, provider string) (map[string]any, error) {
	plain, err := c.service.contract(ctx, account, provider)
	if errors.Is(err, ErrNoContract) {
		return map[string]any{}, nil
	}
	if err != nil {
		return nil, err
	}
	return DecodeContract[map[string]any](plain)
}

// Enable switches a contract on or off for new payments. Those under way, and
// refunds, go on with it. Errors: ErrNoContract.
func (c Contracts) Enable(ctx context.Context, account, provider string, enabled bool) error {
	s := c.service
	err := contracts.In(s.DB, account).Update(ctx, account+":"+provider,
		store.Set("enabled", enabled).Set("updated_at", s.now()))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoContract
	}
	return err
}

// Check asks the provider whether the contract works and keeps the answer.
// Errors: ErrNoContract; that the provider refuses is no error but a Problem.
func (c Contracts) Check(ctx context.Context, account, provider string) (Contract, error) {
	contracted, err := c.contracted(provider)
	if err != nil {
		return Contract{}, err
	}
	s := c.service
	plain, err := s.contract(ctx, account, provider)
	if err != nil {
		return Contract{}, err
	}
	update := store.Set("checked_at", s.now()).Unset("problem", "problem_args")
	if err := contracted.Check(ctx, account, plain); err != nil {
		why, ok := errors.AsType[*fault.Error](err)
		if !ok {
			why = errCheckFailed
			s.Logger.WarnContext(ctx, "pay: check of a contract", "account", account, "provider", provider, "error", err)
		}
		update = store.Set("checked_at", s.now()).Set("problem", why.Code).Set("problem_args", why.Words())
	}
	return contracts.In(s.DB, account).UpdateAndGet(ctx, account+":"+provider, update)
}

// Offered names the ways of paying that an account has now for a currency, the
// first of which is the best to offer. Errors: ErrNoWayToPay if there is none.
func (s *Service) Offered(ctx context.Context, account, currency string) ([]string, error) {
	return s.offered(ctx, account, currency, nil)
}

func (s *Service) offered(ctx context.Context, account, currency string, rates []money.Rate) ([]string, error) {
	signed, err := s.Contracts().List(ctx, account)
	if err != nil {
		return nil, err
	}
	enabled := map[string]bool{}
	for _, contract := range signed {
		enabled[contract.Provider] = contract.Enabled
	}
	var names []string
	for _, provider := range s.Providers {
		contracted, ok := provider.(Contracted)
		if !ok || (enabled[provider.Name()] && takes(contracted, currency, rates)) {
			names = append(names, provider.Name())
		}
	}
	if len(names) == 0 {
		return nil, ErrNoWayToPay
	}
	return names, nil
}

// heard notes that a provider has notified us, for whoever sets it up just now.
func (s *Service) heard(ctx context.Context, account, provider string) {
	id, now := account+":"+provider, s.now()
	if !s.contracts.pass(id, now) {
		return
	}
	err := contracts.In(s.DB, account).Update(ctx, id, store.Set("heard_at", now))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Logger.WarnContext(ctx, "pay: notification not noted", "account", account, "provider", provider, "error", err)
	}
}

// contract opens an account's contract, switched on or not; nil for a provider
// that needs none. Errors: ErrNoContract.
func (s *Service) contract(ctx context.Context, account, provider string) ([]byte, error) {
	if _, ok := s.providers[provider].(Contracted); !ok {
		return nil, nil
	}
	id, now := account+":"+provider, s.now()
	if plain, ok := s.contracts.find(id, now); ok {
		return plain, nil
	}
	found, err := s.Contracts().Get(ctx, account, provider)
	if err != nil {
		return nil, err
	}
	plain, err := s.Sealer.Open(ctx, sealedContract, id, found.Sealed)
	if err != nil {
		return nil, err
	}
	s.contracts.keep(id, plain, now)
	return plain, nil
}

// contractCache keeps opened contracts for a moment, so that a notification
// costs no decryption.
type contractCache struct {
	mu    sync.Mutex
	open  map[string]openContract
	heard map[string]time.Time
}

type openContract struct {
	plain []byte
	at    time.Time
}

// maxCached bounds the cache; it is emptied when it is full.
const maxCached = 4096

func (c *contractCache) find(id string, now time.Time) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.open[id]
	return found.plain, ok && now.Sub(found.at) < contractAge
}

func (c *contractCache) keep(id string, plain []byte, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil || len(c.open) >= maxCached {
		c.open = map[string]openContract{}
	}
	c.open[id] = openContract{plain, now}
}

func (c *contractCache) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}

// pass says whether a minute has gone by since the last notification noted.
func (c *contractCache) pass(id string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.heard[id]) < time.Minute {
		return false
	}
	if c.heard == nil || len(c.heard) >= maxCached {
		c.heard = map[string]time.Time{}
	}
	c.heard[id] = now
	return true
}
