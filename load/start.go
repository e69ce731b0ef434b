package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"time"
)

// startRun measures what it takes to have a server: how long from its start to
// ready, how large the binary is, and how much memory it holds when idle.
type startRun struct {
	binary string
	times  int
	idle   time.Duration
}

func runStart(ctx context.Context, args []string, out io.Writer) error {
	var r startRun
	flags := flag.NewFlagSet("load start", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&r.binary, "plaza", "", "the plaza binary to start on a temporary folder")
	flags.IntVar(&r.times, "times", 5, "how often, at most 20")
	flags.DurationVar(&r.idle, "idle", 5*time.Second, "how long to leave it alone before its memory is read, at most 1m")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	if r.binary == "" || r.times < 1 || r.times > 20 || r.idle < 0 || r.idle > time.Minute {
		return fmt.Errorf("flags: name a binary with -plaza; see -help for the bounds")
	}
	return r.measure(ctx, out)
}

func (r startRun) measure(ctx context.Context, out io.Writer) (err error) {
	binary, err := os.Stat(r.binary)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	folder, err := os.MkdirTemp("", "plaza-load-")
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	p := &plazaServer{folder: folder}
	first, _, err := r.once(ctx, p, 0) // folder, key and collections are made
	if err != nil {
		return err
	}
	took := make([]time.Duration, r.times)
	for i := range took {
		if took[i], _, err = r.once(ctx, p, 0); err != nil {
			return err
		}
	}
	_, resident, err := r.once(ctx, p, r.idle)
	if err != nil {
		return err
	}
	slices.Sort(took)
	fmt.Fprintf(out, "start to ready: %s in an empty folder, then %s (median), %s (slowest of %d)\n",
		round(first), round(took[len(took)/2]), round(took[len(took)-1]), len(took))
	fmt.Fprintf(out, "idle for %s: %.1f MB resident; the binary: %.1f MB\n",
		r.idle, float64(resident)/1e6, float64(binary.Size())/1e6)
	return nil
}

// once starts the server, waits until it is ready, leaves it alone for a while,
// and ends it.
func (r startRun) once(ctx context.Context, p *plazaServer, idle time.Duration) (took time.Duration, resident int64, err error) {
	began := time.Now()
	server, err := serve(ctx, r.binary, p.environment())
	if err != nil {
		return 0, 0, err
	}
	defer server.stop()
	if err := awaitReady(ctx, "http://"+server.address+"/readyz"); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	select {
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	case <-time.After(idle):
	}
	resident, err = residentMemory(server.command.Process.Pid)
	return took, resident, err
}

func awaitReady(ctx context.Context, address string) error {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DialContext: newDialer().DialContext}}
	defer client.CloseIdleConnections()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return fmt.Errorf("ready: %w", err)
		}
		response, err := client.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}
