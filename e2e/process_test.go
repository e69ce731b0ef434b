package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// program is the binary under test, built once.
var program string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "plaza-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "plaza")
	if out, err := exec.Command("go", "build", "-o", program, "plaza").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build plaza: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience bounds every wait. It is never slept through: it is how long a
// broken program takes to fail a test on a busy machine.
const patience = time.Minute

// process is a running Plaza.
type process struct {
	t       testing.TB
	cmd     *exec.Cmd
	base    string // its address, without a slash at the end
	out     transcript
	errs    transcript
	exited  chan struct{}
	started time.Time
	ready   time.Duration // from start to ready
}

// transcript keeps what a process says; it is written and read at once.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// settings are the environment of a process: a folder and an address of its own.
func settings(data, addr string, more ...string) []string {
	env := []string{"PLAZA_DATA=" + data, "PLAZA_ADDR=" + addr, "PLAZA_LOG_LEVEL=warn"}
	for _, inherited := range os.Environ() {
		if !strings.HasPrefix(inherited, "PLAZA_") {
			env = append(env, inherited)
		}
	}
	return append(env, more...)
}

// start runs `plaza demo` or `plaza serve` on a folder until it is ready. It is
// killed at the test's end if nobody has ended it.
func start(t testing.TB, command, data string, more ...string) *process {
	t.Helper()
	p := launch(t, command, data, freeAddress(t), more...)
	p.awaitReady()
	return p
}

// awaitReady waits until the process says that it is ready.
func (p *process) awaitReady() {
	p.t.Helper()
	eventually(p.t, "ready", func() bool {
		select {
		case <-p.exited:
			p.t.Fatalf("it ended: %s", p.errs.String())
		default:
		}
		return p.get("/readyz") == http.StatusOK
	})
	p.ready = time.Since(p.started)
}

// launch starts a process and does not wait for it.
func launch(t testing.TB, command, data, addr string, more ...string) *process {
	t.Helper()
	p := &process{t: t, base: "http://" + addr, exited: make(chan struct{})}
	arguments := []string{command}
	if command == "demo" { // tests connect stand-ins of their own, and count from nothing
		arguments = append(arguments, "--no-messengers", "--no-month")
	}
	p.cmd = exec.Command(program, arguments...)
	p.cmd.Env = settings(data, addr, more...)
	p.cmd.Dir = t.TempDir() // no plaza.toml of the one who tests
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // what it was is in ProcessState
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("plaza %s said:\n%s", command, p.errs.String())
		}
	})
	return p
}

// freeAddress is one that nobody listens on at this moment.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// get asks for a path and tells the status; 0 if nobody answers.
func (p *process) get(path string) int {
	response, err := http.Get(p.base + path)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// kill ends the process as a power cut does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.exited
}

// stop asks the process to end, waits, and gives its exit code.
func (p *process) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	return p.wait()
}

func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.t.Fatalf("plaza does not end: %s", p.errs.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// printed waits until the process has printed something and gives the match's
// first group.
func (p *process) printed(pattern string) string {
	p.t.Helper()
	wanted := regexp.MustCompile(pattern)
	var found []string
	eventually(p.t, "printed "+pattern, func() bool {
		found = wanted.FindStringSubmatch(p.out.String())
		return found != nil
	})
	return found[1]
}

// signInLink is the one-time link that a demo prints.
func (p *process) signInLink() string {
	p.t.Helper()
	return p.printed(`(http://\S+/console/link/\S+)`)
}

// tool runs one of the operator's tools to its end.
func tool(t testing.TB, data string, arguments ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Env = settings(data, "127.0.0.1:0")
	cmd.Dir = t.TempDir()
	var said, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complained
	if err := cmd.Run(); err != nil {
		return said.String(), fmt.Errorf("plaza %s: %w: %s", strings.Join(arguments, " "), err, complained.String())
	}
	return said.String(), nil
}

// mustTool is tool for what has to work.
func mustTool(t testing.TB, data string, arguments ...string) string {
	t.Helper()
	out, err := tool(t, data, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline, look := time.After(patience), time.NewTicker(2*time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// crowd lets n people follow the sample store, each from an address of their
// own: the process has to be told to believe them (see fromEverywhere).
func (p *process) crowd(n int) {
	p.t.Helper()
	group, ctx := errgroup.WithContext(p.t.Context())
	group.SetLimit(32)
	for i := range n {
		group.Go(func() error {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/chat/corner/follow", nil)
			if err != nil {
				return err
			}
			request.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255))
			request.Header.Set("Accept", "application/json")
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return err
			}
			defer func() { _ = response.Body.Close() }()
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
				return fmt.Errorf("follow: status %d, %w", response.StatusCode, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		p.t.Fatal(err)
	}
}

// fromEverywhere makes this machine a proxy that may say whom it speaks for.
const fromEverywhere = "PLAZA_TRUSTED_PROXIES=127.0.0.1"
