package wechattest

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// medium is an uploaded file.
type medium struct {
	kind    string
	content []byte
	ends    time.Time // zero: permanent
}

// The platform's limits, in bytes (platform document: "Upload temporary
// media").
var mediaLimits = map[string]int{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}

const mediaDays = 3 * 24 * time.Hour

// sceneName is the one text of a scene.
func sceneName(id int64, text string) string {
	if text != "" {
		return text
	}
	return strconv.FormatInt(id, 10)
}

func (p *Platform) medium(id string) (medium, bool) {
	found, ok := p.media[id]
	return found, ok && (found.ends.IsZero() || p.now().Before(found.ends))
}

// needs refuses a media id that is unknown, over, or of another kind.
func (p *Platform) needs(id string, kinds ...string) *refusal {
	found, ok := p.medium(id)
	switch {
	case !ok:
		return &badMedia
	case !slices.Contains(kinds, found.kind):
		return &badMediaType
	}
	return nil
}

func (p *Platform) upload(r *http.Request, body []byte) (answer, *refusal) {
	kind := r.URL.Query().Get("type")
	limit, known := mediaLimits[kind]
	if !known {
		return nil, &badMediaType
	}
	content, refused := uploaded(r, body)
	if refused != nil {
		return nil, refused
	}
	switch {
	case !fits(kind, content):
		return nil, &badFileType
	case len(content) > limit:
		return nil, &badFileSize
	}
	id, made := fmt.Sprintf("media-%d", p.files+len(p.media)+1), medium{kind: kind, content: content}
	reply := answer{"type": kind, "media_id": id, "created_at": p.now().Unix()}
	if strings.HasPrefix(r.URL.Path, "/cgi-bin/material/") {
		reply = answer{"media_id": id, "url": "http://mmbiz.qpic.cn/" + id}
	} else {
		made.ends = p.now().Add(mediaDays)
	}
	if kind == "thumb" && !made.ends.IsZero() {
		reply = answer{"type": kind, "thumb_media_id": id, "created_at": p.now().Unix()}
	}
	p.media[id] = made
	return reply, nil
}

// uploadImage takes a picture for the inside of an article.
func (p *Platform) uploadImage(r *http.Request, body []byte) (answer, *refusal) {
	content, refused := uploaded(r, body)
	if refused != nil {
		return nil, refused
	}
	if kind := http.DetectContentType(content); kind != "image/png" && kind != "image/jpeg" {
		return nil, &badFileType
	}
	if len(content) > 1<<20 {
		return nil, &refusal{40009, "invalid image size"}
	}
	return answer{"url": fmt.Sprintf("http://mmbiz.qpic.cn/%d", len(content))}, nil
}

func uploaded(r *http.Request, body []byte) ([]byte, *refusal) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, &badMediaType
	}
	content, err := mediaPart(body, params["boundary"])
	if err != nil {
		return nil, &refusal{41005, "media data missing"}
	}
	return content, nil
}

// fits says whether a content is of a kind that the platform takes.
func fits(kind string, content []byte) bool {
	detected := http.DetectContentType(content)
	switch kind {
	case "image":
		return detected == "image/png" || detected == "image/jpeg" || detected == "image/gif"
	case "voice":
		return bytes.HasPrefix(content, []byte("#!AMR")) || detected == "audio/mpeg"
	case "video":
		return detected == "video/mp4"
	}
	return detected == "image/jpeg"
}

// Keep puts something a person has sent where media/get finds it.
func (p *Platform) Keep(kind string, content []byte) (id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id = fmt.Sprintf("sent-%d", p.files+len(p.media)+1)
	p.media[id] = medium{kind: kind, content: content, ends: p.now().Add(mediaDays)}
	return id
}

// Medium is a file that is kept now, as a person's phone shows it.
func (p *Platform) Medium(id string) (content []byte, contentType string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.medium(id)
	return found.content, contentTypes[found.kind], ok
}

// giveMedium answers media/get. A video comes as an address, which only the
// platform's own hosts serve; here it is this one.
func (p *Platform) giveMedium(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("media_id")
	found, _ := p.medium(id)
	if found.kind == "video" && r.URL.Query().Get("access_token") != "" && !r.URL.Query().Has("down") {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, `{"video_url":"http://%s%s?%s&down=1"}`, r.Host, r.URL.Path, r.URL.RawQuery)
		return
	}
	w.Header().Set("Content-Type", contentTypes[found.kind])
	w.Header().Set("Content-Disposition", `attachment; filename="`+id+`"`)
	w.Write(found.content)
}

var contentTypes = map[string]string{"image": "image/jpeg", "voice": "audio/amr", "video": "video/mp4", "thumb": "image/jpeg"}
