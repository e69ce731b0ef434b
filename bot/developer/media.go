package developer

import (
	"bytes"
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"plaza/fault"
	"plaza/store"
)

// MediaKind is what an uploaded file is to be used as.
type MediaKind string

// The kinds.
const (
	imageMedia MediaKind = "image"
	voiceMedia MediaKind = "voice"
	videoMedia MediaKind = "video"
	thumbMedia MediaKind = "thumb"
)

// mediaLimits are the sizes, in bytes, and types of files by kind (platform
// document: "Upload temporary material").
var mediaLimits = map[MediaKind]struct {
	size  int
	types []string
}{
	imageMedia: {10 << 20, []string{"image/jpeg", "image/png", "image/gif"}},
	voiceMedia: {2 << 20, []string{"audio/amr", "audio/mpeg"}},
	videoMedia: {10 << 20, []string{"video/mp4"}},
	thumbMedia: {64 << 10, []string{"image/jpeg"}},
}

// MaxUpload is the largest file of any kind, in bytes.
const MaxUpload = 10 << 20

const (
	// mediaLife is how long the id of a temporary file works.
	mediaLife = 3 * 24 * time.Hour
	// mediaPart is how much of a file one document holds, in bytes.
	mediaPart = 1 << 20
	// maxMaterial bounds the permanent files of an account by kind: images, and
	// each of the others.
	maxImages, maxMaterial = 100_000, 1000
	// maxPagePicture is the largest picture of an article's body, in bytes.
	maxPagePicture = 1 << 20
)

// Media is an uploaded file.
type Media struct {
	ID      string    `bson:"_id"` // account + "-" + random: whoever has it may see the file
	Account string    `bson:"account"`
	Kind    MediaKind `bson:"kind"`
	Type    string    `bson:"type"` // MIME type, by its content
	Name    string    `bson:"name,omitempty"`
	Size    int64     `bson:"size"`
	At      time.Time `bson:"at"`
	// Library is the Kind of a permanent file, while it is one.
	Library     MediaKind `bson:"library,omitempty"`
	Title       string    `bson:"title,omitempty"`
	Description string    `bson:"description,omitempty"`
	// Received: somebody sent it in the chat; it is no upload of the program's.
	Received bool `bson:"-"`
	// Until is when the id stops working for the program.
	Until *time.Time `bson:"until,omitempty"`
	// ExpiresAt is when the file goes; absent once a chat shows it.
	ExpiresAt *time.Time `bson:"expires_at,omitempty"`
}

// mediaPiece is a piece of a file's content.
type mediaPiece struct {
	ID        string     `bson:"_id"` // file + "/" + number
	Account   string     `bson:"account"`
	Content   []byte     `bson:"content"`
	ExpiresAt *time.Time `bson:"expires_at,omitempty"`
}

var (
	media = store.Declare[Media](store.Schema{
		Name: "developer_media", KeyedByAccount: true,
		Indexes:  []store.Index{{Fields: []string{"library", "-at"}, Sparse: true}},
		ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
	})
	mediaParts = store.Declare[mediaPiece](store.Schema{
		Name: "developer_media_parts", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
	})
)

// FilesPath is where uploaded files are served, followed by their id.
const FilesPath = "/compat/wechat/files/"

// Path is the file's address on our pages.
func (m Media) Path() string {
	if m.ID == "" {
		return ""
	}
	return FilesPath + m.ID
}

// typeOf finds the type of a file by its content alone.
func typeOf(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("#!AMR")):
		return "audio/amr"
	case len(content) > 1 && content[0] == 0xff && content[1]&0xe6 == 0xe2: // a frame of MPEG audio, layer III
		return "audio/mpeg"
	}
	kind, _, _ := strings.Cut(http.DetectContentType(content), ";")
	return kind
}

// Upload keeps a file for three days. Errors: ErrMediaType, ErrEmptyMedia,
// ErrMediaTooLarge, ErrFileType, ErrQuota.
func (s *Service) Upload(ctx context.Context, account string, kind MediaKind, name string, content []byte) (Media, error) {
	if err := s.count(ctx, account, "media/upload"); err != nil {
		return Media{}, err
	}
	until := s.now().Add(mediaLife)
	return s.keepFile(ctx, Media{Account: account, Kind: kind, Name: name, Until: &until, ExpiresAt: &until}, content)
}

// AddMaterial keeps a file for good; title and description are a video's.
// Errors: as Upload, and ErrMediaSize when there are too many.
func (s *Service) AddMaterial(ctx context.Context, account string, wanted Media, content []byte) (Media, error) {
	if err := s.count(ctx, account, "material/add"); err != nil {
		return Media{}, err
	}
	limit := maxMaterial
	if wanted.Kind == imageMedia {
		limit = maxImages
	}
	kept, err := s.countMaterial(ctx, account, wanted.Kind, limit)
	if err != nil {
		return Media{}, err
	}
	if kept >= limit {
		return Media{}, ErrMediaSize
	}
	return s.keepFile(ctx, Media{Account: account, Kind: wanted.Kind, Library: wanted.Kind, Name: wanted.Name,
		Title: wanted.Title, Description: wanted.Description}, content)
}

// UploadPagePicture keeps a picture that pages show by its address.
func (s *Service) UploadPagePicture(ctx context.Context, account, name string, content []byte) (address string, err error) {
	if len(content) > maxPagePicture {
		return "", ErrMediaTooLarge
	}
	if kind := typeOf(content); kind != "image/jpeg" && kind != "image/png" {
		return "", ErrFileType
	}
	kept, err := s.keepFile(ctx, Media{Account: account, Kind: imageMedia, Name: name}, content)
	return s.PublicURL + kept.Path(), err
}

func (s *Service) keepFile(ctx context.Context, file Media, content []byte) (Media, error) {
	limits, known := mediaLimits[file.Kind]
	file.Type = typeOf(content)
	switch {
	case !known:
		return Media{}, ErrMediaType
	case len(content) == 0:
		return Media{}, ErrEmptyMedia
	case len(content) > limits.size:
		return Media{}, ErrMediaTooLarge
	case !slices.Contains(limits.types, file.Type):
		return Media{}, ErrFileType
	}
	file.ID = file.Account + "-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random(20)))
	file.Size, file.At, file.Name = int64(len(content)), s.now(), cleanName(file.Name)
	n := 0
	for piece := range slices.Chunk(content, mediaPart) {
		err := mediaParts.In(s.DB, file.Account).Insert(ctx, mediaPiece{ID: pieceID(file.ID, n), Account: file.Account,
			Content: piece, ExpiresAt: file.ExpiresAt})
		if err != nil {
			return Media{}, fmt.Errorf("developer: keep file: %w", err)
		}
		n++
	}
	// The record goes last: once it is there, so is the file.
	return file, media.In(s.DB, file.Account).Insert(ctx, file)
}

func pieceID(file string, n int) string { return fmt.Sprintf("%s/%03d", file, n) }

// cleanName keeps a file's name fit for a header.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`"\/`, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	return name
}

// accountOfMedia reads whose file an id names.
func accountOfMedia(id string) (account string, ok bool) {
	account, rest, ok := strings.Cut(id, "-")
	return account, ok && account != "" && rest != "" && !strings.ContainsAny(id, ":/")
}

// Media finds a file of an account by its id, as long as that works. Errors:
// ErrMediaID.
func (s *Service) Media(ctx context.Context, account, id string) (Media, error) {
	if owner, ok := accountOfMedia(id); !ok || owner != account {
		return Media{}, ErrMediaID
	}
	found, err := media.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && found.Until != nil && !s.now().Before(*found.Until) {
		return Media{}, ErrMediaID
	}
	return found, err
}

// Download is Media with the file's content, for the program.
func (s *Service) Download(ctx context.Context, account, id string) (Media, []byte, error) {
	if err := s.count(ctx, account, "media/get"); err != nil {
		return Media{}, nil, err
	}
	found, err := s.Media(ctx, account, id)
	if errors.Is(err, ErrMediaID) {
		return s.received(ctx, account, id)
	}
	if err != nil {
		return found, nil, err
	}
	content, err := s.read(ctx, found)
	return found, content, err
}

// received opens a file that somebody has sent: its push named it.
func (s *Service) received(ctx context.Context, account, id string) (Media, []byte, error) {
	kind, file, content, err := s.Attachments.Received(ctx, account, id)
	if fault.KindOf(err) == fault.NotFound {
		err = ErrMediaID
	}
	// A video is given as it is, too: its address is the sender's alone.
	return Media{Account: account, Kind: MediaKind(kind), Received: true, Type: file.Type, Name: cleanName(file.Name), Size: file.Size}, content, err
}

// ServeFile opens a file for the page that shows it, which may be long after its
// id has stopped working for the program. Errors: ErrMediaID.
func (s *Service) ServeFile(ctx context.Context, id string) (Media, []byte, error) {
	account, ok := accountOfMedia(id)
	if !ok {
		return Media{}, nil, ErrMediaID
	}
	found, err := media.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Media{}, nil, ErrMediaID
	}
	if err != nil {
		return found, nil, err
	}
	content, err := s.read(ctx, found)
	return found, content, err
}

func (s *Service) read(ctx context.Context, file Media) ([]byte, error) {
	content := make([]byte, 0, file.Size)
	for n := 0; int64(len(content)) < file.Size; n++ {
		piece, err := mediaParts.In(s.DB, file.Account).Get(ctx, pieceID(file.ID, n))
		if err != nil {
			return nil, fmt.Errorf("developer: file %s: %w", file.ID, err)
		}
		content = append(content, piece.Content...)
	}
	return content, nil
}

// use finds a file that a message is going to show, and keeps it from expiring.
// Errors: ErrMediaID.
func (s *Service) use(ctx context.Context, account, id string, kinds ...MediaKind) (Media, error) {
	found, err := s.Media(ctx, account, id)
	if err != nil {
		return found, err
	}
	if !slices.Contains(kinds, found.Kind) {
		return Media{}, ErrMediaID
	}
	if found.ExpiresAt == nil {
		return found, nil
	}
	var operations []store.Operation
	for n := range (found.Size + mediaPart - 1) / mediaPart {
		operations = append(operations, mediaParts.In(s.DB, account).Updating(pieceID(id, int(n)), store.Unset("expires_at")))
	}
	operations = append(operations, media.In(s.DB, account).Updating(id, store.Unset("expires_at")))
	_, err = s.DB.Apply(ctx, operations...)
	return found, err
}

// Material reads a page of the permanent files of a kind, the newest first;
// offset skips some.
func (s *Service) Material(ctx context.Context, account string, kind MediaKind, offset, limit int) (page []Media, total int, err error) {
	if _, known := mediaLimits[kind]; !known {
		return nil, 0, ErrMediaType
	}
	n := 0
	for found, err := range media.In(s.DB, account).Each(ctx, store.Where(store.Eq("library", kind)).By("-at")) {
		if err != nil {
			return nil, 0, err
		}
		if n++; n > offset {
			page = append(page, found)
		}
		if len(page) == limit {
			break
		}
	}
	total, err = s.countMaterial(ctx, account, kind, maxImages)
	return page, total, err
}

func (s *Service) countMaterial(ctx context.Context, account string, kind MediaKind, limit int) (int, error) {
	return media.In(s.DB, account).Count(ctx, store.Where(store.Eq("library", kind)).By("-at"), limit)
}

// CountMaterial counts the permanent files by kind.
func (s *Service) CountMaterial(ctx context.Context, account string) (map[MediaKind]int, error) {
	counts := make(map[MediaKind]int, len(mediaLimits))
	for kind := range mediaLimits {
		var err error
		if counts[kind], err = s.countMaterial(ctx, account, kind, maxImages); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// DeleteMaterial takes a file out of the permanent ones. Chats that show it go
// on showing it. Errors: ErrMediaID.
func (s *Service) DeleteMaterial(ctx context.Context, account, id string) error {
	found, err := s.Media(ctx, account, id)
	if err != nil {
		return err
	}
	if found.Library == "" {
		return ErrMediaID
	}
	return media.In(s.DB, account).Update(ctx, id, store.Unset("library").Set("until", s.now()))
}
