package console

import (
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/templates"
)

func (s *Console) auditLog(c *gin.Context) error {
	base, err := s.base(c)
	if err != nil {
		return err
	}
	found, next, err := s.accounts.Audit.Find(c, accountID(c), account.AuditFilter{Actor: c.Query("who")}, after(c))
	if err != nil {
		return err
	}
	page := &templates.Audit{Base: base, Pager: pager(c, next)}
	for _, one := range found {
		row := templates.AuditRow{At: one.At, Who: one.Actor.Name, Address: one.Actor.Address,
			What: s.word(c, "audit.action", one.Action), Thing: one.Thing}
		row.URL = thingPath(c, one.Thing)
		var before, after []string
		for _, change := range one.Changes {
			if change.Before != "" {
				before = append(before, change.Field+": "+change.Before)
			}
			after = append(after, change.Field+": "+change.After)
		}
		row.Before, row.After = strings.Join(before, ", "), strings.Join(after, ", ")
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

// thingPages are where the things of the audit log are shown.
var thingPages = map[string][]string{
	"campaign": {"campaigns"}, "notice": {"notices"}, "code": {"codes"}, "rule": {"rules"}, "product": {"products"},
	"order": {"orders"}, "subscriber": {"subscribers"}, "conversation": {"inbox", "c"},
}

// thingPath is the page of a thing "kind:id"; empty if it has none.
func thingPath(c *gin.Context, thing string) string {
	kind, id, ok := strings.Cut(thing, ":")
	pages := thingPages[kind]
	if !ok || id == "" || pages == nil {
		return ""
	}
	return path(c, append(append([]string{}, pages...), id)...)
}
