package developer

import (
	"errors"
	"fmt"
)

// Refusal is how a call fails for the developer's program: a number that the
// platform documents ("Global return codes") and a sentence in its words.
type Refusal struct {
	Code int
	Text string
	// Fields go along with the answer, where the platform documents some.
	Fields map[string]any
}

// Error is for logs.
func (r *Refusal) Error() string { return fmt.Sprintf("%d %s", r.Code, r.Text) }

// Is makes refusals with the same number equal for errors.Is.
func (r *Refusal) Is(target error) bool {
	other, ok := target.(*Refusal)
	return ok && other.Code == r.Code
}

// With adds fields to the answer and returns a copy.
func (r *Refusal) With(fields map[string]any) *Refusal {
	return &Refusal{Code: r.Code, Text: r.Text, Fields: fields}
}

// The refusals.
var (
	ErrBusy            = &Refusal{Code: -1, Text: "system error"}
	ErrCredential      = &Refusal{Code: 40001, Text: "invalid credential, access_token is invalid or not latest"}
	ErrGrantType       = &Refusal{Code: 40002, Text: "invalid grant_type"}
	ErrOpenID          = &Refusal{Code: 40003, Text: "invalid openid"}
	ErrMediaType       = &Refusal{Code: 40004, Text: "invalid media type"}
	ErrFileType        = &Refusal{Code: 40005, Text: "invalid file type"}
	ErrMediaSize       = &Refusal{Code: 40006, Text: "invalid media size"}
	ErrMediaID         = &Refusal{Code: 40007, Text: "invalid media_id"}
	ErrMessageType     = &Refusal{Code: 40008, Text: "invalid message type"}
	ErrAppID           = &Refusal{Code: 40013, Text: "invalid appid"}
	ErrButtonCount     = &Refusal{Code: 40016, Text: "invalid button size"}
	ErrButtonType      = &Refusal{Code: 40017, Text: "invalid button type"}
	ErrButtonName      = &Refusal{Code: 40018, Text: "invalid button name size"}
	ErrButtonKey       = &Refusal{Code: 40019, Text: "invalid button key size"}
	ErrButtonURL       = &Refusal{Code: 40020, Text: "invalid button url size"}
	ErrSubButtonCount  = &Refusal{Code: 40023, Text: "invalid sub button size"}
	ErrCode            = &Refusal{Code: 40029, Text: "invalid code"}
	ErrRefreshToken    = &Refusal{Code: 40030, Text: "invalid refresh_token"}
	ErrOpenIDs         = &Refusal{Code: 40032, Text: "invalid openid list size"}
	ErrCharset         = &Refusal{Code: 40033, Text: "invalid charset"}
	ErrTemplateID      = &Refusal{Code: 40037, Text: "invalid template_id"}
	ErrPath            = &Refusal{Code: 40066, Text: "invalid url"}
	ErrParameter       = &Refusal{Code: 40097, Text: "invalid args"}
	ErrSecret          = &Refusal{Code: 40125, Text: "invalid appsecret"}
	ErrCodeUsed        = &Refusal{Code: 40163, Text: "code been used"}
	ErrNoToken         = &Refusal{Code: 41001, Text: "access_token missing"}
	ErrNoAppID         = &Refusal{Code: 41002, Text: "appid missing"}
	ErrNoSecret        = &Refusal{Code: 41004, Text: "appsecret missing"}
	ErrNoMedia         = &Refusal{Code: 41005, Text: "media data missing"}
	ErrNoMediaID       = &Refusal{Code: 41006, Text: "media_id missing"}
	ErrNoCode          = &Refusal{Code: 41008, Text: "missing code"}
	ErrNoOpenID        = &Refusal{Code: 41009, Text: "missing openid"}
	ErrTokenExpired    = &Refusal{Code: 42001, Text: "access_token expired"}
	ErrRefreshExpired  = &Refusal{Code: 42002, Text: "refresh_token expired"}
	ErrNeedGET         = &Refusal{Code: 43001, Text: "require GET method"}
	ErrNeedPOST        = &Refusal{Code: 43002, Text: "require POST method"}
	ErrNotFollowing    = &Refusal{Code: 43004, Text: "require subscribe"}
	ErrEmptyMedia      = &Refusal{Code: 44001, Text: "empty media data"}
	ErrEmptyBody       = &Refusal{Code: 44002, Text: "empty post data"}
	ErrEmptyText       = &Refusal{Code: 44004, Text: "empty content"}
	ErrMediaTooLarge   = &Refusal{Code: 45001, Text: "media size out of limit"}
	ErrTextTooLong     = &Refusal{Code: 45002, Text: "content size out of limit"}
	ErrTitle           = &Refusal{Code: 45003, Text: "title size out of limit"}
	ErrDigest          = &Refusal{Code: 45004, Text: "description size out of limit"}
	ErrAddress         = &Refusal{Code: 45005, Text: "url size out of limit"}
	ErrArticles        = &Refusal{Code: 45008, Text: "article size out of limit"}
	ErrQuota           = &Refusal{Code: 45009, Text: "reach max api daily quota limit"}
	ErrTooOften        = &Refusal{Code: 45011, Text: "api minute-quota reach limit, must slower, retry next minute"}
	ErrWindow          = &Refusal{Code: 45015, Text: "response out of time limit or subscription is canceled"}
	ErrTemplateCount   = &Refusal{Code: 45026, Text: "template num exceeds limit"}
	ErrMassQuota       = &Refusal{Code: 45028, Text: "has no masssend quota"}
	ErrWindowCount     = &Refusal{Code: 45047, Text: "out of response count limit"}
	ErrTagCount        = &Refusal{Code: 45056, Text: "tag num exceeds limit"}
	ErrTagMembers      = &Refusal{Code: 45057, Text: "can't delete the tag that has too many fans"}
	ErrTagReserved     = &Refusal{Code: 45058, Text: "can't modify sys tag"}
	ErrPersonTags      = &Refusal{Code: 45059, Text: "can't add too many tags to user"}
	ErrMassRepeated    = &Refusal{Code: 45065, Text: "clientmsgid exist"}
	ErrMassKeyLength   = &Refusal{Code: 45067, Text: "clientmsgid size out of limit"}
	ErrTagName         = &Refusal{Code: 45157, Text: "invalid tag name"}
	ErrTagNameLength   = &Refusal{Code: 45158, Text: "tag name too long"}
	ErrTagID           = &Refusal{Code: 45159, Text: "invalid tag id"}
	ErrNoMenu          = &Refusal{Code: 46003, Text: "menu no exist"}
	ErrNoPerson        = &Refusal{Code: 46004, Text: "user no exist"}
	ErrFormat          = &Refusal{Code: 47001, Text: "data format error"}
	ErrNotGranted      = &Refusal{Code: 48001, Text: "api unauthorized"}
	ErrClearQuota      = &Refusal{Code: 48006, Text: "forbid to clear quota because of reaching the limit"}
	ErrNoDefaultMenu   = &Refusal{Code: 65303, Text: "must has default menu before conditional"}
	ErrNoSpecialMenu   = &Refusal{Code: 65301, Text: "no such conditional menu"}
	ErrSpeaker         = &Refusal{Code: 65401, Text: "invalid custom service account"}
	ErrSpeakerNick     = &Refusal{Code: 65403, Text: "invalid custom service nickname"}
	ErrSpeakerName     = &Refusal{Code: 65404, Text: "invalid custom service account"}
	ErrSpeakerCount    = &Refusal{Code: 65405, Text: "custom service account num exceeds limit"}
	ErrSpeakerKnown    = &Refusal{Code: 65406, Text: "custom service account exist"}
	ErrMatchRule       = &Refusal{Code: 65305, Text: "invalid matchrule"}
	ErrSceneValue      = &Refusal{Code: 40053, Text: "invalid action info"}
	ErrScenePermission = &Refusal{Code: 40052, Text: "invalid action name"}
	ErrTicket          = &Refusal{Code: 40087, Text: "invalid ticket"}
	ErrNoMass          = &Refusal{Code: 40059, Text: "invalid msg id"}
)

// refused is the refusal inside an error, or nil.
func refused(err error) *Refusal {
	r, _ := errors.AsType[*Refusal](err)
	return r
}
