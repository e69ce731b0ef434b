package web

import (
	"mime"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/attachment"
	"plaza/message"
)

// AttachmentPath is where an attachment is served.
func AttachmentPath(a attachment.Attachment) string { return "/attachments/" + a.Address() }

// Upload is a file in the body of a request, as it is. What it is called and how
// long it lasts stands in the query (key, name, voice, length), because scripts
// send it so, with their progress. Whose it is, the caller adds.
func Upload(c *gin.Context) attachment.File {
	length, _ := strconv.Atoi(c.Query("length")) // not a number: not known
	return attachment.File{Key: c.Query("key"), Content: c.Request.Body, Size: c.Request.ContentLength,
		Name: c.Query("name"), Voice: c.Query("voice") != "", Length: length}
}

// SendAttachment serves a file so that it can be shown or played, in pieces if
// the player wants, and so that nothing in it runs.
func SendAttachment(c *gin.Context, store *attachment.Attachments, a attachment.Attachment) {
	disposition := "attachment"
	if a.Kind != message.FileIn {
		disposition = "inline"
	}
	if a.Name != "" {
		disposition = mime.FormatMediaType(disposition, map[string]string{"filename": a.Name})
	}
	header := c.Writer.Header()
	header.Set("Content-Type", a.Type)
	header.Set("Content-Disposition", disposition)
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "private, max-age=31536000, immutable")
	header.Set("ETag", `"`+a.Upload+`"`)
	http.ServeContent(c.Writer, c.Request, "", a.CreatedAt, store.Read(c, a))
}
