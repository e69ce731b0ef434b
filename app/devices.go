package app

import (
	"context"
	"errors"

	"plaza/bot/device"
	"plaza/bot/webchat"
	"plaza/message"
	"plaza/shop/pay/pin"
	"plaza/shop/pay/risk"
)

// devices are the browsers in which people are known. Risk and PINs have to be
// there; sessions are found when a device is signed out.
func (a *App) devices(subscribers *outbox, directory directory) *device.Service {
	places, _ := a.Places.(device.Places)
	return device.New(device.Dependencies{
		DB:         a.DB,
		Identities: a.Identity,
		People:     subscribers,
		Sender:     subscribers,
		Texts:      a.Renderer.Texts,
		Sealer:     a.Vault,
		Places:     places,
		KnownSince: subscribers.knownSince,
		Zone:       directory.Zone,
		End:        a.endDevice,
		Lock:       a.PINs.Lock,
		PublicURL:  a.PublicURL,
		Now:        a.Now,
		Logger:     a.Logger,
	})
}

// endDevice ends all by which a device is signed in, and what is remembered of
// it. A visitor of the web chat is one browser: their token and all of their
// notifications end.
func (a *App) endDevice(ctx context.Context, of device.Device) error {
	errs := []error{
		a.SignIn.CloseDevice(ctx, of.Account, of.Subscriber, of.Mark),
		a.Risk.ForgetDevice(ctx, of.Account, of.Subscriber, risk.ReadFingerprint(of.Mark)),
	}
	if of.Person.Channel == webchat.Name {
		errs = append(errs, a.Webchat.SignOut(ctx, of.Account, of.Person.User), a.Notify.Forget(ctx, of.Account, of.Subscriber))
	}
	return errors.Join(errs...)
}

// provedDevices tell devices of PINs that were typed right. They are made after
// PINs.
type provedDevices struct{ app *App }

func (p provedDevices) Proved(ctx context.Context, person message.Person, from pin.From) error {
	mark := risk.DeviceOf(person.Account, from.Device).String()
	return p.app.Devices.See(ctx, person, device.Browser{Mark: mark, Agent: from.Agent, Address: from.Address}, device.PINGood)
}
