package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// The roles this program plays for itself in processes of their own, so that
// what is measured does not share a scheduler and a heap with what measures.
const (
	bareRole      = "serve-bare"
	hubRole       = "serve-hub"
	tokenVariable = "PLAZA_LOAD_TOKEN"
)

// child is a server in a process of its own.
type child struct {
	command *exec.Cmd
	address string // host:port
}

// startChild runs this program again in a role; it ends with ctx or stop.
func startChild(ctx context.Context, role string, environment ...string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	command := exec.CommandContext(ctx, program, role)
	command.Env = append(os.Environ(), environment...)
	command.Stderr = os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: no address: %w", role, err), command.Wait())
	}
	return &child{command: command, address: strings.TrimSpace(line)}, nil
}

func (c *child) stop() {
	_ = c.command.Process.Signal(syscall.SIGTERM)
	_ = c.command.Wait() // how it ends says nothing about what was measured
}

// serveChild serves on a free loopback port, prints the address, and ends with
// ctx.
func serveChild(ctx context.Context, out io.Writer, handler http.Handler) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
