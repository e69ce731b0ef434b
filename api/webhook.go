package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/fault"
	"plaza/message"
)

// Webhooks takes a platform's call and answers it: bot.Webhooks.
type Webhooks interface {
	Handle(ctx context.Context, channel, account string, request message.Request) (message.Response, error)
}

const webhookRoute = "/webhooks/:channel/:account"

// errBody answers a call whose body did not arrive whole.
var errBody = fault.New(fault.Invalid, "body_incomplete", "The body of this request did not arrive whole.")

// maxWebhook bounds a webhook's body. The largest that a platform sends is
// WeChat's report of a mass send, some tens of kilobytes.
const maxWebhook = 256 << 10

// receive is where every message of every messenger comes in.
func receive(webhooks Webhooks, now func() time.Time, logger *slog.Logger, texts web.Texts) gin.HandlerFunc {
	return web.JSON(logger, texts, func(c *gin.Context) error {
		body, err := readWebhook(c)
		if err != nil {
			return err
		}
		response, err := webhooks.Handle(c, c.Param("channel"), c.Param("account"), message.Request{
			Method: c.Request.Method,
			Query:  c.Request.URL.Query(),
			Header: c.Request.Header,
			Body:   body,
			At:     now(),
		})
		if err != nil {
			return err
		}
		if response.Written != nil {
			c.Header("Content-Length", strconv.Itoa(len(response.Body)))
		}
		c.Data(response.Status, response.ContentType, response.Body)
		if response.Written != nil {
			c.Writer.Flush()
			if c.Request.Context().Err() == nil { // somebody was there to read it
				response.Written(context.WithoutCancel(c))
			}
		}
		return nil
	})
}

// readWebhook reads a call's body, as far as maxWebhook goes.
func readWebhook(c *gin.Context) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxWebhook))
	if tooLarge := (*http.MaxBytesError)(nil); err != nil && !errors.As(err, &tooLarge) {
		err = errBody.Because(err)
	}
	return body, err
}
