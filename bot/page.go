package bot

import (
	"context"
	"errors"
	"net/url"

	"plaza/message"
	"plaza/store"
)

// Pages are what channels do for the pages of accounts: they say who has one
// open, and let it use what a messenger offers.
type Pages struct{ bot *Bot }

// Pages gives access to them.
func (b *Bot) Pages() Pages { return Pages{b} }

// Inside says which messenger's own browser calls itself so, and whether people
// notice there that they are asked who they are; "" for any other browser.
func (p Pages) Inside(userAgent string) (channel string, silent bool) {
	for _, one := range p.bot.Channels {
		if asks, ok := one.(signing); ok {
			if own, silent := asks.Inside(userAgent); own {
				return one.Name(), silent
			}
		}
	}
	return "", false
}

// signer finds a channel that an account signs people in with.
// Errors: message.ErrSignInOff.
func (p Pages) signer(ctx context.Context, account, channel string) (signing, []byte, error) {
	asks, ok := p.bot.channels[channel].(signing)
	if !ok {
		return nil, nil, message.ErrSignInOff
	}
	credentials, err := p.bot.credentials(ctx, account, channel)
	if errors.Is(err, ErrNotConnected) || err == nil && !asks.SignsIn(credentials) {
		return nil, nil, message.ErrSignInOff
	}
	return asks, credentials, err
}

// SignsIn says whether an account signs people in with a channel.
func (p Pages) SignsIn(ctx context.Context, account, channel string) (bool, error) {
	_, _, err := p.signer(ctx, account, channel)
	if errors.Is(err, message.ErrSignInOff) {
		return false, nil
	}
	return err == nil, err
}

// Knows says whether pages of an account can know the people of a channel who
// open them.
func (p Pages) Knows(ctx context.Context, account, channel string) (bool, error) {
	vouches, ok := p.bot.channels[channel].(vouching)
	if !ok {
		return p.SignsIn(ctx, account, channel)
	}
	credentials, err := p.bot.credentials(ctx, account, channel)
	switch {
	case errors.Is(err, ErrNotConnected):
		return false, nil
	case err != nil, vouches.Vouches(credentials):
		return err == nil, err
	}
	return p.SignsIn(ctx, account, channel)
}

// Signers are the channels that an account signs people in with, in any
// browser: those whose platform does so only in its own are left out unless
// this is it.
func (p Pages) Signers(ctx context.Context, account, userAgent string) (channels []string, err error) {
	inside, _ := p.Inside(userAgent)
	for _, one := range p.bot.Channels {
		if _, only := one.(scripted); only && one.Name() != inside {
			continue
		}
		ok, err := p.SignsIn(ctx, account, one.Name())
		if err != nil {
			return nil, err
		}
		if ok {
			channels = append(channels, one.Name())
		}
	}
	return channels, nil
}

// SignInURL is where a page sends a person. Errors: message.ErrSignInOff.
func (p Pages) SignInURL(ctx context.Context, account, channel string, ask message.SignIn) (string, error) {
	asks, credentials, err := p.signer(ctx, account, channel)
	if err != nil {
		return "", err
	}
	return asks.SignInURL(credentials, ask)
}

// SignIn makes of what a person came back with who they are. Errors: those of
// package message about signing in.
func (p Pages) SignIn(ctx context.Context, account, channel string, ask message.SignIn, back url.Values) (message.Person, error) {
	asks, credentials, err := p.signer(ctx, account, channel)
	if err != nil {
		return message.Person{}, err
	}
	found, err := asks.SignIn(ctx, credentials, ask, back)
	if err != nil {
		return message.Person{}, err
	}
	return p.person(ctx, account, channel, found)
}

// Vouch reads the statement that a messenger gave to a page. once names it, and
// counts until the instant in found. Errors: message.ErrSignInOff, message.ErrSignIn.
func (p Pages) Vouch(ctx context.Context, account, channel, statement string) (_ message.Person, found message.SignedIn, _ error) {
	vouches, ok := p.bot.channels[channel].(vouching)
	if !ok {
		return message.Person{}, found, message.ErrSignInOff
	}
	credentials, err := p.bot.credentials(ctx, account, channel)
	if errors.Is(err, ErrNotConnected) {
		return message.Person{}, found, message.ErrSignInOff
	}
	if err != nil {
		return message.Person{}, found, err
	}
	if found, err = vouches.Vouch(credentials, statement); err != nil {
		return message.Person{}, found, err
	}
	person, err := p.person(ctx, account, channel, found)
	return person, found, err
}

// Vouches says whether the messenger of a channel gives statements to pages.
func (p Pages) Vouches(channel string) bool {
	_, ok := p.bot.channels[channel].(vouching)
	return ok
}

// person is who signed in, as they are known here. A name that nobody knew yet
// is kept.
func (p Pages) person(ctx context.Context, account, channel string, found message.SignedIn) (message.Person, error) {
	in := message.Inbound{Account: account, Channel: channel, User: found.User, Key: "sign-in", Kind: message.Status}
	if checkInbound(in) != nil {
		return message.Person{}, message.ErrSignIn
	}
	known, err := p.bot.Subscribers().Get(ctx, account, in.SubscriberID())
	switch {
	case errors.Is(err, ErrNoSubscriber):
		return message.Person{ID: in.SubscriberID(), Account: account, Channel: channel, User: found.User,
			Name: truncate(found.Name, maxName)}, nil
	case err == nil && known.Name == "" && found.Name != "":
		name := truncate(found.Name, maxName)
		known, err = p.bot.Subscribers().Change(ctx, account, known.ID, Profile{Name: &name})
	}
	return known.Person(), err
}

// Meet makes somebody known who signed in and neither followed nor wrote yet.
// Nothing is sent to them unasked.
func (p Pages) Meet(ctx context.Context, person message.Person) error {
	_, err := p.bot.Subscribers().Get(ctx, person.Account, person.ID)
	if !errors.Is(err, ErrNoSubscriber) {
		return err
	}
	in := message.Inbound{Account: person.Account, Channel: person.Channel, User: person.User, Name: person.Name}
	met := newSubscriber(in, message.LanguageOf(person.Language), p.bot.now())
	_, _, err = subscribers.In(p.bot.DB, person.Account).InsertIfAbsent(ctx, met)
	return err
}

// Asks says whether a channel can let pages know who has them open, and whether
// its platform compares only the domain that people come back to.
func (p Pages) Asks(channel string) (byDomain, ok bool) {
	_, byDomain = p.bot.channels[channel].(proving)
	_, ok = p.bot.channels[channel].(signing)
	return byDomain, ok
}

// Script is the address of the script that a messenger has for pages which an
// account's people open inside it; "" where there is none.
func (p Pages) Script(ctx context.Context, account, userAgent string) (channel, script string, err error) {
	name, _ := p.Inside(userAgent)
	one, ok := p.bot.channels[name].(scripted)
	if !ok {
		return "", "", nil
	}
	if ok, err := p.SignsIn(ctx, account, name); err != nil || !ok {
		return "", "", err
	}
	return name, one.Script(), nil
}

// Sign lets the page at an address use that script. Errors: message.ErrSignInOff.
func (p Pages) Sign(ctx context.Context, account, channel, address string) (message.PageSignature, error) {
	asks, credentials, err := p.signer(ctx, account, channel)
	if err != nil {
		return message.PageSignature{}, err
	}
	one, ok := asks.(scripted)
	if !ok {
		return message.PageSignature{}, message.ErrSignInOff
	}
	return one.SignPage(ctx, credentials, address)
}

// Proof is the file by which a platform sees whose this server's domain is.
// Errors: store.ErrNotFound.
func (p Pages) Proof(ctx context.Context, name string) (string, error) {
	found, _, err := connections.Across(p.bot.DB).Find(ctx, store.Where(store.Eq("proof", name)).Top(1))
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return "", err
	}
	return found[0].ProofText, nil
}

// proof notes the file that a connection's platform will look for.
func (b *Bot) proof(channel string, credentials []byte) store.Update {
	if one, ok := b.channels[channel].(proving); ok {
		if name, content := one.Proof(credentials); name != "" {
			return store.Set("proof", name).Set("proof_text", content)
		}
	}
	return store.Unset("proof", "proof_text")
}
