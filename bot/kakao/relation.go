package kakao

import (
	"context"
	"encoding/json"
	"time"

	"plaza/message"
)

// Kakao Developers knows people by another id than the chatbot platform. A
// skill call may tell both; the channel remembers that for Kakao Developers'
// calls.
const (
	appUserField  = "app_user_id"
	relationField = "relation"
	// nameLife is how long the pair is remembered after it was last seen.
	nameLife = 400 * 24 * time.Hour
)

// decodeRelation reads a call that tells who adds or blocks the channel
// (platform document: "Kakao Talk Channel: callback").
func (k *call) decodeRelation(r message.Request) error {
	var body struct {
		Event     string `json:"event"`
		ID        string `json:"id"`
		IDType    string `json:"id_type"`
		UpdatedAt string `json:"updated_at"`
	}
	if json.Unmarshal(r.Body, &body) != nil || body.ID == "" || len(body.ID) > maxUser {
		return ErrMalformed
	}
	at, err := time.Parse(time.RFC3339, body.UpdatedAt)
	if err != nil {
		at = r.At
	}
	in := &k.inbound[0]
	*in = message.Inbound{Channel: Name, Key: key(r), At: at.UTC().Truncate(time.Millisecond), Type: "channel/" + short(body.Event)}
	if id := header(r, "X-Kakao-Resource-Id"); id != "" && len(id) <= 100 {
		in.Key = id
	}
	in.Kind = message.Status
	switch body.Event {
	case "added": // greeted by the welcome block, where an answer can be seen
		in.Follows = true
	case "blocked":
		in.Kind = message.Unfollow
	}
	note(in, appUserField, body.ID)
	note(in, relationField, body.IDType)
	return nil
}

// Identify remembers which person of Kakao Developers somebody is, and finds
// the chatbot platform's id of one that only Kakao Developers has named. Who
// has never written is not known; when they write, the call says whether they
// have added the channel.
func (c *Channel) Identify(ctx context.Context, credentials []byte, in *message.Inbound) error {
	id := in.Fields[appUserField]
	if id == "" && in.Kind != message.Fetch {
		return nil
	}
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	if in.Kind == message.Fetch { // what is left then is worth another knock
		_, err := c.memory.Take(ctx, knockKey(a, in.User))
		return err
	}
	name := "name " + a.scope + "/" + id
	known, err := c.memory.Get(ctx, name)
	if err != nil {
		return err
	}
	if in.User == "" {
		in.User = string(known)
		return nil
	}
	delete(in.Fields, appUserField) // it says nothing to the members
	if string(known) == in.User {
		return nil
	}
	return c.memory.Put(ctx, name, []byte(in.User), c.now().Add(nameLife))
}
