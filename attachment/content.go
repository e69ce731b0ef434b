package attachment

import (
	"mime"
	"path"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"

	"plaza/message"
)

// headBytes is how much of a file tells what it is.
const headBytes = 3072

// content is what the bytes of a file say it is.
type content struct {
	kind        message.Kind
	contentType string
	extension   string
}

// taken are the types of files that are kept. What is not here is refused:
// pages, vector graphics and scripts, because a browser would run them on our
// own host, and programs.
var taken = map[string]message.Kind{
	"image/jpeg": message.ImageIn, "image/png": message.ImageIn, "image/gif": message.ImageIn, "image/webp": message.ImageIn,

	"audio/mpeg": message.VoiceIn, "audio/mp4": message.VoiceIn, "audio/x-m4a": message.VoiceIn, "audio/aac": message.VoiceIn,
	"audio/ogg": message.VoiceIn, "application/ogg": message.VoiceIn, "audio/wav": message.VoiceIn,
	"audio/amr": message.VoiceIn, "audio/flac": message.VoiceIn,

	"video/mp4": message.VideoIn, "video/webm": message.VideoIn, "video/quicktime": message.VideoIn, "video/3gpp": message.VideoIn,

	"application/pdf": message.FileIn, "application/zip": message.FileIn, "application/x-ole-storage": message.FileIn,
	"application/msword": message.FileIn, "application/vnd.ms-excel": message.FileIn, "application/vnd.ms-powerpoint": message.FileIn,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   message.FileIn,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         message.FileIn,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": message.FileIn,
	"application/vnd.oasis.opendocument.text":                                   message.FileIn,
	"application/vnd.oasis.opendocument.spreadsheet":                            message.FileIn,
	"application/vnd.oasis.opendocument.presentation":                           message.FileIn,
	"text/plain": message.FileIn, "text/csv": message.FileIn,
}

// sniff says what a file is by its first bytes. A recording that a browser made
// has the bytes of a video without pictures: voice says that it is one.
func sniff(head []byte, voice bool) (*content, error) {
	detected := mimetype.Detect(head)
	contentType, _, _ := mime.ParseMediaType(detected.String())
	switch contentType {
	case "image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence", "image/avif":
		return nil, ErrHEIC
	}
	kind, ok := taken[contentType]
	if !ok {
		return nil, ErrType
	}
	found := &content{kind, contentType, detected.Extension()}
	if kind == message.VideoIn && voice {
		found.kind, found.contentType = message.VoiceIn, "audio/"+strings.TrimPrefix(contentType, "video/")
	}
	return found, nil
}

// maxName bounds a file's name, in characters.
const maxName = 120

// cleanName keeps a file's name as far as it is harmless, and its extension
// true: whoever opens it gets what it is.
func cleanName(name string, found content) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1 // Cf turns the direction of writing, and so hides an extension
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if name == "" || name == "/" {
		return ""
	}
	if characters := []rune(name); len(characters) > maxName {
		name = string(characters[:maxName-16]) + path.Ext(name)[:min(len(path.Ext(name)), 16)]
		name = strings.ToValidUTF8(name, "")
	}
	extension := strings.ToLower(path.Ext(name))
	known, _, _ := mime.ParseMediaType(mime.TypeByExtension(extension))
	switch {
	case found.extension == "", extension == found.extension, known == found.contentType:
		return name
	case found.kind == message.ImageIn: // encoded anew, perhaps as another type
		return strings.TrimSuffix(name, path.Ext(name)) + found.extension
	}
	return name + found.extension
}
