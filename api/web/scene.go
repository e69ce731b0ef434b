package web

import (
	"context"

	"plaza/bot"
	"plaza/broadcast/qr"
	"plaza/message"
)

// MakeScene has a messenger make its own code for a tracked one. Its number, if it
// tells one, is the tracked code's before the messenger is asked.
func MakeScene(ctx context.Context, codes *qr.Codes, connections bot.Connections, account, id, channel string, scene message.Scene) error {
	found, err := codes.Find(ctx, account, id)
	if err != nil {
		return err
	}
	if scene.Text = found.ID; scene.Number != 0 {
		if err := codes.Number(ctx, account, id, channel, scene.Number); err != nil {
			return err
		}
	}
	made, err := connections.SceneCode(ctx, account, channel, scene)
	if err != nil {
		return err
	}
	return codes.SetScene(ctx, account, id, channel, qr.Scene{Link: made.Link, Until: made.Until, Number: scene.Number})
}
