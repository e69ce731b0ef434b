package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"plaza/account"
	"plaza/account/vault"
	"plaza/api/rest"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/picture"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
	"plaza/store/mongodb"
	"plaza/store/sqlite"
	"plaza/templates"
)

// masterKeyFile is beside the embedded database when no key is set.
const masterKeyFile = "master.key"

// app is everything the program consists of, wired.
type app struct {
	settings *Settings
	logger   *slog.Logger
	now      func() time.Time
	testPay  bool // test money may be granted

	db        *store.DB
	renderer  *templates.Renderer
	vault     *vault.Vault
	accounts  *account.Service
	pictures  *picture.Pictures
	log       *live.Log
	bot       *bot.Bot
	webchat   *webchat.Service
	shop      *shop.Service
	wallet    *wallet.Wallet
	ledger    *ledger.Ledger
	codes     *qr.Codes
	broadcast *broadcast.Service
}

// schemas are all collections of the program.
func schemas() []*store.Schema {
	var all []*store.Schema
	for _, some := range [][]*store.Schema{
		account.Schemas(), vault.Schemas(), picture.Schemas(), live.Schemas(),
		bot.Schemas(), webchat.Schemas(), shop.Schemas(), broadcast.Schemas(),
		tokenSchemas(), rest.Schemas(),
	} {
		all = append(all, some...)
	}
	return all
}

// openStore opens the engine that the settings name and prepares it.
func openStore(ctx context.Context, s *Settings, logger *slog.Logger) (*store.DB, error) {
	var engine store.Engine
	var err error
	if s.MongoDBURI != "" {
		engine, err = mongodb.Open(ctx, s.MongoDBURI, mongodb.Options{Logger: logger})
	} else {
		engine, err = sqlite.Open(s.Data, sqlite.Options{Logger: logger})
	}
	if err != nil {
		return nil, err
	}
	db := store.New(engine)
	if err := db.Prepare(ctx, schemas()...); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// loadMasterKey takes the key from the settings or, with the embedded database,
// from its file.
func loadMasterKey(s *Settings) (vault.MasterKey, error) {
	if s.MongoDBURI != "" && s.MasterKey == "" {
		return vault.MasterKey{}, errors.New("PLAZA_MASTER_KEY is needed with MongoDB, the same on every node: make one with 'openssl rand -base64 32' and keep it safe")
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil && s.MasterKey == "" {
		return vault.MasterKey{}, err
	}
	return vault.LoadMasterKey(s.MasterKey, filepath.Join(s.Data, masterKeyFile))
}

// newApp opens the store and wires everything on it. Nothing runs yet.
func newApp(ctx context.Context, s *Settings, logger *slog.Logger) (*app, error) {
	key, err := loadMasterKey(s)
	if err != nil {
		return nil, err
	}
	db, err := openStore(ctx, s, logger)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	a := &app{settings: s, logger: logger, now: time.Now, db: db}
	a.vault = vault.New(db, key, a.now)
	if err := a.vault.Check(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if a.renderer, err = templates.New(a.now); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a.accounts = account.New(account.Dependencies{DB: db, Now: a.now, Logger: logger})
	a.pictures = picture.New(db, a.now)
	a.log = live.NewLog(db, live.LogOptions{Now: a.now, Logger: logger})
	return a, nil
}

// wire builds the domain packages on the foundations. They know one another
// only by the small interfaces that wiring.go fits to them.
func (a *app) wire() {
	texts, directory := a.renderer.Texts, directory{a.accounts.Accounts}
	outbox := &outbox{}
	a.ledger = ledger.New(a.db, a.now)
	a.wallet = wallet.New(a.ledger, a.testPay)
	a.shop = shop.New(shop.Dependencies{
		DB: a.db, Directory: directory, Sender: outbox, Log: a.log, Texts: texts,
		Balances: a.wallet, Providers: []pay.Provider{a.wallet},
		Links: shop.Links{Base: a.settings.publicURL()},
		Now:   a.now, Logger: a.logger,
	})
	a.bot = bot.New(bot.Dependencies{
		DB: a.db, Log: a.log, Sealer: a.vault, Texts: texts, Accounts: directory,
		Products: productCards{a.shop}, Orders: latestOrders{a.shop},
		Skills:   []bot.Skill{a.shop},
		Channels: []bot.Channel{webchat.Channel{}, a.wechat()},
		Now:      a.now, Logger: a.logger,
	})
	outbox.bot = a.bot
	a.webchat = webchat.New(a.db, a.bot, a.now)
	a.codes = qr.New(qr.Dependencies{
		DB: a.db, Zone: directory.Zone, Events: a.log, Coupons: couponTargets{a.shop, directory},
		Address: func(code string) string { return a.settings.publicURL() + "/q/" + code },
		Now:     a.now, Logger: a.logger,
	})
	a.broadcast = broadcast.New(broadcast.Dependencies{
		DB: a.db, Subscribers: audience{a.bot}, Renderer: filler{a.bot}, Sender: outbox,
		Bulk:     map[string]broadcast.BulkSender{webchat.Name: bulk{a.bot}},
		Accounts: directory, Codes: a.codes, Events: a.log, Restoration: a.db, Texts: texts,
		NoticeURL: func(id string) string { return a.settings.publicURL() + "/n/" + id },
		Now:       a.now, Logger: a.logger,
	})
	a.bot.Outcomes = outcomes{a.broadcast}
}

func (a *app) wechat() *wechat.Channel {
	return wechat.New(wechat.Options{
		PublicURL: a.settings.publicURL(),
		QRPicture: func(link string) string { return a.settings.publicURL() + qrPicturePath(link) },
		Images:    uploads{a.pictures, a.settings.publicURL()},
		API:       a.settings.WeChatAPI,
		Tokens:    sharedTokens{a.db, a.vault},
		Media:     sharedTokens{a.db, a.vault},
		Now:       a.now, Logger: a.logger,
	})
}

// start sets the workers going; they end when ctx does, and then the returned
// function waits for what is under way and gives leases back.
func (a *app) start(ctx context.Context) (stop func(context.Context) error) {
	var workers sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	workers.Go(func() { a.bot.Run(ctx, 4) })
	workers.Go(func() { a.shop.Run(ctx, time.Second) })
	workers.Go(func() { a.codes.Run(ctx) })
	workers.Go(func() { a.recoverLedger(ctx) })
	a.broadcast.Start(context.WithoutCancel(ctx))
	return func(limit context.Context) error {
		err := a.broadcast.Stop(limit)
		cancel()
		workers.Wait()
		a.bot.Wait()
		return err
	}
}

// recoverLedger finishes the transfers that a crash has left half done.
func (a *app) recoverLedger(ctx context.Context) {
	ticker := time.NewTicker(3 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := a.ledger.Recover(ctx); err != nil && ctx.Err() == nil {
				a.logger.Error("ledger: recover", "error", err)
			}
		}
	}
}

// close ends what newApp opened, in the opposite order.
func (a *app) close() error {
	return errors.Join(a.log.Close(), a.db.Close())
}
