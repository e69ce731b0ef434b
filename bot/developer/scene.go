package developer

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/store"
)

// Scene is a code that a program made: whoever scans it comes to the chat, and
// the program learns by which scene.
type Scene struct {
	ID        string     `bson:"_id"` // account + ":" + Key
	Account   string     `bson:"account"`
	Key       string     `bson:"key"` // as it stands in the chat's address
	Ticket    string     `bson:"ticket"`
	Number    int64      `bson:"number,omitempty"`
	Text      string     `bson:"text,omitempty"`
	Until     *time.Time `bson:"until,omitempty"` // absent: for good
	ExpiresAt *time.Time `bson:"expires_at,omitempty"`
}

// Value is the scene as events tell it.
func (s Scene) Value() string {
	if s.Text != "" {
		return s.Text
	}
	return strconv.FormatInt(s.Number, 10)
}

var scenes = store.Declare[Scene](store.Schema{
	Name: "developer_scenes", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

// Limits of scenes (platform document: "Create a parametric QR code").
const (
	sceneMark      = "wx-" // begins the key of every scene
	maxSceneText   = 64
	maxSceneLimit  = 100_000
	maxSceneNumber = 1<<32 - 1
	maxSceneLife   = 30 * 24 * time.Hour
	sceneLife      = time.Minute // unless it is said
)

var errNoScene = errors.New("developer: no such scene")

// NewScene is what a code is made from.
type NewScene struct {
	Permanent bool
	Number    int64
	Text      string        // counts if it is not empty
	Life      time.Duration // of one that is not permanent; zero: a minute
}

func (n NewScene) check() error {
	length := utf8.RuneCountInString(n.Text)
	switch {
	case n.Text != "" && (length > maxSceneText || !utf8.ValidString(n.Text)):
		return ErrSceneValue
	case n.Text == "" && (n.Number <= 0 || n.Number > maxSceneNumber || n.Permanent && n.Number > maxSceneLimit):
		return ErrSceneValue
	case n.Life < 0 || n.Life > maxSceneLife:
		return ErrSceneValue
	}
	return nil
}

// CreateScene makes a code. A permanent one for the same scene is the same one.
// Errors: ErrSceneValue, ErrQuota.
func (s *Service) CreateScene(ctx context.Context, account string, wanted NewScene) (Scene, error) {
	if err := wanted.check(); err != nil {
		return Scene{}, err
	}
	if err := s.count(ctx, account, "qrcode/create"); err != nil {
		return Scene{}, err
	}
	seed := random(16)
	made := Scene{Account: account, Number: wanted.Number, Text: wanted.Text}
	if wanted.Permanent {
		digest := sha256.Sum256([]byte(made.Value() + "\x00" + strconv.FormatBool(wanted.Text != "")))
		seed = digest[:16]
	} else {
		life := wanted.Life
		if life == 0 {
			life = sceneLife
		}
		until := s.now().Add(life)
		gone := until.Add(24 * time.Hour)
		made.Until, made.ExpiresAt = &until, &gone
	}
	made.Key = sceneMark + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seed))
	made.ID = account + ":" + made.Key
	made.Ticket = "gQ" + base64.RawURLEncoding.EncodeToString([]byte(made.ID))
	stored, _, err := scenes.In(s.DB, account).InsertIfAbsent(ctx, made)
	return stored, err
}

// AddressOf is where a code leads.
func (s *Service) AddressOf(ctx context.Context, scene Scene) (string, error) {
	account, err := s.Accounts.BotAccount(ctx, scene.Account)
	return s.PublicURL + "/chat/" + account.Slug + "?scene=" + scene.Key, err
}

// SceneOfTicket finds a code by its ticket. Errors: ErrTicket.
func (s *Service) SceneOfTicket(ctx context.Context, ticket string) (Scene, error) {
	encoded, marked := strings.CutPrefix(ticket, "gQ")
	id, err := base64.RawURLEncoding.DecodeString(encoded)
	account, key, parted := strings.Cut(string(id), ":")
	if err != nil || !marked || !parted || account == "" {
		return Scene{}, ErrTicket
	}
	found, err := s.sceneOf(ctx, account, key)
	if errors.Is(err, errNoScene) {
		return Scene{}, ErrTicket
	}
	return found, err
}

// sceneOf finds a code that is still good by what stands in the chat's address.
// Errors: errNoScene.
func (s *Service) sceneOf(ctx context.Context, account, key string) (Scene, error) {
	if !strings.HasPrefix(key, sceneMark) {
		return Scene{}, errNoScene
	}
	found, err := scenes.In(s.DB, account).Get(ctx, account+":"+key)
	if errors.Is(err, store.ErrNotFound) || err == nil && found.Until != nil && !s.now().Before(*found.Until) {
		return Scene{}, errNoScene
	}
	return found, err
}
