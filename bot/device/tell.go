package device

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	"plaza/fault"
	"plaza/message"
)

// tell says in the chats of a person that there is a new device, once.
func (s *Service) tell(ctx context.Context, one Device) error {
	secret, err := s.Sealer.Open(ctx, sealedLink, one.ID, one.Sealed)
	if err != nil {
		return err
	}
	zone, err := s.Zone(ctx, one.Account)
	if err != nil {
		return err
	}
	to, err := s.listeners(ctx, one)
	if err != nil {
		return err
	}
	for _, person := range to {
		name := cmp.Or(one.Name, s.Texts.Text(person.Language, "device.unnamed"))
		if place := one.Place[person.Language]; place != "" {
			name += ", " + place
		}
		words := s.Texts.Text(person.Language, "device.told.new", name, one.LastSeen.In(zone).Format("2006-01-02 15:04"))
		button := message.Button{Label: s.Texts.Text(person.Language, "device.not-me"), URL: s.PublicURL + NotMePath(one.Account, string(secret))}
		err := s.Sender.Send(ctx, person, fmt.Sprintf("device:%s:%d", one.ID, one.News), message.Choice(words, button))
		if _, refused := errors.AsType[*fault.Error](err); err != nil && !refused {
			return err // who can't be written to sees it on their page
		}
	}
	return nil
}

// NotMePath is where the link of a message leads.
func NotMePath(account, secret string) string {
	return "/not-me/" + url.PathEscape(account) + "/" + url.PathEscape(secret)
}

// listeners are the names of a person who hear of a device: all but the visitor
// of the web chat who is that very browser, and they only if there is no other.
func (s *Service) listeners(ctx context.Context, one Device) ([]message.Person, error) {
	linked, err := s.Identities.Linked(ctx, one.Account, one.Subscriber)
	if err != nil {
		return nil, err
	}
	var to []message.Person
	for _, id := range linked {
		if id == one.Subscriber && one.Person.Channel == webchat && len(linked) > 1 {
			continue
		}
		person, err := s.People.Person(ctx, one.Account, id)
		if fault.KindOf(err) == fault.NotFound {
			continue // they have neither followed nor written: there is no chat yet
		}
		if err != nil {
			return nil, err
		}
		to = append(to, person)
	}
	return to, nil
}
