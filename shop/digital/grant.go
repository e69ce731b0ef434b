package digital

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"plaza/store"
)

// Line is what one line of an order gets.
type Line struct {
	Number  int // of the line in its order
	Variant string
	Pieces  int
	Files   []string
	Keys    bool // of the variant's list, one a piece
	Limit   int  // downloads of each file
}

// Grant is what an order was given. Its keys are a map by piece, and what has
// been downloaded is counted by file.
type Grant struct {
	ID        string           `bson:"_id"` // order id
	Account   string           `bson:"account"`
	Keys      map[string]held  `bson:"keys"`      // by "line-piece"
	Files     map[string]int64 `bson:"files"`     // by file id: how often it may still be downloaded
	Downloads int64            `bson:"downloads"` // of all files
	Complete  bool             `bson:"complete"`
	Revoked   bool             `bson:"revoked"`
}

// held is a key that a piece has.
type held struct {
	ID     string `bson:"id"`
	Line   int    `bson:"line"`
	Sealed []byte `bson:"sealed"`
}

var grants = store.Declare[Grant](store.Schema{Name: "digital_grants"})

// Give gives an order's lines what they are for. It can be repeated, also after
// a crash halfway and on several nodes at once: every piece ends with one key,
// and the same. A file may be downloaded as often as the lines with it allow
// together. Errors: ErrOutOfKeys.
func (g *Goods) Give(ctx context.Context, account, order string, lines []Line) (Grant, error) {
	scope := grants.In(g.DB, account)
	fresh := Grant{ID: order, Account: account, Keys: map[string]held{}, Files: map[string]int64{}}
	for _, line := range lines {
		for _, file := range line.Files {
			fresh.Files[file] += int64(line.Limit)
		}
	}
	grant, _, err := scope.InsertIfAbsent(ctx, fresh)
	if err != nil || grant.Complete || grant.Revoked {
		return grant, err
	}
	for _, line := range lines {
		if !line.Keys {
			continue
		}
		for piece := range line.Pieces {
			if err := g.givePiece(ctx, grant, line, piece); err != nil {
				return grant, err
			}
		}
	}
	return scope.UpdateAndGet(ctx, order, store.Set("complete", true))
}

func (g *Goods) givePiece(ctx context.Context, grant Grant, line Line, piece int) error {
	at := strconv.Itoa(line.Number) + "-" + strconv.Itoa(piece)
	holder := grant.ID + "/" + at
	taken, err := g.take(ctx, grant.Account, line.Variant, holder)
	if err != nil {
		return err
	}
	scope, field := grants.In(g.DB, grant.Account), "keys."+at
	err = scope.Update(ctx, grant.ID, store.Set(field, held{ID: taken.ID, Line: line.Number, Sealed: taken.Sealed}), store.Exists(field, false))
	if err != nil && !errors.Is(err, store.ErrConditionFailed) {
		return err
	}
	now, err := scope.Get(ctx, grant.ID)
	if err != nil {
		return err
	}
	return g.leave(ctx, grant.Account, line.Variant, holder, now.Keys[at].ID)
}

// Grant is what an order was given. Errors: ErrNotYetGiven.
func (g *Goods) Grant(ctx context.Context, account, order string) (Grant, error) {
	grant, err := grants.In(g.DB, account).Get(ctx, order)
	if errors.Is(err, store.ErrNotFound) || err == nil && !grant.Complete && !grant.Revoked {
		return Grant{}, ErrNotYetGiven
	}
	return grant, err
}

// KeysOf are the keys that a line of an order has, in the order of its pieces;
// none once it is revoked.
func (g *Goods) KeysOf(ctx context.Context, grant Grant, line int) ([]string, error) {
	if grant.Revoked {
		return nil, nil
	}
	var texts []string
	for piece := 0; ; piece++ {
		found, ok := grant.Keys[strconv.Itoa(line)+"-"+strconv.Itoa(piece)]
		if !ok {
			return texts, nil
		}
		plain, err := g.Sealer.Open(ctx, keyFamily, found.ID, found.Sealed)
		if err != nil {
			return nil, fmt.Errorf("digital: open a key: %w", err)
		}
		texts = append(texts, string(plain))
	}
}

// Revoke takes a grant back: nothing is shown or downloaded any more. Keys that
// have been given are not sold again, because somebody has seen them.
func (g *Goods) Revoke(ctx context.Context, account, order string) error {
	_, _, err := grants.In(g.DB, account).InsertIfAbsent(ctx, Grant{ID: order, Account: account, Keys: map[string]held{}, Files: map[string]int64{}})
	if err != nil {
		return err
	}
	return grants.In(g.DB, account).Update(ctx, order, store.Set("revoked", true))
}

// Download counts a download and finds its file. Errors: ErrNotYetGiven,
// ErrRevoked, ErrUsedUp, ErrNoFile.
func (g *Goods) Download(ctx context.Context, account, order, file string) (File, error) {
	grant, err := g.Grant(ctx, account, order)
	if err != nil {
		return File{}, err
	}
	if grant.Revoked {
		return File{}, ErrRevoked
	}
	if _, given := grant.Files[file]; !given {
		return File{}, ErrNoFile
	}
	found, err := g.File(ctx, account, file)
	if err != nil {
		return File{}, err
	}
	left := "files." + file
	err = grants.In(g.DB, account).Update(ctx, order, store.Inc(left, -1).Inc("downloads", 1), store.Gte(left, int64(1)), store.Eq("revoked", false))
	if errors.Is(err, store.ErrConditionFailed) {
		if grant, err = g.Grant(ctx, account, order); err == nil && grant.Revoked {
			return File{}, ErrRevoked
		}
		return File{}, errors.Join(err, ErrUsedUp)
	}
	return found, err
}

// FileIDs are the files of a grant.
func (g Grant) FileIDs() []string {
	ids := make([]string, 0, len(g.Files))
	for id := range g.Files {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
