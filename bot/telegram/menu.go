package telegram

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/message"
)

// Telegram's menu is a list of commands beside the keyboard. A command can say
// its own name only, so what it stands for is kept under that name: an entry's
// payload, or the page that it opens, which is then given as a button.

// The limits of commands (platform document: "BotCommand").
const (
	maxCommand        = 32  // letters, digits and "_"
	maxCommandWords   = 256 // characters
	keepCommand       = 5 * keepMeaning
	entryBelow        = " › "
	commandOfNoLetter = "menu"
)

// PublishMenus puts the entries of a menu up as commands, in each language that
// has a menu of its own; menus for some tags or systems can't be had. Doing it
// again leads to the same.
func (c *Channel) PublishMenus(ctx context.Context, credentials []byte, menus []message.Menu) (leftOut []int, err error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	lists, leftOut, kept := c.commands(menus)
	for name, meaning := range kept {
		if err := c.memory.Keep(ctx, memoryKey(a, commandPrefix+name), meaning, c.now().Add(keepCommand)); err != nil {
			return nil, fmt.Errorf("keep a menu: %w", err)
		}
	}
	for _, language := range append([]string{""}, message.Languages[:]...) {
		if err := c.putCommands(ctx, a, language, lists[language]); err != nil {
			return nil, asFault(err)
		}
	}
	var button models.InputMenuButton = models.MenuButtonCommands{Type: models.MenuButtonTypeCommands}
	if len(menus) == 0 {
		button = models.MenuButtonDefault{Type: models.MenuButtonTypeDefault}
	}
	return leftOut, asFault(c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) error {
		_, err := bot.SetChatMenuButton(ctx, &tg.SetChatMenuButtonParams{MenuButton: button})
		return err
	}))
}

func (c *Channel) putCommands(ctx context.Context, a *account, language string, list []models.BotCommand) error {
	return c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) (err error) {
		scope := &models.BotCommandScopeAllPrivateChats{}
		if len(list) == 0 {
			_, err = bot.DeleteMyCommands(ctx, &tg.DeleteMyCommandsParams{Scope: scope, LanguageCode: language})
		} else {
			_, err = bot.SetMyCommands(ctx, &tg.SetMyCommandsParams{Commands: list, Scope: scope, LanguageCode: language})
		}
		return err
	})
}

// commands makes the commands of each language, "" being all others, and what
// they mean.
func (c *Channel) commands(menus []message.Menu) (lists map[string][]models.BotCommand, leftOut []int, kept map[string]string) {
	lists, kept = make(map[string][]models.BotCommand), make(map[string]string)
	for i, menu := range menus {
		only := message.MenuReaders{Language: menu.For.Language}
		if _, taken := lists[only.Language]; taken || menu.For != only {
			leftOut = append(leftOut, i)
			continue
		}
		lists[only.Language] = c.entries(menu.Entries, "", kept)
	}
	return lists, leftOut, kept
}

func (c *Channel) entries(entries []message.MenuEntry, above string, kept map[string]string) (list []models.BotCommand) {
	for _, entry := range entries {
		if len(entry.Entries) > 0 {
			list = append(list, c.entries(entry.Entries, above+entry.Label+entryBelow, kept)...)
			continue
		}
		meaning, word := keptPayload+entry.Payload, entry.Payload
		if entry.Action == message.OpenAction || entry.Action == message.ProgramAction {
			meaning, word = keptLink+c.absolute(entry.URL)+"\n"+entry.Label, lastPart(entry.URL)
		}
		list = append(list, models.BotCommand{
			Command:     commandName(word, meaning, kept),
			Description: message.Shorten(above+entry.Label, maxCommandWords, message.Characters),
		})
	}
	return list
}

func lastPart(address string) string {
	address, _, _ = strings.Cut(strings.TrimRight(address, "/"), "?")
	return address[strings.LastIndex(address, "/")+1:]
}

// commandName makes a command of a word, and notes what it means: the same name
// for the same meaning, and no name for two.
func commandName(word, meaning string, kept map[string]string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(word) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	stem := strings.Trim(b.String(), "_")
	if stem == "" || stem == "start" {
		stem = commandOfNoLetter
	}
	stem = stem[:min(len(stem), maxCommand-3)]
	for n, name := 2, stem; ; n++ {
		if known, taken := kept[name]; !taken || known == meaning {
			kept[name] = meaning
			return name
		}
		name = stem + strconv.Itoa(n)
	}
}
