package e2e

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/app"
	"plaza/bot"
	"plaza/message"
	"plaza/store"
	"plaza/store/sqlite"
	"plaza/templates"
)

// folder is a program's data while no process has it: tests put people in, and
// look at what came of them.
type folder struct {
	*app.App
	t       testing.TB
	account string // the sample store's id
}

// openFolder opens a folder with the sample store in it. Nothing runs on it.
func openFolder(t testing.TB, data string) *folder {
	t.Helper()
	engine, err := sqlite.Open(data, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db := store.New(engine)
	if err := db.Prepare(t.Context(), app.Schemas()...); err != nil {
		t.Fatal(err)
	}
	key, err := vault.LoadMasterKey("", filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := templates.New(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	f := &folder{t: t, App: app.New(app.Options{
		DB:       db,
		Vault:    vault.New(db, key, time.Now),
		Renderer: renderer,
		Now:      time.Now,
		Logger:   slog.New(slog.DiscardHandler),
	})}
	found, err := f.Accounts.Accounts.FindBySlug(t.Context(), "corner")
	if err != nil {
		t.Fatal(err)
	}
	f.account = found.ID
	return f
}

// close lets a process have the folder again.
func (f *folder) close() {
	f.t.Helper()
	f.Bot.Wait()
	if err := errors.Join(f.Close(), f.DB.Close()); err != nil {
		f.t.Error(err)
	}
}

// mail counts, for every nth follower, the messages that campaigns have sent
// them.
func (f *folder) mail(nth int) map[string]int {
	f.t.Helper()
	counts := map[string]int{}
	for after := ""; ; {
		page, next, err := f.Bot.Subscribers().Recipients(f.t.Context(), f.account, bot.Audience{}, after, 500)
		if err != nil {
			f.t.Fatal(err)
		}
		for i, person := range page {
			if i%nth != 0 {
				continue
			}
			history, _, err := f.Bot.History(f.t.Context(), f.account, person.ID, "", 40)
			if err != nil {
				f.t.Fatal(err)
			}
			counts[person.ID] = 0
			for _, entry := range history {
				if entry.Author == bot.ByCampaign {
					counts[person.ID]++
				}
			}
		}
		if after = next; after == "" {
			return counts
		}
	}
}

// tell sums up mail: how many people have how many messages.
func tell(counts map[string]int) string {
	people := map[int]int{}
	for _, messages := range counts {
		people[messages]++
	}
	return fmt.Sprint(people)
}

// heard counts how often somebody has said a text.
func (f *folder) heard(channel, user, text string) int {
	f.t.Helper()
	count := 0
	for after := store.Cursor(""); ; {
		page, next, err := f.Bot.History(f.t.Context(), f.account, message.SubscriberID(f.account, channel, user), after, 200)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, entry := range page {
			if entry.In != nil && entry.In.Text == text {
				count++
			}
		}
		if after = next; after == "" {
			return count
		}
	}
}
