package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	if errors.Is(err, sqlite.ErrLocked) {
		err = fmt.Errorf("%w: stop the server or command that has it first (with MongoDB they may run side by side)", err)
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

// errNoKeyForMongoDB: a key made by one node would be unknown to the others.
var errNoKeyForMongoDB = errors.New("PLAZA_MASTER_KEY is needed with MongoDB, the same on every node: make one with 'openssl rand -base64 32' and keep it safe")

// openVault opens the secrets of a store with the key from the settings or, with
// the embedded database, from its file. That is made for a new store only: over
// data that another key has sealed, a new one would hide that the right one is missing.
func openVault(ctx context.Context, s *Settings, db *store.DB) (*vault.Vault, error) {
	if s.MongoDBURI != "" && s.MasterKey == "" {
		return nil, errNoKeyForMongoDB
	}
	path := filepath.Join(s.Data, masterKeyFile)
	put := "set PLAZA_MASTER_KEY to the one that you keep"
	if s.MongoDBURI == "" {
		put = fmt.Sprintf("put the one that you keep at %s (chmod 600), or set PLAZA_MASTER_KEY", path)
	}
	if _, err := os.Stat(path); s.MasterKey == "" && errors.Is(err, fs.ErrNotExist) {
		used, err := vault.Used(ctx, db)
		if err != nil {
			return nil, err
		}
		if used {
			return nil, fmt.Errorf("the master key that this data was sealed under is not here: %s", put)
		}
	}
	key, err := vault.LoadMasterKey(s.MasterKey, path)
	if err != nil {
		return nil, err
	}
	secrets := vault.New(db, key, time.Now)
	err = secrets.Check(ctx)
	if errors.Is(err, vault.ErrWrongMaster) {
		err = fmt.Errorf("%w: %s", err, put)
	}
	return secrets, err
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
	if s.MongoDBURI != "" && s.MasterKey == "" {
		return nil, errNoKeyForMongoDB // said before a store is prepared there
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
	secrets, err := openVault(ctx, s, db)
	if err != nil {
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
