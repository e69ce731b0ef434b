package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"plaza/store"
)

// Backup copies the database of a data folder, as it is at one instant, into a
// new file. The program that uses the folder may go on writing meanwhile.
func Backup(folder, destination string) error {
	file := filepath.Join(folder, FileName)
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	// Made here, empty, so that its mode is ours and no older file is lost.
	made, err := os.OpenFile(destination, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	if err := made.Close(); err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	err = vacuumInto(file, destination)
	if err == nil {
		err = syncFile(destination)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("sqlite: backup: %w", err), os.Remove(destination))
	}
	return nil
}

func vacuumInto(file, destination string) error {
	c, err := open(file, 2<<10)
	if err != nil {
		return err
	}
	_, err = c.exec("VACUUM INTO ?", destination)
	return errors.Join(err, c.close())
}

func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Restore makes a data folder from a backup and marks it as restored. It
// refuses a folder that holds a database already.
func Restore(ctx context.Context, backup, folder string, at time.Time) error {
	target := filepath.Join(folder, FileName)
	if _, err := os.Stat(target); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("sqlite: restore: %s holds a database already: %w", folder, os.ErrExist)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("sqlite: restore: %w", err)
	}
	// The name it is to have only once it is whole and marked.
	partial, err := os.MkdirTemp(folder, "restoring-")
	if err != nil {
		return fmt.Errorf("sqlite: restore: %w", err)
	}
	err = restoreInto(ctx, backup, partial, at)
	if err == nil {
		err = os.Rename(filepath.Join(partial, FileName), target)
	}
	if err != nil {
		err = fmt.Errorf("sqlite: restore: %w", err)
	}
	return errors.Join(err, os.RemoveAll(partial))
}

func restoreInto(ctx context.Context, backup, folder string, at time.Time) error {
	if err := copyFile(backup, filepath.Join(folder, FileName)); err != nil {
		return err
	}
	if err := checkIntegrity(filepath.Join(folder, FileName)); err != nil {
		return err
	}
	engine, err := Open(folder, Options{})
	if err != nil {
		return err
	}
	db := store.New(engine)
	err = db.Prepare(ctx)
	if err == nil {
		err = db.MarkRestored(ctx, at)
	}
	return errors.Join(err, db.Close()) // the last connection folds the log into the file
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.Join(err, source.Close())
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close(), source.Close())
}

// checkIntegrity refuses a file that is damaged or no database.
func checkIntegrity(file string) error {
	c, err := open(file, 2<<10)
	if err != nil {
		return err
	}
	var verdict string
	err = c.query("PRAGMA integrity_check(1)", func(row []driver.Value) (bool, error) {
		verdict, _ = row[0].(string)
		return false, nil
	})
	if err == nil && verdict != "ok" {
		err = fmt.Errorf("the file is damaged: %s", verdict)
	}
	return errors.Join(err, c.close())
}
