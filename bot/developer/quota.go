package developer

import (
	"context"
	"time"

	"plaza/store"
)

// dailyQuotas are how often a day an account may call (platform document:
// "API quotas", the figures of a new account). What is not here is not counted.
var dailyQuotas = map[string]int64{
	"token": 2000, "stable_token/force": 20,
	"menu/create": 1000, "menu/get": 10_000, "menu/delete": 1000,
	"media/upload": 100_000, "media/get": 200_000, "material/add": 1000, "material/add_news": 1000,
	"message/custom": 500_000, "message/template": 100_000, "message/mass": 100, "message/mass/preview": 100,
	"qrcode/create": 100_000, "user/get": 500, "user/info": 5_000_000, "user/remark": 10_000,
	"tags/change": 10_000,
}

// clearings is how often a month the counters may be set back.
const clearings = 10

// quota counts the calls of one kind on one day.
type quota struct {
	ID        string    `bson:"_id"` // account + ":" + day + ":" + kind
	Account   string    `bson:"account"`
	Count     int64     `bson:"count"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var quotas = store.Declare[quota](store.Schema{
	Name: "developer_quotas", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

// count takes one call from the day's quota. Errors: ErrQuota.
func (s *Service) count(ctx context.Context, account, kind string) error {
	now := s.now()
	counted, err := quotas.In(s.DB, account).Upsert(ctx, account+":"+day(now)+":"+kind,
		store.Inc("count", 1).Set("expires_at", now.Add(48*time.Hour)))
	if err == nil && counted.Count > dailyQuotas[kind] {
		return ErrQuota
	}
	return err
}

// ClearQuota sets the day's counters back. Errors: ErrClearQuota.
func (s *Service) ClearQuota(ctx context.Context, account string) error {
	now := s.now()
	scope := quotas.In(s.DB, account)
	cleared, err := scope.Upsert(ctx, account+":"+now.In(china).Format("2006-01")+":clear",
		store.Inc("count", 1).Set("expires_at", now.Add(32*24*time.Hour)))
	if err != nil {
		return err
	}
	if cleared.Count > clearings {
		return ErrClearQuota
	}
	for kind := range dailyQuotas {
		_, err := scope.Upsert(ctx, account+":"+day(now)+":"+kind, store.Set("count", 0).Set("expires_at", now.Add(48*time.Hour)))
		if err != nil {
			return err
		}
	}
	return nil
}
