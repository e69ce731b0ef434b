package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"plaza/account"
	"plaza/account/vault"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/broadcast"
	"plaza/live"
	"plaza/store"
	"plaza/store/sqlite"
	"plaza/templates"
)

// folder is a program's data while no process has it: tests put people in, and
// look at what came of them.
type folder struct {
	t       testing.TB
	db      *store.DB
	log     *live.Log
	account account.Account
	bot     *bot.Bot
	chat    *webchat.Service
}

// directory tells the bot of accounts.
type directory struct{ accounts *account.Accounts }

func (d directory) BotAccount(ctx context.Context, idOrSlug string) (bot.Account, error) {
	found, err := d.accounts.Find(ctx, idOrSlug)
	return bot.Account{ID: found.ID, Slug: found.Slug, Names: found.Names, Language: found.Language, Zone: time.UTC}, err
}

// openFolder opens the data of the sample store in a folder.
func openFolder(t testing.TB, data string) *folder {
	t.Helper()
	engine, err := sqlite.Open(data, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &folder{t: t, db: store.New(engine)}
	for _, schemas := range [][]*store.Schema{account.Schemas(), vault.Schemas(), live.Schemas(),
		bot.Schemas(), webchat.Schemas(), broadcast.Schemas()} {
		if err := f.db.Prepare(t.Context(), schemas...); err != nil {
			t.Fatal(err)
		}
	}
	key, err := vault.LoadMasterKey("", filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := templates.New(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	silence := slog.New(slog.DiscardHandler)
	accounts := account.New(account.Dependencies{DB: f.db, Now: time.Now, Logger: silence})
	f.log = live.NewLog(f.db, live.LogOptions{Now: time.Now, Logger: silence})
	f.bot = bot.New(bot.Dependencies{DB: f.db, Log: f.log, Sealer: vault.New(f.db, key, time.Now),
		Texts: renderer.Texts, Accounts: directory{accounts.Accounts},
		Channels: []bot.Channel{webchat.Channel{}}, Now: time.Now, Logger: silence})
	f.chat = webchat.New(f.db, f.bot, time.Now)
	if f.account, err = accounts.Accounts.FindBySlug(t.Context(), "corner"); err != nil {
		t.Fatal(err)
	}
	return f
}

// close lets a process have the folder again.
func (f *folder) close() {
	f.t.Helper()
	f.bot.Wait()
	if err := f.log.Close(); err != nil {
		f.t.Error(err)
	}
	if err := f.db.Close(); err != nil {
		f.t.Error(err)
	}
}

// crowd lets n people follow on the web chat.
func (f *folder) crowd(n int) {
	f.t.Helper()
	group, ctx := errgroup.WithContext(f.t.Context())
	group.SetLimit(256)
	for range n {
		group.Go(func() error {
			_, visitor, err := f.chat.Welcome(ctx, f.account.ID, "en")
			if err != nil {
				return err
			}
			_, err = f.chat.Follow(ctx, visitor, "")
			return err
		})
	}
	if err := group.Wait(); err != nil {
		f.t.Fatal(err)
	}
}

// mail counts, for every nth follower, the messages that campaigns have sent
// them.
func (f *folder) mail(nth int) map[string]int {
	f.t.Helper()
	counts := map[string]int{}
	for after := ""; ; {
		page, next, err := f.bot.Subscribers().Recipients(f.t.Context(), f.account.ID, bot.Audience{}, after, 500)
		if err != nil {
			f.t.Fatal(err)
		}
		for i, person := range page {
			if i%nth != 0 {
				continue
			}
			history, _, err := f.bot.History(f.t.Context(), f.account.ID, person.ID, "", 40)
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
