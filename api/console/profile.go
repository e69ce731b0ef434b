package console

import (
	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/broadcast/qr"
	"plaza/message"
	"plaza/templates"
)

// offered are the time zones and currencies to choose from first. An account
// that has another one keeps it on offer.
var (
	offeredZones = []string{"Asia/Shanghai", "Asia/Seoul", "Asia/Tokyo", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Singapore",
		"Asia/Kuala_Lumpur", "Asia/Bangkok", "Asia/Ho_Chi_Minh", "Asia/Jakarta", "Asia/Manila", "Asia/Kolkata", "Asia/Dubai",
		"Australia/Sydney", "Europe/London", "Europe/Berlin", "Europe/Paris", "America/New_York", "America/Chicago",
		"America/Los_Angeles", "America/Sao_Paulo", "UTC"}
	offeredCurrencies = []string{"CNY", "KRW", "USD", "EUR", "JPY", "HKD", "TWD", "SGD", "GBP"}
)

// plain are options that need no translation; the chosen one is always there.
func plain(chosen string, values ...string) []templates.Option {
	var options []templates.Option
	found := false
	for _, value := range values {
		options = append(options, templates.Option{Value: value, Label: value, Chosen: value == chosen})
		found = found || value == chosen
	}
	if !found && chosen != "" {
		options = append(options, templates.Option{Value: chosen, Label: chosen, Chosen: true})
	}
	return options
}

func (s *Console) askNewAccount(c *gin.Context) error {
	// What people who read a language mostly have.
	zones := map[string]string{"zh": "Asia/Shanghai", "ko": "Asia/Seoul", "en": "UTC"}
	currencies := map[string]string{"zh": "CNY", "ko": "KRW", "en": "USD"}
	language := web.Language(c)
	page, err := s.newAccountPage(c, account.NewAccount{Currency: currencies[language],
		Profile: account.Profile{Kind: account.Merchant, Language: language, TimeZone: zones[language]}})
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) newAccountPage(c *gin.Context, typed account.NewAccount) (*templates.NewAccount, error) {
	base, err := s.Surface.ConsoleBase(c)
	return &templates.NewAccount{
		Base: base, Name: typed.Name(typed.Language), Slug: typed.Slug,
		Kinds:      s.options(c, "kind", string(typed.Kind), string(account.Merchant), string(account.Agency)),
		Languages:  s.options(c, "language", typed.Language, message.Languages[:]...),
		Zones:      plain(typed.TimeZone, offeredZones...),
		Currencies: plain(typed.Currency, offeredCurrencies...),
	}, err
}

// openAccount opens an account with its first QR code, the one to follow it by.
func (s *Console) openAccount(c *gin.Context) error {
	language := message.LanguageOf(c.PostForm("language"))
	typed := account.NewAccount{Slug: field(c, "slug"), Currency: field(c, "currency"), Profile: account.Profile{
		Kind: account.Kind(c.PostForm("kind")), Names: map[string]string{language: field(c, "name")},
		Language: language, TimeZone: field(c, "zone")}}
	who := web.Who(c).Member
	opened, err := s.accounts.Accounts.Create(c, typed, who.ID, who.Actor(c.ClientIP()))
	if err == nil {
		_, err = s.Codes.Create(c, opened.ID, who.ID,
			qr.Spec{Kind: qr.Follow, Label: opened.Name(language), Target: "/chat/" + opened.Slug})
		if err != nil {
			return err
		}
		return web.Redirect(c, "/console/"+opened.Slug)
	}
	page, shown := s.newAccountPage(c, typed)
	if shown != nil {
		return shown
	}
	if err := s.refused(c, &page.Base, err, profileFields, "kind", "name", "slug", "language", "currency", "zone"); err != nil {
		return err
	}
	return s.again(c, page)
}

// profileFields are the names of the forms' fields where the domain has others.
var profileFields = map[string]string{"time_zone": "zone", "names": "name.en", "descriptions": "description.en", "logo": "logo"}

func (s *Console) profile(c *gin.Context) error {
	page, err := s.profilePage(c, web.At(c).Account.Profile)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) profilePage(c *gin.Context, p account.Profile) (*templates.Profile, error) {
	base, err := s.base(c)
	office := web.At(c).Account
	return &templates.Profile{
		Base: base, Name: p.Names, Description: p.Descriptions, Slug: office.Slug, Colour: p.Colour,
		Languages: s.options(c, "language", p.Language, message.Languages[:]...),
		Zones:     plain(p.TimeZone, offeredZones...), Currency: office.Currency,
		Logo:      templates.Picture{ID: p.Logo, URL: web.PicturePath(p.Logo)},
		PublicURL: s.Surface.PublicURL + "/a/" + office.Slug,
	}, err
}

func (s *Console) saveProfile(c *gin.Context) error {
	office := web.At(c)
	profile := office.Account.Profile
	profile.Names, profile.Descriptions = localized(c, "name"), localized(c, "description")
	profile.Language, profile.TimeZone, profile.Colour = c.PostForm("language"), field(c, "zone"), field(c, "colour")
	logo, err := s.pictureID(c, "logo", "file")
	if err == nil {
		profile.Logo = logo
		_, err = s.accounts.Accounts.Update(c, office.Account.ID, profile, office.Access.Actor)
	}
	if err == nil {
		s.Bot.Forget(office.Account.ID)
		return s.done(c, path(c, "settings"), "done.saved", nil)
	}
	page, shown := s.profilePage(c, profile)
	if shown != nil {
		return shown
	}
	names := map[string]string{"name": "name." + office.Account.Language}
	for from, to := range profileFields {
		names[from] = to
	}
	if err := s.refused(c, &page.Base, err, names, "name.", "description.", "language", "zone", "colour", "logo"); err != nil {
		return err
	}
	return s.again(c, page)
}
