package wechat

import (
	"context"
	"maps"
	"slices"
	"strings"

	"plaza/message"
)

// QuotaUse is how much of a call's daily quota is used.
type QuotaUse struct {
	Call  string // path
	Used  int64  // by us, today in Beijing
	Limit int64  // as WeChat says; 0: not known
	Spent int64  // by everybody, as WeChat says
}

// Usage says how often each call was made today, by us.
func (a *API) Usage(ctx context.Context, c Credentials) ([]QuotaUse, error) {
	if a.usage.store == nil {
		return nil, nil
	}
	if err := a.usage.flush(ctx); err != nil {
		return nil, err
	}
	counts, err := a.usage.store.Usage(ctx, c.AppID, a.usage.today())
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
func (a *API) Flush(ctx context.Context) error {
	if a.usage.store == nil {
		return nil
	}
	return a.usage.flush(ctx)
}

// quotas are the daily limits of a new account (platform document: "API call
// limits"); an account's own may be higher.
var quotas = map[string]int64{
	"/cgi-bin/message/custom/send": 500000, "/cgi-bin/message/template/send": 100000, "/cgi-bin/message/mass/send": 100, "/cgi-bin/message/mass/sendall": 100,
	"/cgi-bin/media/upload": 100000, "/cgi-bin/media/get": 200000, "/cgi-bin/qrcode/create": 100000, "/cgi-bin/user/get": 500,
	"/cgi-bin/user/info/batchget": 5000000, "/cgi-bin/user/info/updateremark": 10000, "/cgi-bin/menu/create": 1000, "/cgi-bin/menu/get": 10000,
	"/cgi-bin/menu/delete": 1000, "/cgi-bin/menu/addconditional": 2000, "/cgi-bin/menu/delconditional": 2000, "/cgi-bin/stable_token": 500000,
}

// Usage says how often each call was made today, and how often it may be.
func (c *Channel) Usage(ctx context.Context, credentials []byte) ([]message.Usage, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	uses, err := c.api.Usage(ctx, a.Credentials)
	shown := make([]message.Usage, len(uses))
	for i, u := range uses {
		shown[i] = message.Usage{Call: strings.TrimPrefix(u.Call, "/cgi-bin/"), Used: u.Used, Limit: quotas[u.Call]}
	}
	return shown, err
}
