package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"os"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"plaza/account"
	"plaza/account/vault"
	"plaza/api"
	"plaza/api/public"
	"plaza/api/web"
	"plaza/app"
	"plaza/bot"
	"plaza/broadcast"
	"plaza/live"
	"plaza/message"
	"plaza/store"
	"plaza/store/sqlite"
	"plaza/templates"
)

// soakPublicURL is where people would reach it.
const soakPublicURL = "https://soak.example"

// soaked is the program under test.
type soaked struct {
	*app.App
	plan    soakPlan
	account string

	mu      sync.Mutex
	posted  int // of the single messages, since this process began
	done    bool
	failure error
}

// openSoaked opens the program on the plan's folder, as main does.
func openSoaked(ctx context.Context, plan soakPlan) (*soaked, error) {
	if err := os.MkdirAll(plan.Folder, 0o700); err != nil {
		return nil, err
	}
	engine, err := sqlite.Open(plan.Folder, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	db := store.New(engine)
	if err := db.Prepare(ctx, app.Schemas()...); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	key, err := vault.LoadMasterKey("", plan.Folder+"/master.key")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	renderer, err := templates.New(plan.Clock.now)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &soaked{plan: plan}
	s.App = app.New(app.Options{DB: db, Vault: vault.New(db, key, plan.Clock.now), Renderer: renderer,
		PublicURL: soakPublicURL, WeChatAPI: plan.API, LINEAPI: plan.API, TelegramAPI: plan.API, KakaoAPI: plan.API, Now: plan.Clock.now,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))})
	return s, nil
}

func (s *soaked) close() error { return errors.Join(s.Close(), s.DB.Close()) }

// serveSoak is the program under test, with a door for the soak beside its own.
func serveSoak(ctx context.Context, out io.Writer) error {
	var plan soakPlan
	if err := json.Unmarshal([]byte(os.Getenv(planVariable)), &plan); err != nil {
		return fmt.Errorf("soak: plan: %w", err)
	}
	s, err := openSoaked(ctx, plan)
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	if err := s.connect(ctx); err != nil {
		return errors.Join(err, s.close())
	}
	surface := &web.Surface{Logger: s.Logger, Renderer: s.Renderer, Accounts: s.Accounts, Now: s.Now, PublicURL: s.PublicURL}
	hub := live.NewHub(s.Log, live.HubOptions{Authorize: public.Authorize(s.Accounts, s.Webchat, s.SignIn), Logger: s.Logger, Origins: []string{soakPublicURL}})
	outside, err := api.New(api.Options{Surface: surface, Webhooks: s.Bot.Webhooks(), Metrics: prometheus.NewRegistry(),
		Ready: func(context.Context) error { return nil }, Surfaces: []func(*gin.Engine){public.Mount(public.Options{
			Surface: surface, Bot: s.Bot, Chat: s.Webchat, Notify: s.Notify, SignIn: s.SignIn, Devices: s.Devices, Guests: s.Guests, Identity: s.Identity, Developer: s.Developer, Shop: s.Shop, Wallet: s.Wallet, Transfers: s.Transfers, Counter: s.Counter, Requests: s.Requests, Friends: s.Friends,
			Codes: s.Codes, Broadcast: s.Broadcast, Pictures: s.Pictures, Attachments: s.Attachments, Log: s.Log, Hub: hub})}})
	if err != nil {
		return errors.Join(err, s.close())
	}
	doors := http.NewServeMux()
	doors.Handle("/", outside)
	doors.HandleFunc("POST /soak/send", func(http.ResponseWriter, *http.Request) { go s.send(ctx) })
	doors.HandleFunc("GET /soak/state", s.tellState)
	doors.HandleFunc("POST /soak/roster", s.readRoster)
	doors.HandleFunc("GET /soak/roster", s.tellRoster)
	doors.HandleFunc("GET /debug/pprof/", pprof.Index)
	doors.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	stop := s.Start(ctx)
	err = serveChild(ctx, out, doors)
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return errors.Join(err, hub.Close(limit), stop(limit), s.close())
}

// connect opens the account and connects it, the first time.
func (s *soaked) connect(ctx context.Context) error {
	found, err := s.Accounts.Accounts.Find(ctx, loadAccount)
	if err == nil {
		s.account = found.ID
		return nil
	}
	owner, err := s.Accounts.Members.Create(ctx, account.NewMember{Email: "soak@plaza.example", Name: "Soak", Language: "en"})
	if err != nil {
		return err
	}
	opened, err := s.Accounts.Accounts.Create(ctx, account.NewAccount{Slug: loadAccount, Currency: "CNY",
		Profile: account.Profile{Kind: account.Merchant, Names: map[string]string{"en": "Soak"}, Language: "en", TimeZone: "UTC"},
	}, owner.ID, account.System("soak"))
	if err != nil {
		return err
	}
	s.account = opened.ID
	if string(s.plan.Connection) == "null" { // a channel of our own
		return nil
	}
	_, err = s.Bot.Connections().Save(ctx, s.account, s.plan.Channel, s.plan.Connection)
	return err
}

// send starts the campaigns, those that are not there yet, and posts everybody's
// single message, many at a time, under the same keys however often it is told
// to.
func (s *soaked) send(ctx context.Context) {
	if err := s.startCampaigns(ctx); err != nil {
		s.ended(err)
		return
	}
	people, err := s.people(ctx)
	if err != nil {
		s.ended(err)
		return
	}
	var posting errgroup.Group
	posting.SetLimit(16)
	for n, person := range people {
		posting.Go(func() error {
			err := s.Bot.Send(ctx, person, "soak", message.Text(s.plan.single(n)))
			s.mu.Lock()
			s.posted++
			s.mu.Unlock()
			return err
		})
	}
	s.ended(posting.Wait())
}

// people are all who follow, always in the same order. Somebody too many or too
// few is an error of the program's.
func (s *soaked) people(ctx context.Context) ([]message.Person, error) {
	var all []message.Person
	for after := ""; ; {
		page, next, err := s.Bot.Subscribers().Followers(ctx, s.account, bot.People{Channel: s.plan.Channel}, after, 1000)
		if err != nil {
			return nil, err
		}
		for _, one := range page {
			_, _, user, _ := message.SplitSubscriberID(one.ID)
			all = append(all, message.Person{ID: one.ID, Account: s.account, Channel: s.plan.Channel, User: user, Language: "en"})
		}
		if after = next; next == "" {
			break
		}
	}
	if len(all) != s.plan.People {
		return nil, fmt.Errorf("soak: %d people have written, and %d follow", s.plan.People, len(all))
	}
	return all, nil
}

// ended notes that all has been posted, or why not.
func (s *soaked) ended(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.failure = err == nil, err
}

func (s *soaked) startCampaigns(ctx context.Context) error {
	present, err := s.campaigns(ctx)
	if err != nil {
		return err
	}
	for n := 1; n < s.plan.Each; n++ {
		campaign, there := present[s.plan.campaign(n)]
		if !there {
			campaign, err = s.Broadcast.Create(ctx, s.account, "soak", broadcast.Plan{Name: s.plan.campaign(n),
				Content:  broadcast.Content{Text: s.plan.campaign(n)},
				Audience: broadcast.Audience{Kind: broadcast.OnChannel, Value: s.plan.Channel},
				When:     broadcast.When{Kind: broadcast.Now, DeadlineMinutes: 24 * 60}})
			if err != nil {
				return err
			}
		}
		if campaign.State == broadcast.Draft {
			if _, err := s.Broadcast.Schedule(ctx, s.account, campaign.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *soaked) campaigns(ctx context.Context) (map[string]broadcast.Campaign, error) {
	list, _, err := s.Broadcast.List(ctx, s.account, "", "", 100)
	byName := make(map[string]broadcast.Campaign)
	for _, one := range list {
		byName[one.Name] = one
	}
	return byName, err
}

func (s *soaked) tellState(w http.ResponseWriter, r *http.Request) {
	state, err := s.state(r.Context())
	if err != nil {
		state.Failure = err.Error()
	}
	_ = json.NewEncoder(w).Encode(state) // whoever asks asks again
}

// readRoster begins to read the platform's list of followers.
func (s *soaked) readRoster(w http.ResponseWriter, r *http.Request) {
	if _, err := s.Bot.Subscribers().ReadRoster(r.Context(), s.account, s.plan.Channel); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (s *soaked) tellRoster(w http.ResponseWriter, r *http.Request) {
	roster, _, err := s.Bot.Subscribers().Roster(r.Context(), s.account, s.plan.Channel)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(roster) // whoever asks asks again
}

// state counts what the campaigns and the outbox have to do yet.
func (s *soaked) state(ctx context.Context) (soakState, error) {
	s.mu.Lock()
	posted, done, failure := s.posted, s.done, s.failure
	s.mu.Unlock()
	if failure != nil {
		return soakState{}, failure
	}
	waiting, err := s.Bot.Outbox().Waiting(ctx, s.account, s.plan.Channel, s.plan.People*s.plan.Each)
	if err != nil {
		return soakState{}, err
	}
	state := soakState{Waiting: waiting, Settled: posted - waiting, Done: done && waiting == 0}
	list, err := s.campaigns(ctx)
	if err != nil {
		return state, err
	}
	for _, campaign := range list {
		if campaign.State != broadcast.Done {
			state.Done = false
		}
		if campaign.State == broadcast.Held || campaign.State == broadcast.Failed {
			return state, fmt.Errorf("campaign %s is %s: %s", campaign.Name, campaign.State, campaign.Reason)
		}
		if campaign.Run == "" {
			continue
		}
		run, err := s.Broadcast.Run(ctx, s.account, campaign.Run)
		if err != nil {
			return state, err
		}
		if run.Counts.Queued > 0 {
			state.Settled += int(run.Counts.Queued)
		} else { // on a channel of our own, with nothing to wait for
			state.Settled += int(run.Counts.Settled())
		}
	}
	state.Settled = max(0, state.Settled)
	state.Standing, err = s.standing(ctx)
	return state, err
}

// standing says what holds the sending up; empty when nothing does.
func (s *soaked) standing(ctx context.Context) (string, error) {
	routes, err := s.Bot.Outbox().Routes(ctx, s.account)
	for _, route := range routes {
		switch {
		case route.Channel != s.plan.Channel:
		case route.Outage != nil:
			return fmt.Sprintf("%s: %s Tried %d times, next in %s.", route.Outage.Cause, route.Outage.Words, route.Outage.Tries,
				route.Outage.NextTry.Sub(s.Now()).Round(time.Second)), err
		case route.PausedUntil != nil:
			return fmt.Sprintf("paused by the platform, for %s.", route.PausedUntil.Sub(s.Now()).Round(time.Second)), err
		}
	}
	return "", err
}
