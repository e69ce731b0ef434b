package console

import (
	"errors"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
)

// audited enters what the member is about to do into the account's audit log
// and then does it: a crash may leave an entry without the change, but never a
// change without an entry. What was refused is entered as such.
//
// action is "thing.past"; thing is "kind:id". What package account does it
// enters itself.
func (s *Console) audited(c *gin.Context, action, thing string, do func() error) error {
	return s.auditedChange(c, action, thing, nil, do)
}

// auditedChange is audited with what changes.
func (s *Console) auditedChange(c *gin.Context, action, thing string, changes []account.Change, do func() error) error {
	actor := web.At(c).Access.Actor
	entry := account.Entry{Actor: actor, Action: action, Thing: thing, Changes: changes}
	if err := s.accounts.Audit.Record(c, accountID(c), entry); err != nil {
		return err
	}
	err := do()
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		entry.Action = "refused"
		entry.Changes = []account.Change{{Field: action, After: refused.Code}}
		return errors.Join(err, s.accounts.Audit.Record(c, accountID(c), entry))
	}
	return err
}
