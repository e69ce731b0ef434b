package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"plaza/account/vault"
	"plaza/api/rest"
	"plaza/app"
	"plaza/shop/pay/risk"
	"plaza/shop/pay/risk/places"
	"plaza/shop/pay/wallet"
	"plaza/store"
	"plaza/store/mongodb"
	"plaza/store/sqlite"
	"plaza/templates"
)

// masterKeyFile is beside the embedded database when no key is set.
const masterKeyFile = "master.key"

// program is the app as the settings want it.
type program struct {
	*app.App
	settings *Settings
}

// schemas are all collections of the program.
func schemas() []*store.Schema { return append(app.Schemas(), rest.Schemas()...) }

// openStore opens the engine that the settings name and prepares it.
func openStore(ctx context.Context, s *Settings, logger *slog.Logger) (*store.DB, error) {
	return openStoreAs(ctx, s, sqlite.Options{Logger: logger})
}

// openStoreAs is openStore with the embedded engine as it is wanted.
func openStoreAs(ctx context.Context, s *Settings, embedded sqlite.Options) (*store.DB, error) {
	var engine store.Engine
	var err error
	if s.MongoDBURI != "" {
		engine, err = mongodb.Open(ctx, s.MongoDBURI, mongodb.Options{Logger: embedded.Logger})
	} else {
		engine, err = sqlite.Open(s.Data, embedded)
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

// storeIsThere is an error where the settings name a folder without an embedded
// database. Whether a MongoDB has one is not asked.
func (s *Settings) storeIsThere() error {
	if s.MongoDBURI != "" || hasStore(s.Data) {
		return nil
	}
	if hasStore(demoFolder(s)) {
		return fmt.Errorf("there is no store in %s; the demo's is in %s: say --data %[2]s", s.Data, demoFolder(s))
	}
	return fmt.Errorf("there is no store in %s: name its folder with --data or PLAZA_DATA ('plaza serve' or 'plaza account open' make a new one; a demo's is in the folder demo inside)", s.Data)
}

func hasStore(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, sqlite.FileName))
	return err == nil
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

// differences are what sets a demo's program apart; see app.Options.
type differences struct {
	testMoney bool
	mediaURL  string
	// past is the clock while the samples' past is filled in; nil: there is none.
	// What is written then is not flushed to the disk: a power cut in these seconds
	// costs samples.
	past func() time.Time
}

// open opens the store that the settings name and wires the program on it.
// Nothing runs yet.
func open(ctx context.Context, s *Settings, demo differences) (*program, error) {
	key, err := loadMasterKey(s)
	if err != nil {
		return nil, err
	}
	logger := s.logger()
	db, err := openStoreAs(ctx, s, sqlite.Options{Unflushed: demo.past != nil, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	now := time.Now
	if demo.past != nil {
		now = demo.past
	}
	secrets := vault.New(db, key, time.Now)
	if err := secrets.Check(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	renderer, err := templates.New(time.Now)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	known, err := s.places()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	ceilings, err := wallet.ReadCeilings(s.BalanceMost)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &program{settings: s, App: app.New(app.Options{
		Places: known, Ceilings: ceilings,
		DB: db, Vault: secrets, Renderer: renderer, PublicURL: s.publicURL(), WeChatAPI: s.WeChatAPI, LINEAPI: s.LINEAPI, TelegramAPI: s.TelegramAPI,
		KakaoAPI: s.KakaoAPI, KakaoDealerAPI: s.KakaoDealerAPI, WeChatPayAPI: s.WeChatPayAPI, KakaoPayAPI: s.KakaoPayAPI, MediaURL: demo.mediaURL,
		PrivateCallbacks: s.PrivateCallbacks, Push: app.PushOptions{Contact: s.PushContact}, TestMoney: demo.testMoney, Now: now, Logger: logger,
		AlipayGateway: s.AlipayGateway,
		RatesURL:      s.RatesURL,
		SignInHosts:   app.SignInHosts{WeChat: s.WeChatOpen, WeChatScripts: s.WeChatScripts, LINE: s.LINEAccess, Telegram: s.TelegramLogin},
	})}, nil
}

// places opens the city database, if there is one.
func (s *Settings) places() (risk.Places, error) {
	if s.PlacesFile == "" {
		return nil, nil
	}
	return places.Open(s.PlacesFile, time.Now)
}

// close ends what open opened, in the opposite order.
func (p *program) close() error { return errors.Join(p.Close(), p.DB.Close()) }
