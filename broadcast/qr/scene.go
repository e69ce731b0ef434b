package qr

import (
	"context"
	"errors"
	"strconv"
	"time"

	"plaza/fault"
	"plaza/store"
)

// Scene is a code that a messenger has made for one of ours.
type Scene struct {
	Link string
	// Until is when it stops working; zero: never.
	Until time.Time
	// Number is what it tells instead of the code's key; 0: the key.
	Number int64
}

// sceneNumber says whose a number is that a messenger's codes tell. It stays, so
// that printed codes go on counting.
type sceneNumber struct {
	ID      string `bson:"_id"` // account + ":" + channel + ":" + number
	Account string `bson:"account"`
	Code    string `bson:"code"`
}

var sceneNumbers = store.Declare[sceneNumber](store.Schema{Name: "code_numbers", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

func sceneNumberID(account, channel, number string) string {
	return account + ":" + channel + ":" + number
}

// ErrSceneNumber: a number tells of one code only.
var ErrSceneNumber = fault.New(fault.Conflict, "scene_number_taken", "Another code of yours has this number.").In("number")

// Number gives a code a number that a messenger's codes shall tell. Giving it the
// same again changes nothing. Errors: ErrSceneNumber, ErrCode.
func (c *Codes) Number(ctx context.Context, account, id, channel string, number int64) error {
	if _, err := c.Find(ctx, account, id); err != nil {
		return err
	}
	taken, _, err := sceneNumbers.In(c.DB, account).InsertIfAbsent(ctx, sceneNumber{
		ID: sceneNumberID(account, channel, strconv.FormatInt(number, 10)), Account: account, Code: id})
	if err == nil && taken.Code != id {
		return ErrSceneNumber
	}
	return err
}

// SetScene keeps the code that a messenger has made for one of ours, in the place
// of an earlier one. Errors: ErrCode.
func (c *Codes) SetScene(ctx context.Context, account, id, channel string, scene Scene) error {
	update := store.Set("scenes."+channel, scene.Link)
	if scene.Until.IsZero() {
		update = update.Unset("scene_ends." + channel)
	} else {
		update = update.Set("scene_ends."+channel, scene.Until)
	}
	if scene.Number == 0 {
		update = update.Unset("scene_numbers." + channel)
	} else {
		update = update.Set("scene_numbers."+channel, scene.Number)
	}
	return known(codes.In(c.DB, account).Update(ctx, id, update))
}

// Scanned counts a scan inside a messenger, and that the person followed by it. A
// scene that is no code of the account's, nor the number of one, is none.
func (c *Codes) Scanned(ctx context.Context, account, channel, scene, visitor string, followed bool) error {
	code, err := c.ofScene(ctx, account, channel, scene)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	zone, err := c.Zone(ctx, account)
	if err != nil {
		return err
	}
	at := c.now().In(zone)
	c.recorder.add(code, at, visitor)
	if followed {
		c.recorder.follow(code, at)
	}
	return nil
}

// ofScene finds the code that a scene is of. Errors: store.ErrNotFound.
func (c *Codes) ofScene(ctx context.Context, account, channel, scene string) (Code, error) {
	if scene == "" || len(scene) > 64 {
		return Code{}, store.ErrNotFound
	}
	numbered, err := sceneNumbers.In(c.DB, account).Get(ctx, sceneNumberID(account, channel, scene))
	if err == nil {
		return codes.In(c.DB, account).Get(ctx, numbered.Code)
	}
	key, ok := ParseKey(scene)
	if !ok || !errors.Is(err, store.ErrNotFound) {
		return Code{}, err
	}
	return codes.In(c.DB, account).Get(ctx, key)
}
