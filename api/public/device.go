package public

import (
	"net/http"
	"regexp"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/store"
)

// deviceCookie tells this browser from others when it pays: many people on one,
// or one person on many, is what fraud looks like. It holds a random number and
// is kept nowhere: the guard of payments sees a fingerprint of it that differs
// from account to account.
const deviceCookie = "plaza_device"

const deviceLifetime = 400 * 24 * 3600 // seconds

var deviceID = regexp.MustCompile(`^[0-9A-Z]{26}$`)

// deviceNumber is the number of this browser, a new one for a new browser. People
// see their own browsers by it (package device), under the same fingerprint.
func deviceNumber(c *gin.Context) string {
	if made := c.GetString(deviceCookie); made != "" {
		return made // by this very request
	}
	if kept, err := c.Cookie(deviceCookie); err == nil && deviceID.MatchString(kept) {
		return kept
	}
	made := store.NewID()
	c.Set(deviceCookie, made)
	web.SetCookie(c, &http.Cookie{Name: deviceCookie, Value: made, MaxAge: deviceLifetime})
	return made
}
