package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/bot"
	"plaza/message"
	"plaza/templates"
)

// What the editor of menus shows: as much as a phone has room for.
const (
	menuColumns = 3
	menuRows    = 5
)

func (s *Console) menus(c *gin.Context) error {
	board, err := s.Bot.Menus().Get(c, accountID(c))
	if err != nil {
		return err
	}
	page, err := s.menusPage(c, board, nil)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// menusPage shows a board. numbers are those of the form's menus, where they
// are not counted from 0.
func (s *Console) menusPage(c *gin.Context, board bot.MenuBoard, numbers []int) (*templates.Menus, error) {
	base, err := s.base(c, "overview")
	if err != nil {
		return nil, err
	}
	page := &templates.Menus{Base: base, Version: board.Version, Blank: s.menuForm(c, "__n__", message.Menu{For: message.MenuReaders{Tag: " "}})}
	page.Blank.Tag = ""
	menus := board.Menus
	if len(menus) == 0 {
		menus = []message.Menu{{}}
	}
	for i, menu := range menus {
		n := i
		if i < len(numbers) {
			n = numbers[i]
		}
		form := s.menuForm(c, strconv.Itoa(n), menu)
		form.Everybody = i == 0
		page.Menus = append(page.Menus, form)
	}
	names, err := s.Bot.Menus().Channels(c, accountID(c))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		published := board.Published[name]
		row := templates.MenuChannel{Name: name, State: "draft", At: published.At, LeftOut: len(published.LeftOut), Old: published.Version != board.Version}
		if published.Problem != "" {
			row.Problem = s.fault(c, published.Fault, published.Problem, published.Args)
		}
		if published.State != "" {
			row.State = string(published.State)
		}
		if row.Round, err = s.menuRound(c, name); err != nil {
			return nil, err
		}
		page.Channels = append(page.Channels, row)
	}
	counts, err := s.Bot.Subscribers().Counts(c, accountID(c))
	for _, tag := range tagOptions(counts, "") {
		page.Tags = append(page.Tags, tag.Value)
	}
	return page, err
}

// menuRound is how far a messenger's people have been given their menus.
func (s *Console) menuRound(c *gin.Context, channel string) (*templates.MenuRound, error) {
	round, begun, err := s.Bot.Menus().Round(c, accountID(c), channel)
	if err != nil || !begun {
		return nil, err
	}
	row := &templates.MenuRound{Done: round.State == bot.RoundDone, Seen: round.Seen, Given: round.Given}
	if round.Problem != "" {
		row.Problem = s.fault(c, round.Fault, round.Problem, round.Args)
	}
	return row, nil
}

func (s *Console) menuForm(c *gin.Context, n string, menu message.Menu) templates.MenuForm {
	return templates.MenuForm{
		N: n, Everybody: menu.For.Everybody(), Tag: menu.For.Tag,
		Languages: s.options(c, "language", menu.For.Language, message.Languages[:]...),
		Systems:   s.options(c, "system", string(menu.For.System), string(message.Apple), string(message.Android), string(message.OtherSystem)),
		Entries:   s.entryForms(c, "menus."+n, menu.Entries, menuColumns),
	}
}

// entryForms are so many places for entries, of which some may be blank.
func (s *Console) entryForms(c *gin.Context, at string, entries []message.MenuEntry, places int) []templates.MenuEntryForm {
	forms := make([]templates.MenuEntryForm, places)
	for i := range forms {
		entry := message.MenuEntry{Action: message.PressAction}
		if i < len(entries) {
			entry = entries[i]
		}
		if entry.Action == "" {
			entry.Action = message.PressAction
		}
		actions := make([]string, len(message.MenuActions))
		for j, action := range message.MenuActions {
			actions[j] = string(action)
		}
		value := entry.Payload
		if value == "" {
			value = entry.URL
		}
		forms[i] = templates.MenuEntryForm{
			Name: fmt.Sprintf("%s.entries.%d", at, i), Place: i + 1, Label: entry.Label, Action: string(entry.Action),
			Actions: s.options(c, "menu-action", string(entry.Action), actions...), Value: value, Program: entry.Program, Page: entry.Page,
		}
		if places == menuColumns {
			forms[i].Below = s.entryForms(c, forms[i].Name, entry.Entries, menuRows)
		}
	}
	return forms
}

// saveMenus keeps the draft and, where asked to, publishes it.
func (s *Console) saveMenus(c *gin.Context) error {
	version, err := strconv.ParseInt(field(c, "version"), 10, 64)
	if err != nil {
		return errUnreadable.Because(err)
	}
	numbers := rows(c, "menus", "is")
	names := map[string]string{}
	var menus []message.Menu
	for _, n := range numbers {
		from, to := fmt.Sprintf("menus.%d", n), fmt.Sprintf("menus.%d", len(menus))
		names[to], names[to+".for"] = from, from+".for"
		menus = append(menus, message.Menu{
			For:     message.MenuReaders{Tag: field(c, from+".tag"), Language: c.PostForm(from + ".language"), System: message.System(c.PostForm(from + ".system"))},
			Entries: readEntries(c, from, to, menuColumns, names),
		})
	}
	publish := c.PostForm("do") == "publish"
	err = s.audited(c, "menu.saved", "menu:"+accountID(c), func() error {
		_, err := s.Bot.Menus().Save(c, accountID(c), version, menus)
		return err
	})
	if err == nil && publish {
		err = s.audited(c, "menu.published", "menu:"+accountID(c), func() error {
			_, err := s.Bot.Menus().Publish(c, accountID(c))
			return err
		})
	}
	if err == nil {
		said := "menus.done.saved"
		if publish {
			said = "menus.done.published"
		}
		return s.done(c, path(c, "menus"), said, nil)
	}
	board, failed := s.Bot.Menus().Get(c, accountID(c))
	if failed != nil {
		return failed
	}
	board.Menus, board.Version = menus, version
	page, failed := s.menusPage(c, board, numbers)
	if failed != nil {
		return failed
	}
	// What was left blank is not kept, so the page counts anew.
	for i, n := range numbers {
		names[fmt.Sprintf("menus.%d", i)] = fmt.Sprintf("menus.%d", n)
	}
	if err := s.refused(c, &page.Base, err, names, "menus."); err != nil {
		return err
	}
	return s.again(c, page)
}

// readEntries reads the entries that are not blank. names gets the form's name
// of each field by the one that an error has: pages are drawn again without the
// blanks, so both count alike but for the menu's number.
func readEntries(c *gin.Context, from, to string, places int, names map[string]string) []message.MenuEntry {
	shown := strings.Join(strings.Split(from, ".")[:2], ".")
	var entries []message.MenuEntry
	for i := range places {
		at := fmt.Sprintf("%s.entries.%d", from, i)
		entry := message.MenuEntry{Label: field(c, at+".label"), Action: message.MenuAction(c.PostForm(at + ".form"))}
		value := field(c, at+".value")
		is := fmt.Sprintf("%s.entries.%d", to, len(entries))
		if places == menuColumns {
			entry.Entries = readEntries(c, at, is, menuRows, names)
		}
		if entry.Label == "" && value == "" && len(entry.Entries) == 0 {
			continue
		}
		switch {
		case len(entry.Entries) > 0:
			entry.Action = ""
		case slices.Contains([]message.MenuAction{message.OpenAction, message.ProgramAction}, entry.Action):
			entry.URL = value
		default:
			entry.Payload = value
		}
		if entry.Action == message.ProgramAction {
			entry.Program, entry.Page = field(c, at+".program"), field(c, at+".page")
		}
		drawn := shown + strings.TrimPrefix(is, strings.Join(strings.Split(to, ".")[:2], "."))
		names[is], names[is+".label"], names[is+".action"] = drawn, drawn+".label", drawn+".form"
		names[is+".payload"], names[is+".url"], names[is+".program"] = drawn+".value", drawn+".value", drawn+".program"
		entries = append(entries, entry)
	}
	return entries
}
