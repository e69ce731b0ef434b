package qr

import (
	"context"
	"errors"

	"plaza/store"
)

// SetScene keeps what the code says that a messenger has made for one of ours.
// Errors: ErrCode.
func (c *Codes) SetScene(ctx context.Context, account, id, channel, link string) error {
	return known(codes.In(c.DB, account).Update(ctx, id, store.Set("scenes."+channel, link)))
}

// Scanned counts a scan inside a messenger. A scene that is no code of the
// account's is none.
func (c *Codes) Scanned(ctx context.Context, account, scene, visitor string) error {
	key, ok := ParseKey(scene)
	if !ok {
		return nil
	}
	code, err := codes.In(c.DB, account).Get(ctx, key)
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
	c.recorder.add(code, c.now().In(zone), visitor)
	return nil
}
