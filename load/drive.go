package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// result is what one or several turns of driving a server have measured.
type result struct {
	latencies []time.Duration // of good answers
	failed    int
	failure   error // the first
	empty     int   // good, but "success" or nothing: answered later or not at all
	took      time.Duration
}

func (r *result) add(other result) {
	r.latencies = append(r.latencies, other.latencies...)
	r.failed += other.failed
	r.empty += other.empty
	r.took += other.took
	if r.failure == nil {
		r.failure = other.failure
	}
}

// rate is good answers a second.
func (r *result) rate() float64 {
	if r.took == 0 {
		return 0
	}
	return float64(len(r.latencies)) / r.took.Seconds()
}

// percentile is the latency that p of 100 answers keep.
func (r *result) percentile(p float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	slices.Sort(r.latencies)
	return r.latencies[min(int(float64(len(r.latencies))*p/100), len(r.latencies)-1)]
}

// client is one kept-alive connection. It is leaner than http.Client, so that
// the generator takes less of the processors that the server needs.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
}

func connect(ctx context.Context, host string) (*client, error) {
	conn, err := newDialer().DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &client{conn: conn, reader: bufio.NewReader(conn)}, nil
}

// do sends one request; empty tells that the answer says nothing.
func (c *client) do(request []byte) (empty bool, err error) {
	_ = c.conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.conn.Write(request); err != nil {
		return false, fmt.Errorf("send: %w", err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return false, fmt.Errorf("answer: %w", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return false, fmt.Errorf("answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return false, fmt.Errorf("answer: %s: %.200s", response.Status, body)
	}
	body = bytes.TrimSpace(body)
	return len(body) == 0 || string(body) == "success", nil
}

// pace says when the n-th request of a turn that began then is due, and
// returns when it is; its latency counts from there.
type pace func(began time.Time, n int64) time.Time

// atOnce sends as soon as a connection is free: a closed loop.
func atOnce(time.Time, int64) time.Time { return time.Now() }

// evenly sends so many requests a second whether or not the server keeps up:
// an open loop, in which waiting in line counts as latency.
func evenly(rate float64) pace {
	return func(began time.Time, n int64) time.Time {
		due := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		return due
	}
}

// drive sends requests over a number of connections for a while.
func drive(ctx context.Context, s *sender, connections int, during time.Duration, due pace) (result, error) {
	clients := make([]*client, connections)
	for i := range clients {
		c, err := connect(ctx, s.target.Host)
		if err != nil {
			return result{}, err
		}
		defer func() { _ = c.conn.Close() }()
		clients[i] = c
	}
	began := time.Now()
	ends := began.Add(during)
	var sent atomic.Int64
	parts := make([]result, connections)
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			for ctx.Err() == nil && parts[i].failure == nil {
				at := due(began, sent.Add(1)-1)
				if !at.Before(ends) {
					return
				}
				parts[i].send(c, s.next(), at)
			}
		})
	}
	wg.Wait()
	var whole result
	for _, part := range parts {
		whole.add(part)
	}
	whole.took = time.Since(began)
	return whole, errors.Join(ctx.Err(), whole.failure)
}

// send records one request. The first failure ends the run: figures of a
// server that refuses mean nothing.
func (r *result) send(c *client, request []byte, at time.Time) {
	empty, err := c.do(request)
	if err != nil {
		r.failed++
		r.failure = err
		return
	}
	r.latencies = append(r.latencies, time.Since(at))
	if empty {
		r.empty++
	}
}
