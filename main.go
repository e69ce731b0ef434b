// Plaza is a self-hosted backend for official accounts on messengers: people
// scan a code, subscribe, chat, receive news, buy and pay inside the chat.
//
// This folder is the command line and the only place that wires: it chooses
// the database engine and hands every package what it needs. To follow a
// message, start at api/webhook.go and read downwards into bot.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set when a release is built (see Makefile).
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "plaza:", err)
		os.Exit(1)
	}
}

// commands is the command line. Settings may stand before or after a command.
type commands struct {
	Settings

	Serve   serveCommand   `cmd:"" help:"Run the server."`
	Demo    demoCommand    `cmd:"" help:"Run the server with sample accounts, to look around."`
	Account accountCommand `cmd:"" help:"Open an account, or list them."`
	Connect connectCommand `cmd:"" help:"Connect an account to a messenger."`
	Link    linkCommand    `cmd:"" help:"Make a one-time sign-in link for a member."`
	Token   tokenCommand   `cmd:"" help:"Make an API token for an account."`
	Import  importCommand  `cmd:"" help:"Import subscribers or products from a CSV file."`
	Backup  backupCommand  `cmd:"" help:"Write everything into one file, while the server runs."`
	Restore restoreCommand `cmd:"" help:"Fill an empty store from a backup. Sending starts paused."`
	Check   checkCommand   `cmd:"" help:"Add up the ledger of every account, and say what does not agree."`
	Health  healthCommand  `cmd:"" help:"Ask the running server whether it is ready."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// run is the program without its process: tests call it.
func run(ctx context.Context, arguments []string, out io.Writer) error {
	var line commands
	var file settingsFile
	parser, err := kong.New(&line,
		kong.Name("plaza"),
		kong.Description("Official accounts on messengers, self-hosted."),
		kong.UsageOnError(),
		kong.Writers(out, os.Stderr),
		kong.Configuration(file.read, "plaza.toml"),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(out, (*io.Writer)(nil)),
		kong.Bind(&line.Settings),
	)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(arguments)
	if err != nil {
		return err
	}
	if err := errors.Join(file.check(parser.Model.Node), line.check()); err != nil {
		return err
	}
	err = parsed.Run()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil // asked to stop: not a failure
	}
	return err
}

type versionCommand struct{}

func (versionCommand) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, "plaza", version)
	return err
}
