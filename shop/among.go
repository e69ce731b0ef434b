package shop

import (
	"context"

	"plaza/message"
)

// leadTo answers with one button to a page of the person's money: what goes among
// friends needs a list of them, which no conversation shows.
func leadTo(text, button, path string) action {
	return func(s *Service, ctx context.Context, person message.Person, _ string) ([]message.Outbound, error) {
		front, err := s.Directory.Storefront(ctx, person.Account)
		if err != nil {
			return nil, err
		}
		return []message.Outbound{message.Choice(s.Texts.Text(person.Language, text), s.walletButton(person, front, button, path))}, nil
	}
}

// walletButton leads to a page below that of a person's money.
func (s *Service) walletButton(person message.Person, front Storefront, key, path string) message.Button {
	return message.Button{Label: s.Texts.Text(person.Language, key), URL: s.Links.Wallet(front.Slug) + path}
}
