package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"plaza/account"
	"plaza/store"
)

// checkCommand adds up the books of every account.
type checkCommand struct{}

// errUnsound ends the command with a failure.
var errUnsound = errors.New("the ledger does not add up; see above")

func (checkCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	return with(ctx, s, func(p *program) error {
		var unsound error
		for after, more := store.Cursor(""), true; more; more = after != "" {
			var page []account.Account
			var err error
			if page, after, err = p.Accounts.Accounts.List(ctx, after); err != nil {
				return err
			}
			for _, one := range page {
				said := "every transfer sums to zero, every balance is what they say"
				if err := p.Ledger.Audit(ctx, one.ID); err != nil {
					said, unsound = err.Error(), errUnsound
				}
				if _, err := fmt.Fprintf(out, "%-24s %s\n", one.Slug, said); err != nil {
					return err
				}
			}
		}
		return unsound
	})
}
