package line

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"plaza/message"
)

// PutUpMenus makes a rich menu of each, with a picture of its words, and shows the
// first to everybody. LINE shows one that is for some to whoever is given it, and
// to nobody else; a kind of phone it can't tell. Doing it again leads to the same:
// a menu that is there is found by its name.
func (c *Channel) PutUpMenus(ctx context.Context, credentials []byte, menus []message.Menu) (ids []string, err error) {
	rich, err := c.RichMenus(credentials)
	if err != nil {
		return nil, err
	}
	ids, err = c.putUp(ctx, rich, menus)
	if err != nil {
		return nil, menuFault(rich.account, err)
	}
	return ids, nil
}

func (c *Channel) putUp(ctx context.Context, rich RichMenus, menus []message.Menu) ([]string, error) {
	there, err := rich.ours(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(menus))
	for i, menu := range menus {
		if menu.For.System != "" {
			continue
		}
		if ids[i], err = c.putUpOne(ctx, rich, there, menu); err != nil {
			return nil, err
		}
	}
	switch {
	case len(menus) > 0:
		return ids, rich.SetDefault(ctx, ids[0])
	case len(there) > 0: // otherwise the default may be somebody else's
		return ids, rich.SetDefault(ctx, "")
	}
	return ids, nil
}

// putUpOne makes a menu that is not there yet. One that is may have been broken off
// before it had its picture.
func (c *Channel) putUpOne(ctx context.Context, rich RichMenus, there map[string]string, menu message.Menu) (string, error) {
	request, picture, err := c.richMenu(menu)
	if err != nil {
		return "", err
	}
	if id := there[request.Name]; id != "" {
		return id, rich.setPicture(ctx, id, picture)
	}
	id, err := rich.Create(ctx, request, picture)
	if err == nil {
		there[request.Name] = id // two may be alike
	}
	return id, err
}

// GiveMenu shows people a menu in the place of everybody's, or "" everybody's.
// LINE refuses a call with somebody it doesn't know as a whole, so the half
// without them is found and told alone.
func (c *Channel) GiveMenu(ctx context.Context, credentials []byte, menu string, users []string) error {
	rich, err := c.RichMenus(credentials)
	if err != nil {
		return err
	}
	users = slices.DeleteFunc(slices.Clone(users), func(user string) bool { return !validID(user) || user[0] != 'U' })
	for part := range slices.Chunk(users, maxLinked) {
		if err := rich.give(ctx, menu, part); err != nil {
			return menuFault(rich.account, err)
		}
	}
	return nil
}

func (m RichMenus) give(ctx context.Context, menu string, users []string) error {
	err := m.Link(ctx, menu, users...)
	refused, ok := errors.AsType[*Error](err)
	switch {
	case !ok, refused.Status != http.StatusBadRequest && refused.Status != http.StatusNotFound, refused.says("richmenu"):
		return err
	case len(users) == 1: // they have left, or never were there
		return nil
	}
	half := len(users) / 2
	return errors.Join(m.give(ctx, menu, users[:half]), m.give(ctx, menu, users[half:]))
}

// KeepMenus takes away what this program has put up, but these.
func (c *Channel) KeepMenus(ctx context.Context, credentials []byte, menus []string) error {
	rich, err := c.RichMenus(credentials)
	if err != nil {
		return err
	}
	there, err := rich.ours(ctx)
	for _, id := range there {
		if err == nil && !slices.Contains(menus, id) {
			err = rich.Delete(ctx, id)
		}
	}
	if err != nil {
		return menuFault(rich.account, err)
	}
	return nil
}
