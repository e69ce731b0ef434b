package web

import (
	"log/slog"

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
	if problem.Status == 429 || problem.Status == 503 {
		c.Header("Retry-After", "5")
	}
	c.JSON(problem.Status, problem)
}
