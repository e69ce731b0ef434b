// Command load measures Plaza under load, on this machine only: it refuses
// every address that is not loopback, and every run is bounded.
//
//	go run ./load wechat -plaza ./plaza [-aes-key K]
//	go run ./load wechat -target http://127.0.0.1:8080/webhooks/wechat/{account} -token T [-aes-key K -app-id A]
//	go run ./load live
//	go run ./load soak -channel wechat -messages 100000 -faults 0.05 [-kill]
//	go run ./load roster -channel wechat -people 1000000 [-kill]
//	go run ./load risk [-seeds validation] [-compare] [-train prior.json]
//	go run ./load pay [-seconds 10]
//	go run ./load wallet -transfers 1000000 [-kill]
//	go run ./load bill -lines 1000000
//	go run ./load start -plaza ./plaza
//
// "wechat" sends signed text messages of many users over 64 connections, in
// turns to the target and to a bare handler that only checks the signature and
// echoes; it prints requests a second, latencies, their ratio, and latencies
// at half of the measured rate. With -plaza it starts that binary on a
// temporary folder and sets an account up; with neither it drives the bare
// handler alone, which tells how much the generator itself can do.
//
// "live" opens 5,000 WebSockets to a hub over an embedded store in a process
// of its own and prints how long one event takes to all of them and what an
// idle connection costs.
//
// "soak" sends messages through the program and a messenger's stand-in on which
// calls go wrong in every way, with or without killing the sending process, and
// compares message by message what was sent, what the books say and what was
// received. It fails if they do not balance.
//
// "roster" has the program read a platform's list of followers from a stand-in,
// with or without killing the reading process in the middle, prints how fast that
// is and with how much memory, and fails unless everybody is there once.
//
// "risk" plays two months of simulated behaviour and nine patterns of fraud
// through the risk engine and prints how much of each it finds and how much of
// what is normal it disturbs; or it trains what the engine begins with.
//
// "pay" buys with balances, from the order to the ledger, and prints how many
// payments a second that makes on the embedded store, every step of them durable.
//
// "wallet" sends money round a ring of a hundred wallets, with or without killing
// the sending process, and fails unless everything adds up to the last minor unit.
//
// "bill" compares a provider's bill of a day with the payments in an embedded
// store and prints how many lines a second that makes and with how much memory; it
// fails unless each line is found to be what it is.
//
// "start" prints how long a binary takes to be ready, its size, and the memory
// it holds when nothing happens.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// longest bounds any run but a soak, which has a bound of its own.
const longest = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || !slices.Contains([]string{"soak", "roster", "wallet", "bill", soakRole, ringRole}, args[0]) { // those bound themselves
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, longest)
		defer cancel()
	}
	if len(args) == 0 {
		return fmt.Errorf("name a scenario: wechat, live, soak, roster, risk, pay, wallet, bill or start")
	}
	switch args[0] {
	case "wechat":
		return runWeChat(ctx, args[1:], out)
	case "live":
		return runLive(ctx, args[1:], out)
	case "soak":
		return runSoak(ctx, args[1:], out)
	case "roster":
		return runRoster(ctx, args[1:], out)
	case "risk":
		return runRisk(ctx, args[1:], out)
	case "pay":
		return runPay(ctx, args[1:], out)
	case "wallet":
		return runWallet(ctx, args[1:], out)
	case ringRole:
		return serveRing(ctx, out)
	case "bill":
		return runBill(ctx, args[1:], out)
	case "start":
		return runStart(ctx, args[1:], out)
	case bareRole:
		return serveChild(ctx, out, bareHandler(os.Getenv(tokenVariable)))
	case hubRole:
		return serveHub(ctx, out)
	case soakRole:
		return serveSoak(ctx, out)
	}
	return fmt.Errorf("no scenario %q: wechat, live, soak, roster, risk, pay, wallet, bill or start", args[0])
}
