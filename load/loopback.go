package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// parseTarget reads the address of a server on this machine. Any other is
// refused: this program is no tool to use against somebody else's server.
func parseTarget(ctx context.Context, raw string) (*url.URL, error) {
	target, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if target.Scheme != "http" || target.Port() == "" || target.User != nil {
		return nil, fmt.Errorf("target %q: want http://127.0.0.1:PORT/PATH", raw)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", target.Hostname())
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	for _, address := range addresses {
		if !address.Unmap().IsLoopback() {
			return nil, fmt.Errorf("target %q: %s is not loopback; only this machine may be loaded", raw, address)
		}
	}
	if target.Path == "" {
		target.Path = "/"
	}
	return target, nil
}

// newDialer refuses, at the socket itself, every address that is not loopback:
// a name may resolve differently the second time.
func newDialer() *net.Dialer {
	return &net.Dialer{
		Timeout: 5 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			remote, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("dial: %w", err)
			}
			if !remote.Addr().Unmap().IsLoopback() {
				return fmt.Errorf("dial: %s is not loopback", remote)
			}
			return nil
		},
	}
}
