package shop

import (
	"context"
	"errors"
	"slices"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/address"
	"plaza/store"
)

// maxAddresses bounds an address book.
const maxAddresses = 20

// The faults of address books.
var (
	ErrNoAddress        = fault.New(fault.NotFound, "address_not_found", "There is no such address.")
	ErrTooManyAddresses = fault.New(fault.Conflict, "too_many_addresses", "You can keep at most {0} addresses. Please delete one first.", maxAddresses)
)

// SavedAddress is an entry of somebody's address book.
type SavedAddress struct {
	ID              string `bson:"id" json:"id"`
	address.Address `bson:",inline"`
	Default         bool `bson:"-" json:"default"` // chosen unless another is
}

// addressBook is a subscriber's. Orders keep a copy of what was chosen, so that
// an entry can be changed or deleted at any time.
type addressBook struct {
	ID      string         `bson:"_id"` // subscriber id
	Account string         `bson:"account"`
	Entries []SavedAddress `bson:"entries"`
	Default string         `bson:"default"`
	Version int64          `bson:"version"`
}

var addressBooks = store.Declare[addressBook](store.Schema{Name: "address_books"})

// Addresses are a person's, whatever channel they were written down on; the
// default comes first.
func (s *Service) Addresses(ctx context.Context, person message.Person) ([]SavedAddress, error) {
	books, err := s.booksOf(ctx, person)
	if err != nil {
		return nil, err
	}
	var all []SavedAddress
	for _, book := range books {
		for _, entry := range book.Entries {
			entry.Default = entry.ID == book.Default && !slices.ContainsFunc(all, func(a SavedAddress) bool { return a.Default })
			all = append(all, entry)
		}
	}
	slices.SortStableFunc(all, func(a, b SavedAddress) int {
		switch {
		case a.Default == b.Default:
			return 0
		case a.Default:
			return -1
		}
		return 1
	})
	return all, nil
}

// booksOf are the books of all who are this person, their own first.
func (s *Service) booksOf(ctx context.Context, person message.Person) ([]addressBook, error) {
	all, err := s.linked(ctx, person)
	if err != nil {
		return nil, err
	}
	books, err := addressBooks.In(s.DB, person.Account).GetMany(ctx, all...)
	slices.SortStableFunc(books, func(a, b addressBook) int { return slices.Index(all, a.ID) - slices.Index(all, b.ID) })
	return books, err
}

// SaveAddress adds an address (no id) or changes one. The first is the default.
// Errors: the faults of addresses, ErrNoAddress, ErrTooManyAddresses.
func (s *Service) SaveAddress(ctx context.Context, person message.Person, id string, given address.Address, makeDefault bool) (SavedAddress, error) {
	if err := given.Check(); err != nil {
		return SavedAddress{}, err
	}
	saved := SavedAddress{ID: id, Address: given}
	keep := func(book *addressBook) error {
		i := slices.IndexFunc(book.Entries, func(entry SavedAddress) bool { return entry.ID == saved.ID })
		if i < 0 {
			if len(book.Entries) >= maxAddresses {
				return ErrTooManyAddresses
			}
			book.Entries = append(book.Entries, saved)
		} else {
			book.Entries[i] = saved
		}
		if makeDefault || len(book.Entries) == 1 {
			book.Default = saved.ID
		}
		return nil
	}
	if id == "" {
		saved.ID = store.FreshID(ctx, "address")
		return saved, s.changeBook(ctx, person.Account, person.ID, keep)
	}
	owner, err := s.ownerOf(ctx, person, id)
	if err != nil {
		return SavedAddress{}, err
	}
	return saved, s.changeBook(ctx, person.Account, owner, keep)
}

// DefaultAddress makes an address the one that is chosen by itself.
func (s *Service) DefaultAddress(ctx context.Context, person message.Person, id string) error {
	return s.inBook(ctx, person, id, func(book *addressBook) { book.Default = id })
}

// DeleteAddress forgets an address. Orders that it was chosen for keep it.
func (s *Service) DeleteAddress(ctx context.Context, person message.Person, id string) error {
	return s.inBook(ctx, person, id, func(book *addressBook) {
		book.Entries = slices.DeleteFunc(book.Entries, func(entry SavedAddress) bool { return entry.ID == id })
		if book.Default == id {
			book.Default = ""
			if len(book.Entries) > 0 {
				book.Default = book.Entries[0].ID
			}
		}
	})
}

func (s *Service) inBook(ctx context.Context, person message.Person, id string, change func(*addressBook)) error {
	owner, err := s.ownerOf(ctx, person, id)
	if err != nil {
		return err
	}
	return s.changeBook(ctx, person.Account, owner, func(book *addressBook) error { change(book); return nil })
}

// ownerOf finds whose book an address is in. Errors: ErrNoAddress.
func (s *Service) ownerOf(ctx context.Context, person message.Person, id string) (string, error) {
	books, err := s.booksOf(ctx, person)
	if err != nil {
		return "", err
	}
	for _, book := range books {
		if slices.ContainsFunc(book.Entries, func(entry SavedAddress) bool { return entry.ID == id }) {
			return book.ID, nil
		}
	}
	return "", ErrNoAddress
}

// changeBook reads, changes and writes under the version it has read.
func (s *Service) changeBook(ctx context.Context, account, owner string, change func(*addressBook) error) error {
	scope := addressBooks.In(s.DB, account)
	for {
		book, _, err := scope.InsertIfAbsent(ctx, addressBook{ID: owner, Account: account, Entries: []SavedAddress{}})
		if err != nil {
			return err
		}
		if err := change(&book); err != nil {
			return err
		}
		err = scope.Update(ctx, owner, store.Set("entries", book.Entries).Set("default", book.Default).Inc("version", 1),
			store.Eq("version", book.Version))
		if !errors.Is(err, store.ErrConditionFailed) {
			return err
		}
	}
}
