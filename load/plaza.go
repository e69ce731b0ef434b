package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// plazaServer is a Plaza of this run's own: a temporary folder, one account,
// connected to WeChat with credentials that only this run knows.
type plazaServer struct {
	*child
	folder string
}

// The account that is opened, and its app id.
const (
	loadAccount = "load"
	loadAppID   = "wx0000000000000000"
)

// startPlaza sets a Plaza up with its own commands, as an operator would, and
// serves. The token and key are those the sender signs with.
func startPlaza(ctx context.Context, binary, token, aesKey string) (*plazaServer, error) {
	folder, err := os.MkdirTemp("", "plaza-load-")
	if err != nil {
		return nil, fmt.Errorf("plaza: %w", err)
	}
	p := &plazaServer{folder: folder}
	if err := p.setUp(ctx, binary, token, aesKey); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if p.child, err = serve(ctx, binary, p.environment()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return p, nil
}

func (p *plazaServer) environment() []string {
	return []string{"PLAZA_DATA=" + filepath.Join(p.folder, "data"), "PLAZA_ADDR=127.0.0.1:0",
		"PLAZA_LOG_LEVEL=warn", "PLAZA_MONGODB_URI="}
}

func (p *plazaServer) setUp(ctx context.Context, binary, token, aesKey string) error {
	credentials, err := json.Marshal(map[string]string{
		"app_id": loadAppID, "token": token, "encoding_aes_key": aesKey})
	if err != nil {
		return fmt.Errorf("plaza: %w", err)
	}
	file := filepath.Join(p.folder, "wechat.json")
	if err := os.WriteFile(file, credentials, 0o600); err != nil {
		return fmt.Errorf("plaza: %w", err)
	}
	for _, arguments := range [][]string{
		{"account", "open", "--name", "Load", "--slug", loadAccount, "--owner", "load@plaza.example"},
		{"connect", loadAccount, "wechat", file},
	} {
		command := exec.CommandContext(ctx, binary, arguments...)
		command.Env = append(os.Environ(), p.environment()...)
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("plaza %s: %w: %s", arguments[0], err, out)
		}
	}
	return nil
}

// stop ends the server and removes what it kept.
func (p *plazaServer) stop() error {
	p.child.stop()
	return os.RemoveAll(p.folder)
}

// webhook is where the account's messages come in.
func (p *plazaServer) webhook() string {
	return "http://" + p.address + "/webhooks/wechat/" + loadAccount
}

// serve starts `plaza serve` and returns when it has printed its address.
func serve(ctx context.Context, binary string, environment []string) (*child, error) {
	command := exec.CommandContext(ctx, binary, "serve")
	command.Env = append(os.Environ(), environment...)
	command.Stderr = os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 20 * time.Second
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("plaza: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("plaza: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("plaza: no address: %w", err), command.Wait())
	}
	_, address, found := strings.Cut(line, "listens on ")
	address, _, ended := strings.Cut(address, ";")
	c := &child{command: command, address: address}
	if !found || !ended {
		c.stop()
		return nil, fmt.Errorf("plaza: no address in %q", line)
	}
	return c, nil
}
