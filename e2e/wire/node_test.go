package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
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

	"plaza/store/wiretest"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "plaza-wire-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary = filepath.Join(folder, "plaza")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..") // in the product's module, with its dependencies
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build plaza: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience bounds every wait. It is never slept through: it is how long a
// broken program takes to fail a test on a busy machine.
const patience = time.Minute

// deployment is what several nodes share.
type deployment struct {
	t      *testing.T
	server *wiretest.Server // nil: somebody else's
	uri    string
	key    string   // the master key
	more   []string // further settings
}

func newDeployment(t *testing.T, more ...string) *deployment {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	uri, server := database(t)
	return &deployment{t: t, server: server, uri: uri, key: base64.StdEncoding.EncodeToString(key), more: more}
}

func (d *deployment) command(addr string, arguments ...string) *exec.Cmd {
	command := exec.Command(binary, arguments...)
	for _, inherited := range os.Environ() {
		if !strings.HasPrefix(inherited, "PLAZA_") {
			command.Env = append(command.Env, inherited)
		}
	}
	command.Env = append(command.Env, "PLAZA_MONGODB_URI="+d.uri, "PLAZA_MASTER_KEY="+d.key,
		"PLAZA_DATA="+d.t.TempDir(), "PLAZA_ADDR="+addr, "PLAZA_LOG_LEVEL=error",
		"PLAZA_TRUSTED_PROXIES=127.0.0.1") // the tests' visitors have addresses of their own
	command.Env = append(command.Env, d.more...)
	command.Dir = d.t.TempDir() // no plaza.toml of the one who tests
	return command
}

// tool runs one of the operator's tools to its end, beside the nodes.
func (d *deployment) tool(arguments ...string) string {
	d.t.Helper()
	var said, complained bytes.Buffer
	command := d.command("127.0.0.1:0", arguments...)
	command.Stdout, command.Stderr = &said, &complained
	if err := command.Run(); err != nil {
		d.t.Fatalf("plaza %s: %v: %s", strings.Join(arguments, " "), err, complained.String())
	}
	return strings.TrimSpace(said.String())
}

// node is a running Plaza.
type node struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string // its address, without a slash at the end
	out    transcript
	errs   transcript
	exited chan struct{}
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

// launch starts a node and does not wait for it. It is killed at the test's end
// if nobody has ended it.
func (d *deployment) launch(command string) *node {
	d.t.Helper()
	addr, arguments := freeAddress(d.t), []string{command}
	if command == "demo" {
		arguments = append(arguments, "--no-month") // tests count from nothing
	}
	n := &node{t: d.t, cmd: d.command(addr, arguments...), base: "http://" + addr, exited: make(chan struct{})}
	n.cmd.Stdout, n.cmd.Stderr = &n.out, &n.errs
	if err := n.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() {
		_ = n.cmd.Wait() // what it was is in ProcessState
		close(n.exited)
	}()
	d.t.Cleanup(func() {
		n.kill()
		if d.t.Failed() {
			d.t.Logf("the node at %s said:\n%s", n.base, n.errs.String())
		}
	})
	return n
}

// start launches a node and waits until it is ready.
func (d *deployment) start(command string) *node {
	d.t.Helper()
	n := d.launch(command)
	n.ready()
	return n
}

func (n *node) ready() {
	n.t.Helper()
	eventually(n.t, "ready", func() bool {
		select {
		case <-n.exited:
			n.t.Fatalf("plaza ended: %s", n.errs.String())
		default:
		}
		request, err := http.NewRequestWithContext(n.t.Context(), http.MethodGet, n.base+"/readyz", nil)
		if err != nil {
			n.t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// freeAddress is one that nobody listens on at this moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// kill ends the node as a power cut does.
func (n *node) kill() {
	_ = n.cmd.Process.Kill() // it may have ended by itself
	<-n.exited
}

// stop asks the node to end and holds it to doing so without complaint.
func (n *node) stop() {
	n.t.Helper()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(n.t.Context(), patience)
	defer cancel()
	select {
	case <-n.exited:
	case <-ctx.Done():
		n.t.Fatal("plaza does not end")
	}
	if code := n.cmd.ProcessState.ExitCode(); code != 0 {
		n.t.Fatalf("plaza ended with %d: %s", code, n.errs.String())
	}
}

var signInLink = regexp.MustCompile(`http://\S+(/console/link/\S+)`)

// link is the path of the one-time link that a demo prints.
func (n *node) link() string {
	n.t.Helper()
	var found []string
	eventually(n.t, "a link to sign in", func() bool {
		found = signInLink.FindStringSubmatch(n.out.String())
		return found != nil
	})
	return found[1]
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	// No faster than the API lets a token ask.
	deadline, look := time.After(patience), time.NewTicker(25*time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
