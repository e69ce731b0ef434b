package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"plaza/bot"
)

type connectCommand struct {
	Account     string `arg:"" help:"Slug or id of the account."`
	Channel     string `arg:"" help:"The messenger, such as wechat."`
	Credentials string `arg:"" help:"File of the credentials, as JSON (see the channel's page in docs); - reads standard input."`
}

// maxCredentials is more than any messenger's credentials take.
const maxCredentials = 16 << 10

// Run does what the console's channel page does, for whoever sets servers up by
// script. The credentials come in a file, because arguments can be seen by
// everybody on the machine.
func (c connectCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	credentials, err := c.read()
	if err != nil {
		return err
	}
	return with(ctx, s, func(p *program) error {
		found, err := p.Accounts.Accounts.Find(ctx, c.Account)
		if err != nil {
			return err
		}
		saved, err := p.Bot.Connections().Save(ctx, found.ID, c.Channel, credentials)
		if err != nil {
			return err
		}
		if saved.State == bot.Broken {
			return errors.New(saved.LastError)
		}
		_, err = fmt.Fprintf(out, "webhook  %s/webhooks/%s/%s\n", s.publicURL(), c.Channel, found.Slug)
		return err
	})
}

func (c connectCommand) read() ([]byte, error) {
	file := os.Stdin
	if c.Credentials != "-" {
		var err error
		if file, err = os.Open(c.Credentials); err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
	}
	return io.ReadAll(io.LimitReader(file, maxCredentials+1))
}
