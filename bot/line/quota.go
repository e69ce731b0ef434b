package line

import (
	"context"
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

// Usage is the month's quota as the connection's page shows it; nothing while
// LINE doesn't tell, which is no reason to show no page.
func (c *Channel) Usage(ctx context.Context, credentials []byte) ([]message.Usage, error) {
	quota, err := c.Quota(ctx, credentials)
	if err != nil {
		return nil, nil
	}
	shown := message.Usage{Call: "message/quota (month)", Used: quota.Used}
	if quota.Limited {
		shown.Limit = quota.Limit
	}
	return []message.Usage{shown}, nil
}
