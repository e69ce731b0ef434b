package console

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop/counter/scan"
)

// readCode reads the code in a frame of a till's camera, for browsers that can't
// themselves. No content means that there is none in it.
func (s *Console) readCode(c *gin.Context) error {
	if !s.frames.Allow(memberID(c)) {
		return web.ErrTooOften
	}
	picture, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, scan.MaxBytes))
	if err != nil {
		return err
	}
	code, err := scan.Read(bytes.NewReader(picture))
	if errors.Is(err, scan.ErrNoCode) {
		c.Status(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"code": code})
	return nil
}
