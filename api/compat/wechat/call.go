package wechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot/developer"
)

// call is one call of the API.
type call struct {
	*gin.Context
	api *api
	app developer.App // whose token it brought
}

// account is whom the call is about.
func (c *call) account() string { return c.app.Account }

// fields are an answer.
type fields = map[string]any

// raw is an answer that is no JSON.
type raw struct {
	contentType, name string
	body              []byte
}

// contentType is what WeChat calls its JSON.
const contentType = "application/json; encoding=utf-8"

// answer writes what a call came to; nil is no more than that it went well.
func (c *call) answer(answer any) {
	switch answer := answer.(type) {
	case nil:
		c.write(fields{"errcode": 0, "errmsg": "ok"})
	case raw:
		if answer.name != "" {
			c.Header("Content-Disposition", `attachment; filename="`+answer.name+`"`)
		}
		c.Header("X-Content-Type-Options", "nosniff")
		c.Data(http.StatusOK, answer.contentType, answer.body)
	default:
		c.write(answer)
	}
}

// write is exact about two things that SDKs stumble over: no line break at the
// end, and no escapes for <, > and &.
func (c *call) write(answer any) {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil {
		c.api.Logger.Error("developer answer", "id", web.RequestID(c.Context), "call", c.Param("call"), "error", err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, contentType, bytes.TrimSuffix(written.Bytes(), []byte("\n")))
}

// refuse answers a call that failed. What is no refusal is our own mistake.
func (a *api) refuse(c *gin.Context, err error) {
	refusal, ok := errors.AsType[*developer.Refusal](err)
	if !ok {
		a.Logger.Error("developer call failed", "id", web.RequestID(c), "call", c.Param("call"), "error", err)
		refusal = developer.ErrBusy
	}
	answer := fields{"errcode": refusal.Code, "errmsg": refusal.Text + " rid: " + web.RequestID(c)}
	maps.Copy(answer, refusal.Fields)
	(&call{Context: c, api: a}).write(answer)
}

// maxBody is the largest JSON of a call, in bytes: ten thousand open ids.
const maxBody = 1 << 20

// body reads a call's JSON. Fields that it has besides are passed over, as WeChat
// does. Errors: ErrEmptyBody, ErrFormat, ErrCharset.
func (c *call) body(into any) error {
	read, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	if err != nil {
		return developer.ErrFormat
	}
	return decode(read, into)
}

func decode(read []byte, into any) error {
	switch {
	case len(read) == 0:
		return developer.ErrEmptyBody
	case !utf8.Valid(read):
		return developer.ErrCharset
	case json.Unmarshal(read, into) != nil:
		return developer.ErrFormat
	}
	return nil
}

// number is one that programs write as a number or as a text.
type number int64

func (n *number) UnmarshalJSON(text []byte) error {
	value, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	*n = number(value)
	if string(text) == "null" || string(text) == `""` {
		return nil
	}
	return err
}

// text is one that programs write as a text or as a number.
type text string

func (t *text) UnmarshalJSON(written []byte) error {
	var value any
	if err := json.Unmarshal(written, &value); err != nil {
		return err
	}
	switch value := value.(type) {
	case nil:
	case string:
		*t = text(value)
	case float64, bool:
		*t = text(written)
	default:
		return errors.New("neither text nor number")
	}
	return nil
}

// form is an upload.
type form struct {
	name        string
	content     []byte
	description string
}

// upload reads the file of a call, in the part "media", and the description
// beside it. Errors: ErrNoMedia, ErrMediaTooLarge.
func (c *call) upload() (form, error) {
	const beside = 64 << 10
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, developer.MaxUpload+beside)
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return form{}, developer.ErrNoMedia
	}
	var read form
	found := false
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return form{}, uploadError(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return form{}, uploadError(err)
		}
		switch {
		case part.FormName() == "media":
			read.name, read.content, found = part.FileName(), content, true
		case part.FormName() == "description":
			read.description = string(content)
		}
	}
	if !found {
		return form{}, developer.ErrNoMedia
	}
	return read, nil
}

func uploadError(err error) error {
	if errors.Is(err, multipart.ErrMessageTooLarge) || errors.As(err, new(*http.MaxBytesError)) {
		return developer.ErrMediaTooLarge
	}
	return developer.ErrNoMedia
}
