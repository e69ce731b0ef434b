package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
)

type liveRun struct {
	connections int
	events      int
	server      string // host:port
	client      *http.Client
	sockets     []*websocket.Conn
}

func runLive(ctx context.Context, args []string, out io.Writer) error {
	r := liveRun{client: &http.Client{Timeout: 30 * time.Second,
		Transport: &http.Transport{DialContext: newDialer().DialContext}}}
	flags := flag.NewFlagSet("load live", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&r.connections, "connections", 5000, "how many WebSockets, at most 15000")
	flags.IntVar(&r.events, "events", 50, "how many events, one after another, at most 1000")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	if r.connections < 1 || r.connections > 15_000 || r.events < 1 || r.events > 1000 {
		return fmt.Errorf("flags: out of bounds; see -help")
	}
	hub, err := startChild(ctx, hubRole)
	if err != nil {
		return err
	}
	defer hub.stop()
	r.server = hub.address
	defer r.closeAll()
	return r.measure(ctx, out)
}

func (r *liveRun) closeAll() {
	for _, ws := range r.sockets {
		_ = ws.Close()
	}
}

func (r *liveRun) measure(ctx context.Context, out io.Writer) error {
	if err := r.open(ctx, 10); err != nil { // what is made once is made now
		return err
	}
	before, err := r.memory(ctx)
	if err != nil {
		return err
	}
	if err := r.open(ctx, r.connections-len(r.sockets)); err != nil {
		return err
	}
	idle, err := r.memory(ctx)
	if err != nil {
		return err
	}
	latencies, err := r.fanOut(ctx)
	if err != nil {
		return err
	}
	added := int64(max(len(r.sockets)-10, 1))
	fmt.Fprintf(out, "%d WebSockets, %d events, one after another\n", len(r.sockets), r.events)
	fmt.Fprintf(out, "from the request that logs an event to its arrival: p50 %s, p99 %s, last %s\n",
		round(at(latencies, 50)), round(at(latencies, 99)), round(at(latencies, 100)))
	fmt.Fprintf(out, "an idle connection takes %.1f KB of heap and stack, %.1f KB resident; the process %.1f MB\n",
		float64(idle.Live-before.Live)/float64(added)/1000,
		float64(idle.Resident-before.Resident)/float64(added)/1000, float64(idle.Resident)/1e6)
	return nil
}

func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

// open adds subscribed connections, a few at a time.
func (r *liveRun) open(ctx context.Context, n int) error {
	dialer := websocket.Dialer{NetDialContext: newDialer().DialContext,
		ReadBufferSize: 512, WriteBufferSize: 512, HandshakeTimeout: 10 * time.Second}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for range n {
		group.Go(func() error {
			ws, _, err := dialer.DialContext(ctx, "ws://"+r.server+"/live", nil)
			if err != nil {
				return fmt.Errorf("connect: %w", err)
			}
			mu.Lock()
			r.sockets = append(r.sockets, ws)
			mu.Unlock()
			if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"subscribe":{"topic":"inbox"}}`)); err != nil {
				return fmt.Errorf("subscribe: %w", err)
			}
			if _, _, err := ws.ReadMessage(); err != nil {
				return fmt.Errorf("subscribe: %w", err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (r *liveRun) memory(ctx context.Context) (use memoryUse, err error) {
	body, err := r.ask(ctx, http.MethodGet, "/memory")
	if err == nil {
		err = json.Unmarshal(body, &use)
	}
	return use, err
}

func (r *liveRun) ask(ctx context.Context, method, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+r.server+path, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", path, response.Status, body)
	}
	return body, nil
}

// fanOut has events logged and notes when each arrives on each connection.
func (r *liveRun) fanOut(ctx context.Context) ([]time.Duration, error) {
	arrivals := make(chan error, len(r.sockets))
	var mu sync.Mutex
	var began time.Time
	latencies := make([]time.Duration, 0, r.events*len(r.sockets))
	for _, ws := range r.sockets {
		go func() {
			for range r.events {
				_, _, err := ws.ReadMessage()
				mu.Lock()
				latencies = append(latencies, time.Since(began))
				mu.Unlock()
				arrivals <- err
				if err != nil {
					return
				}
			}
		}()
	}
	for range r.events {
		mu.Lock()
		began = time.Now()
		mu.Unlock()
		if _, err := r.ask(ctx, http.MethodPost, "/append"); err != nil {
			return nil, err
		}
		if err := wait(ctx, arrivals, len(r.sockets)); err != nil {
			return nil, err
		}
	}
	slices.Sort(latencies)
	return latencies, nil
}

func wait(ctx context.Context, arrivals <-chan error, n int) error {
	for range n {
		select {
		case err := <-arrivals:
			if err != nil {
				return fmt.Errorf("a connection was lost: %w", err)
			}
		case <-ctx.Done():
			return fmt.Errorf("events did not arrive: %w", ctx.Err())
		}
	}
	return nil
}
