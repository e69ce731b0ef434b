package live

import (
	"fmt"
	"net"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// benchConnections is the number that the project's aims are stated for.
const benchConnections = 5000

// dialMany opens subscribed connections on loopback sockets.
func dialMany(b *testing.B, server *httptest.Server, n int) []*websocket.Conn {
	b.Helper()
	dialer := websocket.Dialer{ReadBufferSize: 256, WriteBufferSize: 256}
	connections := make([]*websocket.Conn, n)
	limit := make(chan struct{}, 64)
	var wg sync.WaitGroup
	for i := range connections {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			ws, _, err := dialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
			if err != nil {
				b.Error(err)
				return
			}
			connections[i] = ws
			if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"subscribe":{"topic":"inbox"}}`)); err != nil {
				b.Error(err)
			}
			if _, _, err := ws.ReadMessage(); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	b.Cleanup(func() { closeAll(connections) })
	return connections
}

// BenchmarkFanOut is one event from Append to the last of 5,000 browsers: the
// durable write, the fan-out and the reading on the other side, all in this
// process.
func BenchmarkFanOut(b *testing.B) {
	l := openLog(b, openDB(b), LogOptions{})
	_, server := openHub(b, l, HubOptions{})
	connections := dialMany(b, server, benchConnections)
	var mu sync.Mutex
	var began time.Time
	latencies := make([]time.Duration, 0, benchConnections)
	complete := make(chan struct{}, 1)
	for _, ws := range connections {
		go func() {
			for {
				if _, _, err := ws.ReadMessage(); err != nil {
					return
				}
				mu.Lock()
				latencies = append(latencies, time.Since(began))
				all := len(latencies) == benchConnections
				mu.Unlock()
				if all {
					complete <- struct{}{}
				}
			}
		}()
	}
	var half, most time.Duration
	rounds := 0
	for b.Loop() {
		mu.Lock()
		began, latencies = time.Now(), latencies[:0]
		mu.Unlock()
		mustAppend(b, l, happened("shop", "inbox", 1))
		<-complete
		slices.Sort(latencies)
		half += latencies[benchConnections/2]
		most += latencies[benchConnections*99/100]
		rounds++
	}
	b.ReportMetric(float64(half.Microseconds())/float64(rounds)/1000, "p50-ms")
	b.ReportMetric(float64(most.Microseconds())/float64(rounds)/1000, "p99-ms")
}

// BenchmarkIdleConnection measures what a subscribed connection costs while
// nothing happens, in this process, less what the client's end was measured to
// cost.
func BenchmarkIdleConnection(b *testing.B) {
	l := openLog(b, openDB(b), LogOptions{})
	h, server := openHub(b, l, HubOptions{})
	closeAll(dialMany(b, server, 10)) // what is made once is made now
	client := clientMemory(b)
	for b.Loop() {
		eventually(b, func() bool { return h.Connections() == 0 })
		before := memory()
		connections := dialMany(b, server, benchConnections)
		both := memory() - before
		b.ReportMetric(float64(both)/benchConnections-client, "B/connection")
		closeAll(connections)
	}
}

func closeAll(connections []*websocket.Conn) {
	for _, ws := range connections {
		_ = ws.Close()
	}
}

// clientMemory is what one end of a connection costs that only exists.
func clientMemory(b *testing.B) float64 {
	b.Helper()
	const pairs = 1000
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	before := memory()
	ends := make([]net.Conn, 0, 2*pairs)
	defer func() {
		_ = listener.Close()
		for _, end := range ends {
			_ = end.Close()
		}
	}()
	for range pairs {
		dialed, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			b.Fatal(fmt.Errorf("pair: %w", err))
		}
		accepted, err := listener.Accept()
		if err != nil {
			b.Fatal(err)
		}
		ends = append(ends, dialed, accepted)
	}
	return float64(memory()-before) / (2 * pairs)
}

// memory is what the heap and the stacks take.
func memory() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}

// BenchmarkAppend is durable events a second from 64 goroutines.
func BenchmarkAppend(b *testing.B) {
	l := openLog(b, openDB(b), LogOptions{})
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := l.Append(b.Context(), happened("shop", "inbox", 1)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
