//go:build nostandins

package main

import "net"

// openStandIns has none to start: what people run shops with is built without
// the demo's messengers.
func openStandIns(*Settings, net.Addr) (*standIns, error) { return nil, nil }
