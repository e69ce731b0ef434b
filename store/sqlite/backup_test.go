package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/sqlite"
)

func TestBackupIsOneInstantOfARunningStore(t *testing.T) {
	t.Parallel()
	folder, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	db := store.New(openEngine(t, folder))
	if err := db.Prepare(t.Context(), journal.Schema()); err != nil {
		t.Fatal(err)
	}
	entries := journal.In(db, "a")
	write := func(number int) {
		if err := entries.Insert(t.Context(), entry{fmt.Sprintf("0/%d", number), "a", 0, number}); err != nil {
			t.Error(err)
		}
	}
	for number := range 200 {
		write(number)
	}
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for number := 200; ; number++ {
			select {
			case <-stop:
				return
			default:
				write(number)
			}
		}
	})
	if err := sqlite.Backup(folder, backup); err != nil {
		t.Fatal(err)
	}
	close(stop)
	writing.Wait()

	restored := restore(t, backup)
	if said, err := restored.Restored(t.Context()); err != nil || !said {
		t.Errorf("restored %t, error %v", said, err)
	}
	checkJournal(t, journal.In(restored, "a"), []string{"0/0", "0/199"})
}

func restore(t *testing.T, backup string) *store.DB {
	t.Helper()
	folder := t.TempDir()
	if err := sqlite.Restore(t.Context(), backup, folder, time.UnixMilli(1)); err != nil {
		t.Fatal(err)
	}
	db := store.New(openEngine(t, folder))
	if err := db.Prepare(t.Context(), journal.Schema()); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestBackupAndRestoreOverwriteNothing(t *testing.T) {
	t.Parallel()
	folder, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	openEngine(t, folder)
	if err := sqlite.Backup(folder, backup); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Backup(folder, backup); !errors.Is(err, os.ErrExist) {
		t.Errorf("backup over a backup: %v", err)
	}
	if err := sqlite.Restore(t.Context(), backup, folder, time.UnixMilli(1)); !errors.Is(err, os.ErrExist) {
		t.Errorf("restored over data: %v", err)
	}
	if err := sqlite.Backup(t.TempDir(), backup+"2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("backup of nothing: %v", err)
	}
}

func TestDamagedBackupIsNotRestored(t *testing.T) {
	t.Parallel()
	damaged, folder := filepath.Join(t.TempDir(), "backup.db"), t.TempDir()
	if err := os.WriteFile(damaged, []byte("not a database at all, but long enough to look at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Restore(t.Context(), damaged, folder, time.UnixMilli(1)); err == nil {
		t.Error("restored")
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("the folder holds %v, error %v", left, err)
	}
}
