package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"plaza/store"
)

// current is the version to seal under. A family's first use makes its key.
func (v *Vault) current(ctx context.Context, family string) (int, error) {
	now := v.now()
	v.mu.RLock()
	known, ok := v.currents[family]
	v.mu.RUnlock()
	if ok && now.Before(known.until) {
		return known.version, nil
	}
	version, err := v.newest(ctx, family)
	if err == nil && version == 0 {
		version, err = 1, v.add(ctx, family, 1)
	}
	if err != nil {
		return 0, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.currents[family] = current{version, now.Add(currentFor)}
	return version, nil
}

// newest looks up a family's highest version; 0: it has none.
func (v *Vault) newest(ctx context.Context, family string) (int, error) {
	query := store.Where(store.Eq("family", family)).By("-version")
	found, err := dataKeys.Across(v.db).First(ctx, query)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("vault: %w", err)
	}
	return found.Version, nil
}

// add makes one version of a family's key. Of several nodes that do it at once
// one succeeds, and all use that key.
func (v *Vault) add(ctx context.Context, family string, version int) error {
	if version > maxVersion {
		return ErrWornOut
	}
	var plain [keyBytes]byte
	rand.Read(plain[:])
	master := v.masterKey()
	id := keyID(family, version)
	wrapped, err := wrap(master, id, plain)
	if err != nil {
		return err
	}
	_, _, err = dataKeys.Across(v.db).InsertIfAbsent(ctx, dataKey{
		ID: id, Family: family, Version: version, Wrapped: wrapped,
		Master: master.fingerprint(), CreatedAt: v.now().UTC(),
	})
	if err != nil {
		return fmt.Errorf("vault: new key %s: %w", id, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.currents, family)
	return nil
}

// key finds a data key, in memory or unwrapping it. Data keys never change.
func (v *Vault) key(ctx context.Context, family string, version int) (*xaes, error) {
	id := keyID(family, version)
	v.mu.RLock()
	known, ok := v.keys[id]
	v.mu.RUnlock()
	if ok {
		return known, nil
	}
	stored, err := dataKeys.Across(v.db).Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	plain, err := v.unwrap(stored)
	if err != nil {
		return nil, err
	}
	opened, err := newXAES(&plain)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keys[id] = opened
	return opened, nil
}

func (v *Vault) masterKey() MasterKey {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.master
}

func (v *Vault) unwrap(key dataKey) (plain [keyBytes]byte, err error) {
	master := v.masterKey()
	if key.Master != master.fingerprint() {
		return plain, ErrWrongMaster
	}
	if len(key.Wrapped) != nonceBytes+keyBytes+tagBytes {
		return plain, fmt.Errorf("vault: key %s: %w", key.ID, ErrSealed)
	}
	cipher, err := newXAES(&master.key)
	if err != nil {
		return plain, fmt.Errorf("vault: %w", err)
	}
	opened, err := cipher.open(key.Wrapped[:nonceBytes], key.Wrapped[nonceBytes:], bound("data key", key.ID))
	if err != nil {
		return plain, fmt.Errorf("vault: key %s: %w", key.ID, ErrSealed)
	}
	copy(plain[:], opened)
	return plain, nil
}

func wrap(master MasterKey, id string, plain [keyBytes]byte) ([]byte, error) {
	cipher, err := newXAES(&master.key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	wrapped := make([]byte, nonceBytes, nonceBytes+keyBytes+tagBytes)
	rand.Read(wrapped)
	wrapped, err = cipher.seal(wrapped, wrapped[:nonceBytes], plain[:], bound("data key", id))
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return wrapped, nil
}

func keyID(family string, version int) string { return family + ":" + strconv.Itoa(version) }
