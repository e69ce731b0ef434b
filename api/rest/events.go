package rest

import (
	"context"

	"plaza/account"
	"plaza/fault"
	"plaza/live"
	"plaza/shop/pay/risk"
)

// topicPermissions are the live topics a token can follow, and what it needs
// for each.
var topicPermissions = map[string]account.Permission{
	"inbox":     account.ReadInbox,
	"orders":    account.ReadShop,
	"campaigns": account.ReadCampaigns,
	risk.Topic:  account.ReadShop,
}

var errTopic = fault.New(fault.Invalid, "unknown_topic", "The topics are inbox, orders, campaigns and risk.").In("topic")

type eventsInput struct {
	Topic string `query:"topic" required:"true" enum:"inbox,orders,campaigns,risk"`
	Since int64  `query:"since" minimum:"-1" default:"-1" doc:"The through of the page before; -1 begins with what happens from now on."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type events struct {
	Items   []live.Event `json:"items" nullable:"false"`
	Through int64        `json:"through" doc:"Give this as since next time."`
	Lost    bool         `json:"lost" doc:"Events behind since are no longer kept: read the lists again."`
}

func (s *surface) listEvents(ctx context.Context, who account.Access, in *eventsInput) (events, error) {
	needs, known := topicPermissions[in.Topic]
	if !known {
		return events{}, errTopic
	}
	if err := who.Require(needs); err != nil {
		return events{}, err
	}
	durable, err := s.durable(ctx, who.Account)
	if err != nil || in.Since < 0 || in.Since >= durable {
		return events{Items: []live.Event{}, Through: max(in.Since, durable)}, err
	}
	found, err := s.Log.Read(ctx, who.Account, in.Since, durable, []string{in.Topic}, in.Limit)
	if found.Events == nil {
		found.Events = []live.Event{}
	}
	return events{found.Events, found.Through, found.Lost}, err
}

// durable is the number up to which all events of an account are written:
// another node may have taken a lower number than the last one and not have
// written it yet.
func (s *surface) durable(ctx context.Context, account string) (position int64, err error) {
	watch, err := s.Log.Watch(ctx, account, func([]live.Event) {})
	if err != nil {
		return 0, err
	}
	defer watch.Close()
	watch.Sync(func(reached int64) { position = reached })
	return position, nil
}
