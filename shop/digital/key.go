package digital

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/store"
)

// key is one of a list. Its id is a digest of it, so that a list that is entered
// twice does not sell a key twice.
type key struct {
	ID      string `bson:"_id"`
	Account string `bson:"account"`
	Variant string `bson:"variant"`
	Sealed  []byte `bson:"sealed"`
	// Holder is which piece of which purchase has it; empty: nobody.
	Holder string `bson:"holder"`
}

var keys = store.Declare[key](store.Schema{Name: "digital_keys", Indexes: []store.Index{
	{Fields: []string{"variant", "holder"}},
}})

// keyFamily is what the vault calls keys.
const keyFamily = "digital_keys"

// ReadKeys parts a list as members paste it, one key a line, repeated ones once.
// Errors: ErrKeys.
func ReadKeys(text string) ([]string, error) {
	var list []string
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || seen[line] {
			continue
		}
		if utf8.RuneCountInString(line) > maxKey || !utf8.ValidString(line) || len(list) == MaxKeys {
			return nil, ErrKeys.In("keys")
		}
		seen[line] = true
		list = append(list, line)
	}
	if len(list) == 0 {
		return nil, ErrKeys.In("keys")
	}
	return list, nil
}

// AddKeys adds keys of a variant, and tells how many of them are new.
func (g *Goods) AddKeys(ctx context.Context, account, variant string, list []string) (added int, err error) {
	for batch := range slices.Chunk(list, 500) {
		documents := make([]key, len(batch))
		for i, each := range batch {
			digest := sha256.Sum256([]byte(account + "\x00" + variant + "\x00" + each))
			id := hex.EncodeToString(digest[:])
			sealed, err := g.Sealer.Seal(ctx, keyFamily, id, []byte(each))
			if err != nil {
				return added, fmt.Errorf("digital: seal a key: %w", err)
			}
			documents[i] = key{ID: id, Account: account, Variant: variant, Sealed: sealed}
		}
		inserted, err := keys.In(g.DB, account).InsertMany(ctx, documents)
		added += inserted
		if err != nil {
			return added, err
		}
	}
	return added, nil
}

// take finds the key of one piece of a purchase, or gives it one. Two nodes that
// give the same piece at once may take two; which of them counts the grant says,
// and the other goes back. Errors: ErrOutOfKeys.
func (g *Goods) take(ctx context.Context, account, variant, holder string) (key, error) {
	scope := keys.In(g.DB, account)
	taken, err := scope.First(ctx, store.Where(store.Eq("variant", variant), store.Eq("holder", holder)))
	if !errors.Is(err, store.ErrNotFound) {
		return taken, err
	}
	taken, err = scope.FindAndUpdate(ctx, store.Where(store.Eq("variant", variant), store.Eq("holder", "")), store.Set("holder", holder))
	if errors.Is(err, store.ErrNotFound) {
		return key{}, ErrOutOfKeys
	}
	return taken, err
}

// leave gives keys back that a piece holds beside the one that counts.
func (g *Goods) leave(ctx context.Context, account, variant, holder, but string) error {
	scope := keys.In(g.DB, account)
	held, _, err := scope.Find(ctx, store.Where(store.Eq("variant", variant), store.Eq("holder", holder)))
	if err != nil {
		return err
	}
	for _, each := range held {
		if each.ID == but {
			continue
		}
		err := scope.Update(ctx, each.ID, store.Set("holder", ""), store.Eq("holder", holder))
		if err != nil && !errors.Is(err, store.ErrConditionFailed) {
			return err
		}
	}
	return nil
}
