package risk

import (
	"context"
	"errors"
	"sync"
	"time"

	"plaza/store"
)

// keptModel is a model in the store.
type keptModel struct {
	ID      string    `bson:"_id"` // the account
	Account string    `bson:"account"`
	Version int64     `bson:"version"`
	Model   *Model    `bson:"model"`
	SavedAt time.Time `bson:"saved_at"`
}

// minds are the models of the accounts that this node has to do with. A model
// learns in memory; what it has learned since it was last read is added to what
// the store has then, so nodes take up one another's learning. A crash loses
// what a few seconds taught.
type minds struct {
	db   *store.DB
	now  func() time.Time
	mu   sync.Mutex
	open map[string]*mind
}

// mind is one account's model on this node.
type mind struct {
	mu      sync.Mutex
	account string
	model   *Model // as it is now
	since   *Model // as it was when it was read or saved
	used    time.Time
	read    time.Time
}

const (
	// mostMinds bounds the memory: about 16 KB each.
	mostMinds = 4096
	// refresh is how soon a node learns what others have learned.
	refresh = 30 * time.Second
)

// with lets do look at an account's model, or change it.
func (m *minds) with(ctx context.Context, account string, do func(*Model)) error {
	one, err := m.of(ctx, account)
	if err != nil {
		return err
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	one.used = m.now()
	do(one.model)
	return nil
}

func (m *minds) of(ctx context.Context, account string) (*mind, error) {
	m.mu.Lock()
	found := m.open[account]
	m.mu.Unlock()
	if found != nil {
		return found, nil
	}
	kept, err := m.load(ctx, account)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if found := m.open[account]; found != nil {
		return found, nil // somebody read it at the same time
	}
	if m.open == nil {
		m.open = map[string]*mind{}
	}
	made := &mind{account: account, model: kept.Model, since: kept.Model.Clone(), read: m.now()}
	m.open[account] = made
	return made, nil
}

// load reads a model; a new one where there is none, or one of an older version
// of the program that looked at other signals.
func (m *minds) load(ctx context.Context, account string) (keptModel, error) {
	kept, err := models.In(m.db, account).Get(ctx, account)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return keptModel{ID: account, Account: account, Model: NewModel()}, nil
	case err != nil:
		return kept, err
	case kept.Model == nil || !kept.Model.fits():
		kept.Model = NewModel()
	}
	return kept, nil
}

// save brings all models and the store together, and lets go of those that
// nobody asked for in a while when there are too many.
func (m *minds) save(ctx context.Context) error {
	m.mu.Lock()
	all := make([]*mind, 0, len(m.open))
	for _, one := range m.open {
		all = append(all, one)
	}
	crowded := len(all) > mostMinds
	m.mu.Unlock()
	var failed []error
	for _, one := range all {
		if err := m.meet(ctx, one); err != nil {
			failed = append(failed, err)
			continue
		}
		one.mu.Lock()
		idle := m.now().Sub(one.used) > 10*time.Minute
		one.mu.Unlock()
		if crowded && idle {
			m.mu.Lock()
			delete(m.open, one.account)
			m.mu.Unlock()
		}
	}
	return errors.Join(failed...)
}

// meet adds what this node learned to what the store has, and takes up what is
// there. While it writes, others may go on learning.
func (m *minds) meet(ctx context.Context, one *mind) error {
	for {
		one.mu.Lock()
		learned := one.model.Total != one.since.Total || one.model.Labels != one.since.Labels
		due := m.now().Sub(one.read) >= refresh
		snapshot := one.model.Clone()
		one.mu.Unlock()
		if !learned && !due {
			return nil
		}
		kept, err := m.load(ctx, one.account)
		if err != nil {
			return err
		}
		together := kept.Model.Clone()
		snapshot.Merge(one.since, together)
		if learned {
			err = m.write(ctx, kept, together)
			if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrDuplicate) {
				continue // another node was faster: add to what it wrote
			}
			if err != nil {
				return err
			}
		}
		one.mu.Lock()
		now := together.Clone()
		one.model.Merge(snapshot, now) // learned while we wrote
		one.model, one.since, one.read = now, together, m.now()
		one.mu.Unlock()
		return nil
	}
}

func (m *minds) write(ctx context.Context, kept keptModel, model *Model) error {
	collection := models.In(m.db, kept.Account)
	if kept.Version == 0 {
		return collection.Insert(ctx, keptModel{ID: kept.ID, Account: kept.Account, Version: 1, Model: model, SavedAt: m.now()})
	}
	return collection.Update(ctx, kept.ID, store.Set("model", model).Set("version", kept.Version+1).
		Set("saved_at", m.now()), store.Eq("version", kept.Version))
}
