package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"plaza/live"
	"plaza/store"
	"plaza/store/sqlite"
)

// memoryUse is what a hub's process takes, in bytes.
type memoryUse struct {
	Resident int64 `json:"resident"` // all of it, as the system counts
	Live     int64 `json:"live"`     // heap in use and stacks
}

// serveHub serves a hub over an embedded store of its own until ctx ends:
// /live, /append (one event), /memory.
func serveHub(ctx context.Context, out io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "plaza-load-")
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	engine, err := sqlite.Open(folder, sqlite.Options{})
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	db := store.New(engine)
	defer func() { _ = db.Close() }()
	if err := db.Prepare(ctx, live.Schemas()...); err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	log := live.NewLog(db, live.LogOptions{})
	defer func() { _ = log.Close() }()
	hub := live.NewHub(log, live.HubOptions{
		Authorize: func(context.Context, any, string) (string, error) { return "load", nil },
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	defer func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel() // the browsers are gone, or cut off
		_ = hub.Close(ended)
	}()
	return serveChild(ctx, out, hubRoutes(hub, log))
}

func hubRoutes(hub *live.Hub, log *live.Log) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, r *http.Request) {
		hub.Serve(w, r, live.Identity{Key: r.URL.Query().Get("who")})
	})
	mux.HandleFunc("POST /append", func(w http.ResponseWriter, r *http.Request) {
		err := log.Append(r.Context(), live.Event{Account: "load", Topics: []string{"inbox"},
			Kind: "message.received", Data: json.RawMessage(`{"text":"` + strings.Repeat("x", 200) + `"}`)})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /memory", func(w http.ResponseWriter, _ *http.Request) {
		use, err := ownMemory()
		if err == nil {
			err = json.NewEncoder(w).Encode(use)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

// ownMemory collects garbage, gives what is free back to the system, and
// counts the rest.
func ownMemory() (memoryUse, error) {
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	use := memoryUse{Live: int64(stats.HeapInuse + stats.StackInuse)}
	var err error
	use.Resident, err = residentMemory(os.Getpid())
	return use, err
}

// residentMemory is what a process holds, in bytes, as Linux counts it.
func residentMemory(process int) (int64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", process))
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return 0, fmt.Errorf("memory: %q", statm)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}
