package web

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Handler is a request handler that may fail. Its shape is always the same:
// who is asking, decode, one call of a domain package, render.
type Handler func(*gin.Context) error

// JSON serves a handler of the REST API: errors become problem details.
func JSON(logger *slog.Logger, texts Texts, handle Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handle(c); err != nil {
			AbortJSON(c, logger, texts, err)
		}
	}
}

// AbortJSON answers with problem details and ends the request.
func AbortJSON(c *gin.Context, logger *slog.Logger, texts Texts, err error) {
	problem := Describe(c, logger, texts, err)
	c.Abort()
	if c.Writer.Written() {
		return
	}
	c.Header("Content-Type", ProblemMediaType)
	c.Header("Cache-Control", "no-store")
	sayWhen(c, problem.Status)
	c.JSON(problem.Status, problem)
}

// sayWhen tells a program when trying again makes sense.
func sayWhen(c *gin.Context, status int) {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		c.Header("Retry-After", "5")
	}
}
