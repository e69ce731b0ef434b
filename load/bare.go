package main

import (
	"crypto/subtle"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
)

// bareHandler is what Plaza is compared with: gin, the check of the signature,
// and the message given back. It decrypts, keeps and decides nothing.
func bareHandler(token string) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/*path", func(c *gin.Context) {
		want := sign(token, c.Query("timestamp"), c.Query("nonce"))
		if subtle.ConstantTimeCompare([]byte(want), []byte(c.Query("signature"))) != 1 {
			c.String(http.StatusForbidden, "bad signature")
			return
		}
		body, err := io.ReadAll(io.LimitReader(c.Request.Body, 1<<20))
		if err != nil {
			c.String(http.StatusBadRequest, "bad body")
			return
		}
		c.Data(http.StatusOK, "text/xml; charset=utf-8", body)
	})
	return engine
}
