package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"plaza/account/vault"
	"plaza/store"
	"plaza/store/sqlite"
)

type backupCommand struct {
	File string `arg:"" help:"File to write. It must not exist."`
}

// Run writes an archive that both engines can load. It holds secrets only as
// they are stored, encrypted: whoever restores it needs the master key.
func (c backupCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	db, closeAll, err := openForBackup(ctx, s)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.Join(err, closeAll())
	}
	err = store.Dump(ctx, db, schemas(), time.Now(), file)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close(), closeAll())
	if err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	key := "PLAZA_MASTER_KEY"
	if s.MasterKey == "" && s.MongoDBURI == "" {
		key = filepath.Join(s.Data, masterKeyFile)
	}
	_, err = fmt.Fprintf(out, "written: %s\nSecrets in it stay encrypted: keep a copy of the master key (%s) too, in another place. Without it, this backup can't be used.\n",
		c.File, key)
	return err
}

type restoreCommand struct {
	File string `arg:"" type:"existingfile" help:"Backup to read."`
}

// Run fills the store and makes no master key: what a new one can't open would
// come to light only when the server starts. Which key is missing is said here.
func (c restoreCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	db, err := openStore(ctx, s, s.logger())
	if err != nil {
		return err
	}
	if err := store.Load(ctx, db, schemas(), time.Now(), file); err != nil {
		return errors.Join(err, db.Close())
	}
	used, err := vault.Used(ctx, db)
	var withoutKey error
	if err == nil && used {
		_, withoutKey = openVault(ctx, s, db)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "restored. Sending is paused until an owner resumes it in the console.")
	if err == nil && withoutKey != nil {
		_, err = fmt.Fprintf(out, "Before the server can start: %v.\n", withoutKey)
	}
	return err
}

// openForBackup opens what a backup reads: MongoDB itself, or a copy of the
// embedded database as it is at this instant, while the server goes on.
func openForBackup(ctx context.Context, s *Settings) (db *store.DB, closeAll func() error, err error) {
	if s.MongoDBURI != "" {
		db, err = openStore(ctx, s, s.logger())
		if err != nil {
			return nil, nil, err
		}
		return db, db.Close, nil
	}
	if err := s.storeIsThere(); err != nil {
		return nil, nil, err
	}
	folder, err := os.MkdirTemp(s.Data, "backup-")
	if err != nil {
		return nil, nil, err
	}
	remove := func() error { return os.RemoveAll(folder) }
	if err := sqlite.Backup(s.Data, filepath.Join(folder, sqlite.FileName)); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	copied := *s
	copied.Data = folder
	db, err = openStore(ctx, &copied, s.logger())
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return db, func() error { return errors.Join(db.Close(), remove()) }, nil
}
