package console

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/templates"
)

func (s *Console) tokens(c *gin.Context) error {
	page, err := s.tokensPage(c, nil)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) tokensPage(c *gin.Context, chosen []account.Permission) (*templates.Tokens, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	found, next, err := s.accounts.Tokens.List(c, accountID(c), after(c))
	if err != nil {
		return nil, err
	}
	page := &templates.Tokens{Base: base, Pager: pager(c, next)}
	for _, permission := range web.At(c).Access.Permissions {
		page.Scopes = append(page.Scopes, templates.Option{Value: string(permission), Hint: string(permission),
			Label: s.word(c, "permission", string(permission)), Chosen: slices.Contains(chosen, permission)})
	}
	for _, one := range found {
		row := templates.TokenRow{ID: one.ID, Name: one.Label, Hint: "plz_…" + one.Hint, Created: one.CreatedAt,
			Used: one.LastUsedAt, Expires: one.ExpiresAt}
		for _, scope := range one.Scopes {
			row.Scopes = append(row.Scopes, string(scope))
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func (s *Console) createToken(c *gin.Context) error {
	wanted := account.NewToken{Label: field(c, "name")}
	for _, scope := range c.PostFormArray("scopes") {
		wanted.Scopes = append(wanted.Scopes, account.Permission(scope))
	}
	var err error
	if days := c.PostForm("expires"); days != "" {
		if wanted.Days, err = strconv.Atoi(days); err != nil || wanted.Days <= 0 {
			err = account.ErrLifetime
		}
	}
	var secret string
	if err == nil {
		secret, _, err = s.accounts.Tokens.Create(c, web.At(c).Access, wanted)
	}
	if err == nil {
		return web.RedirectSaying(c, path(c, "settings", "tokens"), templates.Flash{Kind: "good",
			Text: s.said(c, "tokens.done.made"), Secret: secret})
	}
	page, shown := s.tokensPage(c, wanted.Scopes)
	if shown != nil {
		return shown
	}
	page.Name = wanted.Label
	if err := s.refused(c, &page.Base, err, map[string]string{"label": "name", "days": "expires"}, "name"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) revokeToken(c *gin.Context) error {
	err := s.accounts.Tokens.Revoke(c, accountID(c), c.Param("token"), web.At(c).Access.Actor)
	return s.done(c, path(c, "settings", "tokens"), "tokens.done.revoked", err)
}
