package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"plaza/store"
	"plaza/store/sqlite"
)

// writerFolder, when set, makes the test binary a program that writes into that
// folder until it is killed.
const writerFolder = "PLAZA_TEST_WRITER_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(writerFolder); folder != "" {
		writeUntilKilled(folder)
	}
	os.Exit(m.Run())
}

type entry struct {
	ID      string `bson:"_id"`
	Account string `bson:"account"`
	Worker  int    `bson:"worker"`
	Number  int    `bson:"number"`
}

var journal = store.Declare[entry](store.Schema{Name: "journal", Indexes: []store.Index{{Fields: []string{"worker", "number"}}}})

// page is what the diary has of one commit: the keys of the entries it made.
type page struct {
	ID      string   `bson:"_id"`
	Entries []string `bson:"entries"`
}

var pages = store.Declare[page](store.Schema{Name: "pages", Global: true})

// keeper is a chronicle that notes keys.
type keeper struct{ db *store.DB }

func (k *keeper) Write(notes []any) []store.Operation {
	written := page{ID: store.NewID()}
	for _, note := range notes {
		written.Entries = append(written.Entries, note.(string))
	}
	return []store.Operation{pages.Across(k.db).Inserting(written)}
}

func (*keeper) Written(error) {}

func writeUntilKilled(folder string) {
	engine, err := sqlite.Open(folder, sqlite.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	db := store.New(engine)
	background := context.Background()
	diary := &keeper{db}
	if err := db.Prepare(background, journal.Schema(), pages.Schema()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var all sync.WaitGroup
	var out sync.Mutex
	for worker := range 16 {
		all.Go(func() {
			for number := 0; ; number++ {
				document := entry{fmt.Sprintf("%d/%d", worker, number), "a", worker, number}
				_, err := db.Apply(background, journal.In(db, "a").Inserting(document), store.Noting(diary, document.ID, 100))
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(document.ID) // acknowledged
				out.Unlock()
			}
		})
	}
	all.Wait()
}

func TestAcknowledgedWritesSurviveAKill(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var acknowledged []string
	for round := 1; round <= 3; round++ {
		acknowledged = append(acknowledged, killedWriter(t, filepath.Join(folder, fmt.Sprint(round)), 300*round)...)
		db := store.New(openEngine(t, filepath.Join(folder, fmt.Sprint(round))))
		if err := db.Prepare(t.Context(), journal.Schema(), pages.Schema()); err != nil {
			t.Fatal(err)
		}
		checkJournal(t, journal.In(db, "a"), acknowledged)
		checkDiary(t, db)
		acknowledged = nil
	}
}

// killedWriter lets a program write, kills it once it has acknowledged so many
// writes, and returns all that it acknowledged.
func killedWriter(t *testing.T, folder string, enough int) []string {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), writerFolder+"="+folder)
	var trouble bytes.Buffer
	command.Stderr = &trouble
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	reader := bufio.NewReader(output)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			break // a line cut short was acknowledged too, but we cannot tell which
		}
		if lines = append(lines, strings.TrimSpace(line)); len(lines) == enough {
			if err := command.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := command.Wait(); !errors.As(err, &exit) || len(lines) < enough {
		t.Fatalf("the writer ended with %v after %d writes: %s", err, len(lines), trouble.String())
	}
	return lines
}

// checkJournal finds every acknowledged entry, by key and through the index,
// and the index without gaps.
func checkJournal(t *testing.T, entries store.Scoped[entry], acknowledged []string) {
	t.Helper()
	for _, id := range acknowledged {
		if _, err := entries.Get(t.Context(), id); err != nil {
			t.Errorf("acknowledged %s: %v", id, err)
		}
	}
	byIndex, byKey := 0, 0
	for worker := range 16 {
		next := 0
		for found, err := range entries.Each(t.Context(), store.Where(store.Eq("worker", worker))) {
			if err != nil {
				t.Fatal(err)
			}
			if found.Number != next {
				t.Errorf("worker %d: %d follows %d", worker, found.Number, next-1)
			}
			next, byIndex = found.Number+1, byIndex+1
		}
	}
	for _, err := range entries.Each(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		byKey++
	}
	if byIndex != byKey || byKey < len(acknowledged) {
		t.Errorf("%d entries by index, %d by key, %d acknowledged", byIndex, byKey, len(acknowledged))
	}
}

// checkDiary finds every entry in the diary, and nothing else.
func checkDiary(t *testing.T, db *store.DB) {
	t.Helper()
	noted := map[string]bool{}
	for written, err := range pages.Across(db).Each(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range written.Entries {
			noted[id] = true
		}
	}
	for found, err := range journal.In(db, "a").Each(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !noted[found.ID] {
			t.Errorf("entry %s is not in the diary", found.ID)
		}
		delete(noted, found.ID)
	}
	if len(noted) > 0 {
		t.Errorf("the diary tells of %d entries that are not there", len(noted))
	}
}

func TestFolderBelongsToOneProcess(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := openEngine(t, folder)
	if _, err := sqlite.Open(folder, sqlite.Options{}); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openEngine(t, folder)
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	db := store.New(openEngine(t, folder))
	if err := db.Prepare(t.Context(), journal.Schema()); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
