package line

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"plaza/message"
)

// quotaAge is how long a quota is shown before LINE is asked again; its own
// count is some minutes behind as well.
const quotaAge = 5 * time.Minute

// quotas remembers them by channel secret, bounded.
type quotas struct {
	mu    sync.Mutex
	known map[string]message.Quota
}

// Quota is how many messages the account may still push this month (platform
// document: "Get the target limit for sending messages this month"). Answers by
// reply token are not counted. At most five minutes old.
func (c *Channel) Quota(ctx context.Context, credentials []byte) (message.Quota, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.Quota{}, err
	}
	c.quotas.mu.Lock()
	known, ok := c.quotas.known[a.Secret]
	c.quotas.mu.Unlock()
	if ok && c.now().Sub(known.At) < quotaAge {
		return known, nil
	}
	var limit *messaging_api.MessageQuotaResponse
	var used *messaging_api.QuotaConsumptionResponse
	err = c.api.call(ctx, a, "/v2/bot/message/quota", func(client *messaging_api.MessagingApiAPI) (response *http.Response, err error) {
		response, limit, err = client.GetMessageQuotaWithHttpInfo()
		return response, err
	})
	if err == nil {
		err = c.api.call(ctx, a, "/v2/bot/message/quota/consumption", func(client *messaging_api.MessagingApiAPI) (response *http.Response, err error) {
			response, used, err = client.GetMessageQuotaConsumptionWithHttpInfo()
			return response, err
		})
	}
	if err != nil || limit == nil || used == nil {
		return message.Quota{}, asFault(a, err)
	}
	quota := message.Quota{Limited: limit.Type == messaging_api.QuotaType_LIMITED, Limit: limit.Value, Used: used.TotalUsage, At: c.now()}
	c.quotas.mu.Lock()
	defer c.quotas.mu.Unlock()
	if c.quotas.known == nil || len(c.quotas.known) >= maxAccounts {
		c.quotas.known = make(map[string]message.Quota)
	}
	c.quotas.known[a.Secret] = quota
	return quota, nil
}

// tokyo is the zone in which LINE's months begin; it has no summer time.
var tokyo = time.FixedZone("UTC+9", 9*60*60)

const pushedCount = "pushed"

// pushed counts messages as LINE does: one for each person and call. A repetition
// of a call whose answer was lost is counted once, because only its end counts.
func (c *Channel) pushed(ctx context.Context, a Credentials, people int) {
	c.usage.Count(usageKey(a), pushedCount, int64(people))
	_ = c.usage.FlushIfDue(ctx) // what the store does not take is handed over later
}

// usageKey names an account in the counts, without giving its secret away.
func usageKey(a Credentials) string {
	digest := sha256.Sum256([]byte(a.Secret))
	return hex.EncodeToString(digest[:8])
}

// Usage is what was pushed this month, by us and as LINE counts, and how much may
// be. While LINE doesn't tell, our own count is shown alone.
func (c *Channel) Usage(ctx context.Context, credentials []byte) ([]message.Usage, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	counts, err := c.usage.Counts(ctx, usageKey(a))
	if err != nil {
		return nil, err
	}
	shown := message.Usage{Call: "message/quota (month)", Used: counts[pushedCount]}
	if quota, err := c.Quota(ctx, credentials); err == nil {
		shown.Told, shown.Spent = true, quota.Used
		if quota.Limited {
			shown.Limit = quota.Limit
		}
	}
	return []message.Usage{shown}, nil
}
