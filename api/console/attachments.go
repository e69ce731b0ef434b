package console

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/attachment"
	"plaza/bot"
	"plaza/message"
)

// attach sends a member's file to the person of a conversation. Sending it again
// under the same key sends it once.
func (s *Console) attach(c *gin.Context) error {
	id, file := c.Param("conversation"), web.Upload(c)
	if _, err := s.Bot.Inbox().Get(c, accountID(c), id); err != nil {
		return err
	}
	if file.Key == "" {
		return bot.ErrNothingToSend
	}
	file.Account, file.Owner, file.Open = accountID(c), id, true
	file.Key = "member:" + file.Key // not the visitor's file of the same key
	kept, err := s.Attachments.Keep(c, file)
	if err != nil {
		return err
	}
	if err := s.answer(c, id, file.Key, attached(kept)); err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"id": c.Query("key")})
	return nil
}

// attached is a file as a message.
func attached(kept attachment.Attachment) message.Outbound {
	address := web.AttachmentPath(kept)
	if kept.Kind == message.ImageIn {
		return message.Image(address)
	}
	forms := map[message.Kind]message.Form{message.VoiceIn: message.VoiceForm, message.VideoIn: message.VideoForm, message.FileIn: message.FileForm}
	return message.Outbound{Form: forms[kept.Kind],
		Media: &message.Media{URL: address, Name: kept.Name, Type: kept.Type, Size: kept.Size, Length: kept.Length}}
}

// media leads to what a person has sent by a messenger that keeps it; the first
// who looks has it fetched.
func (s *Console) media(c *gin.Context) error {
	id := c.Param("conversation")
	found, err := s.Bot.Inbox().Media(c, accountID(c), id, id+"/"+c.Param("message"))
	if err != nil {
		return err
	}
	return web.Redirect(c, found.URL)
}

// fetched is a message whose file is had from our own address.
func fetched(in message.Inbound, address string) *message.Inbound {
	in.MediaURL = address
	return &in
}
