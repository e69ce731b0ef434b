package wechat

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"plaza/message"
)

// tagNames remembers the names of accounts' tags for a while, because a list of
// a million followers names them by their ids ten thousand times.
type tagNames struct {
	mu    sync.Mutex
	known map[string]namedTags
}

type namedTags struct {
	names map[int]string
	until time.Time
}

const tagNamesLife = time.Minute

// starred is the id of WeChat's own tag (星标组), which people do not choose.
const starred = 2

func (c *Channel) tagNames(ctx context.Context, a Credentials) (map[int]string, error) {
	c.tags.mu.Lock()
	defer c.tags.mu.Unlock()
	if found := c.tags.known[a.AppID]; c.now().Before(found.until) {
		return found.names, nil
	}
	listed, err := c.api.Tags(ctx, a)
	if err != nil {
		return nil, err
	}
	names := make(map[int]string, len(listed))
	for _, tag := range listed {
		if tag.ID > starred {
			names[tag.ID] = tag.Name
		}
	}
	if c.tags.known == nil || len(c.tags.known) >= maxAccounts {
		c.tags.known = make(map[string]namedTags)
	}
	c.tags.known[a.AppID] = namedTags{names, c.now().Add(tagNamesLife)}
	return names, nil
}

// Followers reads a page of up to 10,000 open ids behind the one given.
func (c *Channel) Followers(ctx context.Context, credentials []byte, after string) (users []string, total int, err error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, 0, err
	}
	users, _, total, err = c.api.Followers(ctx, a.Credentials, after)
	return users, total, asFaultIf(err)
}

// Details reads what WeChat tells of up to a hundred people.
func (c *Channel) Details(ctx context.Context, credentials []byte, users []string) ([]message.Follower, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	names, err := c.tagNames(ctx, a.Credentials)
	if err != nil {
		return nil, asFault(err)
	}
	found, err := c.api.Details(ctx, a.Credentials, users)
	if err != nil {
		return nil, asFault(err)
	}
	followers := make([]message.Follower, len(found))
	for i, f := range found {
		followers[i] = message.Follower{User: f.OpenID, Follows: f.Follows, Since: f.Since, Remark: f.Remark, Language: f.Language, Scene: f.Scene}
		for _, id := range f.Tags {
			if name := names[id]; name != "" {
				followers[i].Tags = append(followers[i].Tags, name)
			}
		}
	}
	return followers, nil
}

// PushDetails makes WeChat's remark and tags of somebody those given. Tags that
// are too long for WeChat are left out.
func (c *Channel) PushDetails(ctx context.Context, credentials []byte, user, remark string, tags []string) error {
	a, err := c.accounts.decode(credentials)
	if err != nil || a.Secret == "" {
		return &message.SendError{Class: message.Permanent, Text: "Without its app secret, the account can only answer.", Cause: err}
	}
	if err := c.pushDetails(ctx, a.Credentials, user, remark, tags); err != nil {
		return c.failed(err)
	}
	return nil
}

func (c *Channel) pushDetails(ctx context.Context, a Credentials, user, remark string, tags []string) error {
	known, err := c.api.Details(ctx, a, []string{user})
	if err != nil {
		return err
	}
	if len(known) != 1 || !known[0].Follows {
		return nil
	}
	if shorten(remark, maxRemark) != known[0].Remark {
		if err := c.api.SetRemark(ctx, a, user, remark); err != nil {
			return err
		}
	}
	var wanted []int
	for _, tag := range tags {
		if len(tag) > maxTagName {
			continue
		}
		id, err := c.api.tagID(ctx, a, tag)
		if err != nil {
			return err
		}
		wanted = append(wanted, id)
	}
	for _, id := range known[0].Tags {
		if id > starred && !slices.Contains(wanted, id) {
			if err := c.api.SetTag(ctx, a, id, false, user); err != nil {
				return err
			}
		}
	}
	for _, id := range wanted {
		if !slices.Contains(known[0].Tags, id) {
			if err := c.api.SetTag(ctx, a, id, true, user); err != nil {
				return err
			}
		}
	}
	return nil
}

func asFaultIf(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return asFault(err)
}
