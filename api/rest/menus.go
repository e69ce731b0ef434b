package rest

import (
	"context"
	"errors"

	"plaza/account"
	"plaza/bot"
	"plaza/message"
)

// menuRoutes are about the menus under the chat, and about the platforms' lists
// of who follows.
func (s *surface) menuRoutes() {
	rules, people, settings := needs{account.WriteRules}, needs{account.ReadSubscribers}, needs{account.Settings}
	add(s, read("/menus", "get-menus", "Get the account's menus, and where they are published", anybody), s.getMenus)
	add(s, change(put, "/menus", "change-menus", "Replace the draft of all menus", rules, "menu.saved"), s.changeMenus)
	add(s, change(post, "/menus/publish", "publish-menus", "Show the draft on every messenger that has menus", rules, "menu.published"), s.publishMenus)

	add(s, read("/channels/{channel}/followers", "get-roster", "See how far a messenger's list of followers is read", people), s.getRoster)
	add(s, change(post, "/channels/{channel}/followers", "read-roster", "Begin to read a messenger's list of followers", settings, "channel.followers_read"), s.readRoster)
}

// MenuBoard is an account's menus with how far people have been given theirs.
type MenuBoard struct {
	bot.MenuBoard
	// Rounds has an entry for each messenger that wants it.
	Rounds map[string]bot.MenuRound `json:"rounds,omitempty" doc:"Where each person is given their menu one by one: how far that is, by messenger."`
}

func (s *surface) getMenus(ctx context.Context, who account.Access, _ *none) (MenuBoard, error) {
	board, err := s.Bot.Menus().Get(ctx, who.Account)
	view := MenuBoard{MenuBoard: board, Rounds: map[string]bot.MenuRound{}}
	for channel := range board.Published {
		round, begun, failed := s.Bot.Menus().Round(ctx, who.Account, channel)
		if begun {
			view.Rounds[channel] = round
		}
		err = errors.Join(err, failed)
	}
	return view, err
}

type changeMenusInput struct {
	Body struct {
		Version int64          `json:"version" minimum:"0" doc:"Of the menus that were changed, 0 if there were none; another means that somebody else changed them meanwhile."`
		Menus   []message.Menu `json:"menus" maxItems:"10" nullable:"false" doc:"The first is for everybody, and of the others the first that is for somebody is theirs. None takes all menus away once published."`
	}
}

func (s *surface) changeMenus(ctx context.Context, who account.Access, in *changeMenusInput) (bot.MenuBoard, error) {
	return s.Bot.Menus().Save(ctx, who.Account, in.Body.Version, in.Body.Menus)
}

// publishMenus answers with the board: what went wrong on one messenger stands
// there, and keeps no other from its menus.
func (s *surface) publishMenus(ctx context.Context, who account.Access, _ *none) (bot.MenuBoard, error) {
	return s.Bot.Menus().Publish(ctx, who.Account)
}

// getRoster tells of a connected messenger only: of one that was never read it
// says so by an empty state.
func (s *surface) getRoster(ctx context.Context, who account.Access, in *OneChannel) (bot.Roster, error) {
	if _, err := s.Bot.Connections().Get(ctx, who.Account, in.Channel); err != nil {
		return bot.Roster{}, err
	}
	roster, has, err := s.Bot.Subscribers().Roster(ctx, who.Account, in.Channel)
	if err == nil && !has {
		err = bot.ErrNoRoster
	}
	roster.Channel = in.Channel
	return roster, err
}

func (s *surface) readRoster(ctx context.Context, who account.Access, in *OneChannel) (bot.Roster, error) {
	return s.Bot.Subscribers().ReadRoster(ctx, who.Account, in.Channel)
}
