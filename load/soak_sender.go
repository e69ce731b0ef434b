package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync"
	"time"
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

func (p soakPlan) single(n int) string   { return fmt.Sprintf("an answer, number %d", n) }
func (p soakPlan) campaign(n int) string { return fmt.Sprintf("news, number %d", n) }

// soakSender is that process, seen from outside.
type soakSender struct {
	plan  soakPlan
	moved func(address string) // hears where it is, after each start
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
	s.moved(s.address)
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
	Settled  int
	Waiting  int    // in the outbox
	Standing string // what holds the sending up at present
	Done     bool
	Failure  string
}

// state asks it. A sender with all its people coming back at once may not answer
// at once.
func (s *soakSender) state(ctx context.Context) (state soakState, err error) {
	for since := time.Now(); ; {
		if state, err = s.ask(ctx); err == nil || ctx.Err() != nil || time.Since(since) > 2*time.Minute {
			break
		}
	}
	if err == nil && state.Failure != "" {
		err = fmt.Errorf("soak: the sender: %s", state.Failure)
	}
	return state, err
}

func (s *soakSender) ask(ctx context.Context) (state soakState, err error) {
	return state, s.get(ctx, "state", &state)
}

// get asks it for something.
func (s *soakSender) get(ctx context.Context, what string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/soak/"+what, nil)
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	return s.exchange(request, into)
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

// where is where the program is now: host:port.
func (g *webhookGate) where() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.address
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
