package app

import (
	"context"
	"errors"
	"time"

	"plaza/bot"
	"plaza/bot/identity"
	"plaza/message"
	"plaza/shop/pay/pin"
	"plaza/shop/pay/wallet"
)

// pins are how people prove who they are. Risk has to be there.
func (a *App) pins(subscribers *outbox, directory directory) *pin.Service {
	return pin.New(pin.Dependencies{
		DB:         a.DB,
		Sealer:     a.Vault,
		Identities: names{a.Identity},
		Guard:      a.Risk,
		Devices:    provedDevices{a},
		KnownSince: subscribers.knownSince,
		Ceiling:    a.withoutPIN,
		Zone:       directory.Zone,
		Sender:     subscribers,
		Texts:      a.Renderer.Texts,
		Now:        a.Now,
		Logger:     a.Logger,
	})
}

// withoutPIN is the most that an account lets go without a PIN: as much as it lets
// those send who have none.
func (a *App) withoutPIN(ctx context.Context, account, currency string) (pin.Allowance, error) {
	policy, err := a.Wallet.Policies.Of(ctx, account, currency)
	return pin.Allowance{Once: policy.Basic.Once, Day: policy.Basic.Day}, err
}

// level is how well somebody is known: who has a PIN that answers doubt may
// send more.
func (a *App) level(ctx context.Context, person message.Person) (wallet.Level, error) {
	standing, err := a.PINs.Standing(ctx, person)
	if err == nil && standing.Trusted {
		return wallet.Verified, nil
	}
	return wallet.Basic, err
}

// names are the subscribers who are one person, with when each was linked.
type names struct{ identity *identity.Service }

func (n names) Names(ctx context.Context, account, subscriber string) ([]pin.Name, error) {
	members, err := n.identity.Members(ctx, account, subscriber)
	if len(members) == 0 {
		return []pin.Name{{ID: subscriber}}, err
	}
	all := make([]pin.Name, len(members))
	for i, member := range members {
		all[i] = pin.Name{ID: member.Subscriber, LinkedAt: member.At}
	}
	return all, err
}

// knownSince is when the bot first met somebody; the zero time if it never did.
func (o *outbox) knownSince(ctx context.Context, person message.Person) (time.Time, error) {
	found, err := o.bot.Subscribers().Get(ctx, person.Account, person.ID)
	if errors.Is(err, bot.ErrNoSubscriber) {
		return time.Time{}, nil
	}
	return found.FirstSeenAt, err
}
