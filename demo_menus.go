package main

import (
	"context"

	"plaza/bot/webchat"
	"plaza/message"
)

// seedMenus makes an account's menus and publishes them, if it has none.
func (p *program) seedMenus(ctx context.Context, account string, menus []message.Menu) error {
	board, err := p.Bot.Menus().Get(ctx, account)
	if err != nil || len(board.Menus) > 0 {
		return err
	}
	if _, err := p.Bot.Menus().Save(ctx, account, board.Version, menus); err != nil {
		return err
	}
	_, err = p.Bot.Menus().Publish(ctx, account)
	return err
}

// publishMenus gives the channels that have just been connected the menus that
// people see in the web chat. A draft that a member is still at is left to them.
func (p *program) publishMenus(ctx context.Context, account string) error {
	board, err := p.Bot.Menus().Get(ctx, account)
	if err != nil || len(board.Menus) == 0 {
		return err
	}
	if board.Published[webchat.Name].Version != board.Version {
		return nil
	}
	_, err = p.Bot.Menus().Publish(ctx, account)
	return err
}
