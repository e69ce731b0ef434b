package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"plaza/account"
	"plaza/store"
)

// The operator's tools. They work on the store itself: with the embedded
// database the server has to be stopped for all but backup, because only one
// process may have it; with MongoDB it may run.

// with opens the app on the store that is there, for one command, and closes it
// behind. Errors: that there is none, for who looks in the wrong folder would
// otherwise be told that nothing is in it.
func with(ctx context.Context, s *Settings, do func(*program) error) error {
	if err := s.storeIsThere(); err != nil {
		return err
	}
	return withNew(ctx, s, do)
}

// withNew is with for a command that may be the first one.
func withNew(ctx context.Context, s *Settings, do func(*program) error) error {
	p, err := open(ctx, s, differences{})
	if err != nil {
		return err
	}
	return errors.Join(do(p), p.close())
}

type accountCommand struct {
	Open openAccountCommand `cmd:"" help:"Open an account, with its owner."`
	List listAccountCommand `cmd:"" help:"List the accounts."`
}

type openAccountCommand struct {
	Kind     string `default:"merchant" enum:"merchant,agency" help:"merchant or agency."`
	Name     string `required:"" help:"Name that subscribers see."`
	Slug     string `help:"Its part of addresses, such as corner-store. Can't be changed later. Empty: made from the name."`
	Owner    string `required:"" help:"Email address of the owner."`
	Language string `default:"en" enum:"en,zh,ko" help:"en, zh or ko."`
	Currency string `default:"USD" help:"Currency of its prices: CNY, KRW, USD... Can't be changed later."`
	TimeZone string `default:"UTC" help:"Time zone, such as Asia/Seoul."`
}

func (c openAccountCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	return withNew(ctx, s, func(p *program) error {
		owner, err := p.Accounts.Members.FindByEmail(ctx, c.Owner)
		if errors.Is(err, account.ErrNoMember) {
			owner, err = p.Accounts.Members.Create(ctx, account.NewMember{Email: c.Owner, Name: c.Owner, Language: c.Language})
		}
		if err != nil {
			return err
		}
		opened, err := p.Accounts.Accounts.Create(ctx, account.NewAccount{
			Slug: c.Slug, Currency: c.Currency,
			Profile: account.Profile{Kind: account.Kind(c.Kind), Names: map[string]string{c.Language: c.Name},
				Language: c.Language, TimeZone: c.TimeZone},
		}, owner.ID, account.System("plaza account open"))
		if err != nil {
			return err
		}
		link, err := p.signInLink(ctx, owner)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "account  %s  %s\nchat     %s/chat/%s\nsign in  %s\n         (once, within 15 minutes)\n",
			opened.ID, opened.Slug, s.publicURL(), opened.Slug, link)
		if err == nil && s.PublicURL == "" {
			_, err = fmt.Fprintln(out, "        ", s.noPublicURL())
		}
		return err
	})
}

type listAccountCommand struct{}

func (listAccountCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	return with(ctx, s, func(p *program) error {
		for after := store.Cursor(""); ; {
			page, next, err := p.Accounts.Accounts.List(ctx, after)
			if err != nil {
				return err
			}
			for _, one := range page {
				if _, err := fmt.Fprintf(out, "%s  %-9s %-8s %-24s %s\n", one.ID, one.Kind, one.State, one.Slug, one.Name(one.Language)); err != nil {
					return err
				}
			}
			if next == "" {
				return nil
			}
			after = next
		}
	})
}

type linkCommand struct {
	Email string `arg:"" help:"Email address of the member."`
}

func (c linkCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	return with(ctx, s, func(p *program) error {
		member, err := p.Accounts.Members.FindByEmail(ctx, c.Email)
		if err != nil {
			return err
		}
		link, err := p.signInLink(ctx, member)
		if err != nil {
			return err
		}
		if s.PublicURL == "" {
			p.Logger.Warn(s.noPublicURL()) // apart from the link, which scripts read
		}
		_, err = fmt.Fprintln(out, link)
		return err
	})
}

func (p *program) signInLink(ctx context.Context, member account.Member) (string, error) {
	secret, _, err := p.Accounts.Links.Create(ctx, account.SignInLink, member)
	return p.PublicURL + "/console/link/" + secret, err
}

type tokenCommand struct {
	Account string   `arg:"" help:"Slug or id of the account."`
	Label   string   `default:"made on the command line" help:"What the token is for."`
	Scope   []string `help:"Permissions, such as shop.read,orders.write. Empty: all."`
	Days    int      `default:"0" help:"Days until it ends. 0: until it is revoked."`
}

func (c tokenCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	return with(ctx, s, func(p *program) error {
		found, err := p.Accounts.Accounts.Find(ctx, c.Account)
		if err != nil {
			return err
		}
		access := account.Operate(found.ID, "plaza token")
		scopes := access.Permissions
		if len(c.Scope) > 0 {
			scopes = nil
			for _, scope := range c.Scope {
				scopes = append(scopes, account.Permission(scope))
			}
		}
		secret, _, err := p.Accounts.Tokens.Create(ctx, access, account.NewToken{Label: c.Label, Scopes: scopes, Days: c.Days})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, secret)
		return err
	})
}
