package console

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/broadcast/qr"
	"plaza/fault"
	"plaza/message"
	"plaza/templates"
)

// sceneLives are the lives of messengers' codes that the form offers, in days.
var sceneLives = []int{1, 7, 30}

// sceneCode is the code that a messenger has made for one of ours, and the form
// that has it made.
func (s *Console) sceneCode(c *gin.Context, found qr.Code, channel string) templates.SceneCode {
	scene := templates.SceneCode{Channel: channel, Link: found.Scenes[channel], Until: found.SceneEnds[channel]}
	if number := found.SceneNumbers[channel]; number != 0 {
		scene.Number = strconv.FormatInt(number, 10)
	}
	scene.Ended = !scene.Until.IsZero() && !s.now().Before(scene.Until)
	scene.Lives = []templates.Option{{Value: "0", Label: s.said(c, "codes.scene.forever"), Chosen: scene.Until.IsZero()}}
	for i, days := range sceneLives {
		scene.Lives = append(scene.Lives, templates.Option{Value: strconv.Itoa(days), Label: s.said(c, "codes.scene.days", days),
			Chosen: !scene.Until.IsZero() && i == len(sceneLives)-1})
	}
	return scene
}

var errSceneForm = fault.New(fault.Invalid, "scene_form", "Please give a number of days, and for the number digits only.").In("number")

// readScene reads the form of a messenger's code.
func readScene(c *gin.Context, code, channel string) (message.Scene, error) {
	scene := message.Scene{Text: code}
	days, err := strconv.Atoi(c.DefaultPostForm(channel+".days", "0"))
	if err != nil || days < 0 || days > 30 {
		return scene, errSceneForm
	}
	scene.Life = time.Duration(days) * 24 * time.Hour
	if typed := field(c, channel+".number"); typed != "" {
		if scene.Number, err = strconv.ParseInt(typed, 10, 64); err != nil || scene.Number < 1 {
			return scene, errSceneForm
		}
	}
	return scene, nil
}

// makeScene has a messenger make its own code for one of ours, or make it anew.
func (s *Console) makeScene(c *gin.Context) error {
	id, channel := c.Param("code"), c.PostForm("channel")
	scene, err := readScene(c, id, channel)
	if err == nil {
		err = s.audited(c, "code.scene_made", "code:"+id, func() error {
			return web.MakeScene(c, s.Codes, s.Bot.Connections(), web.At(c).Account.ID, id, channel, scene)
		})
	}
	return s.done(c, path(c, "codes", id), "codes.done.scene", err)
}
