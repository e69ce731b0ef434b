package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plaza/account"
	"plaza/account/vault"
	"plaza/api"
	"plaza/api/web"
	"plaza/app"
	"plaza/broadcast"
	"plaza/message"
	"plaza/store"
	"plaza/store/sqlite"
	"plaza/templates"
)

// soakRole is the program under test in a process of its own, so that it can be
// killed; planVariable tells it what to do.
const (
	soakRole     = "serve-soak"
	planVariable = "PLAZA_LOAD_SOAK"
)

// soakPlan is what is sent to whom: to each person one message by itself, and
// one of each of several campaigns.
type soakPlan struct {
	Folder     string
	Channel    string
	Connection json.RawMessage
	API        string
	Clock      fastClock
	People     int
	Each       int // messages for each person
}

// person names the n-th person as their messenger does.
func (p soakPlan) person(n int) string { return soakPlatforms[p.Channel].person(n) }

func (p soakPlan) single(n int) string   { return fmt.Sprintf("an answer, number %d", n) }
func (p soakPlan) campaign(n int) string { return fmt.Sprintf("news, number %d", n) }

// soakSender is that process, seen from outside.
type soakSender struct {
	plan soakPlan
	gate *webhookGate
	*child
}

func (s *soakSender) start(ctx context.Context) error {
	encoded, err := json.Marshal(s.plan)
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	if s.child, err = startChild(ctx, soakRole, planVariable+"="+string(encoded)); err != nil {
		return err
	}
	s.gate.lead(s.address)
	return nil
}

// kill ends it as a power cut does.
func (s *soakSender) kill() {
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
}

// stop lets it shut down.
func (s *soakSender) stop() error {
	s.child.stop()
	return nil
}

func (s *soakSender) tell(ctx context.Context, what string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/soak/"+what, nil)
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	return s.exchange(request, nil)
}

// soakState is how far the sending is.
type soakState struct {
	Settled int
	Done    bool
	Failure string
}

func (s *soakSender) state(ctx context.Context) (state soakState, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/soak/state", nil)
	if err != nil {
		return state, fmt.Errorf("soak: %w", err)
	}
	if err := s.exchange(request, &state); err != nil {
		return state, err
	}
	if state.Failure != "" {
		return state, fmt.Errorf("soak: the sender: %s", state.Failure)
	}
	return state, nil
}

func (s *soakSender) exchange(request *http.Request, into any) error {
	client := &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{DialContext: newDialer().DialContext}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("soak: the sender answered %s: %.200s %w", response.Status, body, err)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// webhookGate leads the pushes of a stand-in to wherever the program is now.
type webhookGate struct {
	mu        sync.Mutex
	address   string
	transport http.Transport
}

func (g *webhookGate) lead(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.address = address
	g.transport.DialContext = newDialer().DialContext
	g.transport.MaxIdleConnsPerHost = 64
}

// RoundTrip sends a push.
func (g *webhookGate) RoundTrip(request *http.Request) (*http.Response, error) {
	g.mu.Lock()
	request = request.Clone(request.Context())
	request.URL.Host = g.address
	g.mu.Unlock()
	return g.transport.RoundTrip(request)
}

func silent() *log.Logger { return log.New(io.Discard, "", 0) }

// soaked is the program under test.
type soaked struct {
	*app.App
	plan    soakPlan
	account string

	mu      sync.Mutex
	posted  bool
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
		PublicURL: "https://soak.example", WeChatAPI: plan.API, LINEAPI: plan.API, TelegramAPI: plan.API, Now: plan.Clock.now,
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
	outside, err := api.New(api.Options{Surface: surface, Webhooks: s.Bot.Webhooks(), Metrics: prometheus.NewRegistry(),
		Ready: func(context.Context) error { return nil }})
	if err != nil {
		return errors.Join(err, s.close())
	}
	doors := http.NewServeMux()
	doors.Handle("/", outside)
	doors.HandleFunc("POST /soak/send", func(http.ResponseWriter, *http.Request) { go s.send(ctx) })
	doors.HandleFunc("GET /soak/state", s.tellState)
	stop := s.Start(ctx)
	err = serveChild(ctx, out, doors)
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return errors.Join(err, stop(limit), s.close())
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
	_, err = s.Bot.Connections().Save(ctx, s.account, s.plan.Channel, s.plan.Connection)
	return err
}

// send starts the campaigns, those that are not there yet, and posts everybody's
// single message, under the same keys however often it is told to.
func (s *soaked) send(ctx context.Context) {
	err := s.startCampaigns(ctx)
	for n := 0; n < s.plan.People && err == nil; n++ {
		user := s.plan.person(n)
		person := message.Person{ID: message.SubscriberID(s.account, s.plan.Channel, user), Account: s.account,
			Channel: s.plan.Channel, User: user, Language: "en"}
		err = s.Bot.Send(ctx, person, "soak", message.Text(s.plan.single(n)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posted, s.failure = err == nil, err
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

// state counts what the campaigns and the outbox have to do yet.
func (s *soaked) state(ctx context.Context) (soakState, error) {
	s.mu.Lock()
	posted, failure := s.posted, s.failure
	s.mu.Unlock()
	if failure != nil {
		return soakState{}, failure
	}
	waiting, err := s.Bot.Outbox().Waiting(ctx, s.account, s.plan.Channel, s.plan.People*s.plan.Each)
	if err != nil {
		return soakState{}, err
	}
	list, err := s.campaigns(ctx)
	if err != nil {
		return soakState{}, err
	}
	state := soakState{Done: posted && waiting == 0}
	for _, campaign := range list {
		if campaign.State != broadcast.Done {
			state.Done = false
		}
		if strings.HasPrefix(string(campaign.State), "held") || campaign.State == broadcast.Failed {
			return state, fmt.Errorf("campaign %s is %s: %s", campaign.Name, campaign.State, campaign.Reason)
		}
		if campaign.Run == "" {
			continue
		}
		run, err := s.Broadcast.Run(ctx, s.account, campaign.Run)
		if err != nil {
			return state, err
		}
		state.Settled += int(run.Counts.Settled())
	}
	if posted {
		state.Settled += s.plan.People
	}
	return state, nil
}
