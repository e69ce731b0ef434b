package pay

import "strings"

// Place is what a browser is to a provider.
type Place string

// The places.
const (
	AnyBrowser Place = ""     // as good as any other
	OwnApp     Place = "own"  // inside the provider's own app
	ShutOut    Place = "shut" // inside an app that does not let its payers through
)

// Place asks a provider what a browser is to it, by the browser's name
// (User-Agent).
func (s *Service) Place(provider, agent string) Place {
	if picky, ok := s.providers[provider].(Picky); ok {
		return picky.Place(agent)
	}
	return AnyBrowser
}

// SceneIn guesses from a browser's name where its owner pays with a provider. A
// wrong guess costs them a detour, no more.
func (s *Service) SceneIn(provider, agent string) Scene {
	switch {
	case s.Place(provider, agent) == OwnApp:
		return InMessenger
	case strings.Contains(agent, "Mobile") || strings.Contains(agent, "Android"):
		return OnPhone
	}
	return OnDesktop
}

// Personal says whether a provider needs the payer whom a payment names, in a
// browser of this name: then nobody can pay for somebody else there.
func (s *Service) Personal(provider, agent string) bool {
	personal, ok := s.providers[provider].(Personal)
	return ok && personal.Personal(s.SceneIn(provider, agent))
}
