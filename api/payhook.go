package api

import (
	"context"
	"log/slog"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop/pay"
)

// PaymentNotices takes a payment provider's notification and says what the
// provider wants to hear: pay.Service.
type PaymentNotices interface {
	Notify(ctx context.Context, provider, account string, request pay.Notification) (pay.Reply, error)
}

const paymentRoute = "/webhooks/pay/:provider/:account"

// hearPayment is where every payment provider's notifications come in. What
// is not taken is answered with an error, and the provider tells it again.
func hearPayment(notices PaymentNotices, logger *slog.Logger, texts web.Texts) gin.HandlerFunc {
	return web.JSON(logger, texts, func(c *gin.Context) error {
		body, err := readWebhook(c)
		if err != nil {
			return err
		}
		reply, err := notices.Notify(c, c.Param("provider"), c.Param("account"), pay.Notification{
			Header: c.Request.Header,
			Query:  c.Request.URL.Query(),
			Body:   body,
		})
		if err != nil {
			return err
		}
		if reply.Body == "" {
			c.Status(reply.Status)
			return nil
		}
		c.Data(reply.Status, reply.ContentType, []byte(reply.Body))
		return nil
	})
}
