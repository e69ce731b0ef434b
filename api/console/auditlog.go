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
			What: s.word(c, "audit.action", one.Action), Thing: s.thing(c, one.Thing)}
		row.URL = thingPath(c, one.Thing)
		var before, after []string
		for _, change := range one.Changes {
			if change.Before != "" {
				before = append(before, change.Field+": "+change.Before)
			}
			label, changed := change.Field, change.After
			if one.Action == "refused" {
				label, changed = s.word(c, "audit.action", change.Field), s.refusal(c, change.After)
			}
			after = append(after, label+": "+changed)
		}
		row.Before, row.After = brief(strings.Join(before, ", ")), brief(strings.Join(after, ", "))
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

// refusal says why something was refused, by the code that was kept. A sentence
// with blanks can't be said any more: what stood in them was not kept.
func (s *Console) refusal(c *gin.Context, code string) string {
	key := "fault." + code
	if said := s.Surface.Text(c, key); s.Surface.Renderer.Texts.Has(key) && !strings.Contains(said, "{0}") {
		return said
	}
	return code
}

// brief cuts off what would fill the page: a new account's whole profile.
func brief(text string) string {
	const most = 120
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// thing names a thing "kind:id" in brief: by its kind and the end of its id,
// which tells it from its neighbours.
func (s *Console) thing(c *gin.Context, thing string) string {
	kind, id, _ := strings.Cut(thing, ":")
	if kind == "" {
		return ""
	}
	if len(id) > 8 {
		id = "…" + id[len(id)-6:]
	}
	return strings.TrimSpace(s.word(c, "thing", kind) + " " + id)
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
