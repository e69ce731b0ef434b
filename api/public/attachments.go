package public

import (
	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/attachment"
	"plaza/bot/webchat"
)

// attach takes a file from the chat and says it: under one id, so that a page
// that lost its connection sends both again without harm.
func (p *pages) attach(c *gin.Context) error {
	of, visitor, err := p.acting(c)
	if err != nil {
		return err
	}
	file := web.Upload(c)
	if file.Key == "" {
		return webchat.ErrClientKey.In("key")
	}
	file.Account, file.Owner = of.ID, visitor.Person().ID
	kept, err := p.Attachments.Keep(c, file)
	if err != nil {
		return err
	}
	if _, err := p.Chat.Say(c, visitor, webchat.Said{Key: file.Key, Attachment: kept.Address()}); err != nil {
		return err
	}
	return done(c, chatPath(of), gin.H{"id": file.Key})
}

// attachment serves a file to who takes part in its conversation: the visitor
// who sent it, and members who may read the inbox. What members send goes to
// whoever has the address, because the person's messenger fetches it.
func (p *pages) attachment(c *gin.Context) error {
	found, err := p.Attachments.Find(c, c.Param("attachment"))
	if err != nil {
		return err
	}
	if !found.Open {
		if err := p.mayOpen(c, found); err != nil {
			return err
		}
	}
	web.SendAttachment(c, p.Attachments, found)
	return nil
}

func (p *pages) mayOpen(c *gin.Context, found attachment.Attachment) error {
	visitor, known, err := p.visitor(c, found.Account)
	if err != nil || known && visitor.Person().ID == found.Owner {
		return err
	}
	if who, ok := p.Visiting(c); ok {
		access, err := p.Accounts.Members.Access(c, found.Account, who.Member, c.ClientIP())
		if err == nil && access.May(account.ReadInbox) {
			return nil
		}
	}
	return attachment.ErrNoAttachment // nor need anybody know that there is one
}
