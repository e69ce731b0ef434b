package wechat

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"plaza/message"
)

// beijing is the zone in which WeChat's days begin; it has no summer time.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// QuotaUse is how much of a call's daily quota is used.
type QuotaUse struct {
	Call  string // path
	Used  int64  // by us, today in Beijing
	Limit int64  // as WeChat says; 0: not known
	Spent int64  // by everybody, as WeChat says
}

// Usage says how often each call was made today, by us.
func (a *API) Usage(ctx context.Context, c Credentials) ([]QuotaUse, error) {
	counts, err := a.usage.Counts(ctx, c.AppID)
	var uses []QuotaUse
	for _, path := range slices.Sorted(maps.Keys(counts)) {
		uses = append(uses, QuotaUse{Call: path, Used: counts[path]})
	}
	return uses, err
}

// Quota asks WeChat for the daily limit of a call and what is used of it.
func (a *API) Quota(ctx context.Context, c Credentials, path string) (QuotaUse, error) {
	var answer struct {
		Quota struct {
			Limit int64 `json:"daily_limit"`
			Used  int64 `json:"used"`
		} `json:"quota"`
	}
	err := a.call(ctx, c, "/cgi-bin/openapi/quota/get", map[string]string{"cgi_path": path}, &answer)
	return QuotaUse{Call: path, Limit: answer.Quota.Limit, Spent: answer.Quota.Used}, err
}

// Flush hands counted calls to the store; to be called now and then, and at the
// end.
func (a *API) Flush(ctx context.Context) error { return a.usage.Flush(ctx) }

// quotas are the daily limits of a new account (platform document: "API call
// limits"), shown until WeChat has told the account's own.
var quotas = map[string]int64{
	"/cgi-bin/message/custom/send": 500000, "/cgi-bin/message/template/send": 100000, "/cgi-bin/message/mass/send": 100, "/cgi-bin/message/mass/sendall": 100,
	"/cgi-bin/media/upload": 100000, "/cgi-bin/media/get": 200000, "/cgi-bin/qrcode/create": 100000, "/cgi-bin/user/get": 500,
	"/cgi-bin/user/info/batchget": 5000000, "/cgi-bin/user/info/updateremark": 10000, "/cgi-bin/menu/create": 1000, "/cgi-bin/menu/get": 10000,
	"/cgi-bin/menu/delete": 1000, "/cgi-bin/menu/addconditional": 2000, "/cgi-bin/menu/delconditional": 2000, "/cgi-bin/stable_token": 500000,
}

// asked are the calls whose quota WeChat is asked for: those that an account can
// run out of.
var asked = [...]string{
	"/cgi-bin/message/custom/send", "/cgi-bin/message/template/send", "/cgi-bin/message/mass/send", "/cgi-bin/message/mass/sendall",
	"/cgi-bin/media/upload", "/cgi-bin/qrcode/create", "/cgi-bin/user/get", "/cgi-bin/user/info/batchget",
}

const (
	// quotaAge is how long what WeChat said is shown before it is asked again.
	quotaAge = 5 * time.Minute
	// quotaPause is how long nobody asks again when WeChat did not answer.
	quotaPause = time.Minute
	// quotaPatience is how long a page waits for WeChat; quotaCalls go at a time.
	quotaPatience = 2 * time.Second
	quotaCalls    = 4
)

// quotaMemory is what WeChat said lately, by app, bounded by forgetting all.
type quotaMemory struct {
	mu    sync.Mutex
	known map[string]toldQuotas
}

type toldQuotas struct {
	at     time.Time
	byPath map[string]QuotaUse
}

// quotasOf are the quotas that WeChat tells of an account, at most five minutes
// old. What it does not tell now is left out.
func (c *Channel) quotasOf(ctx context.Context, a *account) map[string]QuotaUse {
	c.quotas.mu.Lock()
	told, ok := c.quotas.known[a.AppID]
	c.quotas.mu.Unlock()
	if ok && c.now().Sub(told.at) < quotaAge || a.Secret == "" {
		return told.byPath
	}
	told = toldQuotas{at: c.now(), byPath: make(map[string]QuotaUse)}
	ctx, cancel := context.WithTimeout(ctx, quotaPatience)
	defer cancel()
	var mu sync.Mutex
	var asking errgroup.Group
	asking.SetLimit(quotaCalls)
	for _, path := range asked {
		asking.Go(func() error {
			quota, err := c.api.Quota(ctx, a.Credentials, path)
			if err == nil && quota.Limit > 0 {
				mu.Lock()
				told.byPath[path] = quota
				mu.Unlock()
			}
			if refused, ok := errors.AsType[*Error](err); ok && refused.Class() == Permanent {
				return nil // the account has no right to this call
			}
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		told.at = told.at.Add(quotaPause - quotaAge)
	}
	c.quotas.mu.Lock()
	defer c.quotas.mu.Unlock()
	if c.quotas.known == nil || len(c.quotas.known) >= maxAccounts {
		c.quotas.known = make(map[string]toldQuotas)
	}
	c.quotas.known[a.AppID] = told
	return told.byPath
}

// Usage says how often each call was made today, by us and, as WeChat counts,
// in all, and how often it may be.
func (c *Channel) Usage(ctx context.Context, credentials []byte) ([]message.Usage, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	told := c.quotasOf(ctx, a)
	uses, err := c.api.Usage(ctx, a.Credentials)
	shown := make([]message.Usage, 0, len(uses)+len(told))
	for _, u := range uses {
		one := message.Usage{Call: strings.TrimPrefix(u.Call, "/cgi-bin/"), Used: u.Used, Limit: quotas[u.Call]}
		if quota, ok := told[u.Call]; ok {
			one.Limit, one.Told, one.Spent = quota.Limit, true, quota.Spent
		}
		shown = append(shown, one)
	}
	for _, path := range asked {
		quota, ok := told[path]
		if ok && !slices.ContainsFunc(uses, func(u QuotaUse) bool { return u.Call == path }) {
			shown = append(shown, message.Usage{Call: strings.TrimPrefix(path, "/cgi-bin/"), Limit: quota.Limit, Told: true, Spent: quota.Spent})
		}
	}
	return shown, err
}
