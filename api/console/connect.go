package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot"
	"plaza/fault"
	"plaza/message"
	"plaza/templates"
)

// A connection page is the same for every messenger: its steps, its fields and
// what is said about them come from the channel's own declarations and texts
// ("connect.<channel>....").

func (s *Console) connection(c *gin.Context) error {
	page, err := s.connectPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) connectPage(c *gin.Context) (*templates.Connect, error) {
	channel := c.Param("channel")
	typed, err := s.Bot.Connections().Typed(c, accountID(c), channel)
	if err != nil {
		return nil, err
	}
	fields, err := s.Bot.Fields(channel)
	if err != nil {
		return nil, err
	}
	if len(fields) == 0 { // nothing to connect: the web chat
		return nil, bot.ErrNoChannel
	}
	base, err := s.base(c, "inbox")
	if err != nil {
		return nil, err
	}
	row, found, err := s.channelRow(c, channel)
	if err != nil {
		return nil, err
	}
	page := &templates.Connect{
		Base: base, Row: row, Saved: found.ID != "",
		WebhookURL: s.Surface.PublicURL + "/webhooks/" + channel + "/" + base.Account.Slug,
		Steps:      s.platformSteps(c, "connect."+channel),
		Findings:   s.findings(c, row, found),
	}
	page.Callback, page.Domain = s.signingIn(c, channel)
	for _, field := range fields {
		page.Fields = append(page.Fields, s.settingField(c, "connect."+channel, field, typed))
	}
	return page, s.platformState(c, page, found.Enabled)
}

// signingIn is what a platform wants to know before it lets pages learn who has
// them open: the address that people come back to or, where that is all it
// compares, the domain.
func (s *Console) signingIn(c *gin.Context, channel string) (callback, domain string) {
	switch byDomain, ok := s.Bot.Pages().Asks(channel); {
	case !ok:
		return "", ""
	case byDomain:
		address, err := url.Parse(s.Surface.PublicURL)
		if err != nil {
			return "", ""
		}
		return "", address.Host
	}
	return s.SignIn.Callback(accountID(c), channel), ""
}

// platformState adds what the platform of a connection knows and counts.
func (s *Console) platformState(c *gin.Context, page *templates.Connect, connected bool) error {
	if !connected {
		return nil
	}
	if s.Bot.Connections().Templated(page.Row.Name) {
		page.TemplatesURL = path(c, "settings", "channels", page.Row.Name, "templates")
	}
	roster, ok, err := s.Bot.Subscribers().Roster(c, accountID(c), page.Row.Name)
	if err != nil {
		return err
	}
	if ok {
		page.Roster = &templates.RosterRow{State: string(roster.State), Seen: roster.Seen, Added: roster.Added, Total: roster.Total,
			At: roster.StartedAt, Problem: roster.Problem}
	}
	usage, err := s.Bot.Connections().Usage(c, accountID(c), page.Row.Name)
	for _, u := range usage {
		page.Usage = append(page.Usage, templates.UsageRow(u))
	}
	return err
}

// readFollowers begins to read the platform's list of followers.
func (s *Console) readFollowers(c *gin.Context) error {
	channel := c.Param("channel")
	err := s.audited(c, "channel.followers_read", "channel:"+channel, func() error {
		_, err := s.Bot.Subscribers().ReadRoster(c, accountID(c), channel)
		return err
	})
	return s.done(c, path(c, "settings", "channels", channel), "connect.done.roster", err)
}

// platformSteps are what to do on a platform's own pages, in order.
func (s *Console) platformSteps(c *gin.Context, texts string) (steps []string) {
	for n := 1; ; n++ {
		key := fmt.Sprintf("%s.step.%d", texts, n)
		if !s.Surface.Renderer.Texts.Has(key) {
			return steps
		}
		steps = append(steps, s.Surface.Text(c, key))
	}
}

// settingField is a field of a settings page; texts is what its texts begin with.
func (s *Console) settingField(c *gin.Context, texts string, field message.Field, typed message.Typed) templates.ConnectField {
	key := texts + "." + field.Name
	shown := templates.ConnectField{
		Name: field.Name, Kind: string(field.Kind), Label: s.Surface.Text(c, key),
		Value: typed.Values[field.Name], Secret: field.Secret, Kept: typed.Kept[field.Name],
		Required: !field.Optional && !(field.Secret && typed.Kept[field.Name]) && field.Kind != message.SwitchField,
		Optional: field.Optional, Limit: field.Limit,
	}
	if s.Surface.Renderer.Texts.Has(key + ".help") {
		shown.Help = s.Surface.Text(c, key+".help")
	}
	for _, choice := range field.Choices {
		shown.Choices = append(shown.Choices, templates.Option{Value: choice,
			Label: s.Surface.Text(c, key+"."+choice), Chosen: choice == shown.Value})
	}
	return shown
}

// findings say in words how the connection stands, the most pressing first.
func (s *Console) findings(c *gin.Context, row templates.ChannelRow, found bot.Connection) (all []templates.Finding) {
	name := s.Surface.Text(c, "page.channel."+row.Name)
	if !reachable(s.Surface.PublicURL) {
		all = append(all, templates.Finding{Tone: "warn", Text: s.Surface.Text(c, "connect.unreachable", name)})
	}
	all = append(all, s.clockFindings(c, row.Name)...)
	if row.Problem != "" {
		all = append(all, templates.Finding{Tone: "bad", Text: row.Problem, At: found.CheckedAt})
	}
	refused := found.Refused
	if refused != nil {
		all = append(all, templates.Finding{Tone: "bad", At: refused.At,
			Text: s.Surface.Text(c, "connect.refused", s.fault(c, refused.Code, refused.Text, refused.Args))})
	}
	if found.Enabled && found.LastHeardAt == nil && refused == nil {
		all = append(all, templates.Finding{Tone: "info", Text: s.Surface.Text(c, "connect.silent", name)})
	}
	return all
}

// reachable says whether a platform's servers can be expected to reach an
// address.
func reachable(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" {
		return false
	}
	host := parsed.Hostname()
	return host != "localhost" && !strings.HasPrefix(host, "127.") && host != "::1"
}

func (s *Console) saveConnection(c *gin.Context) error {
	channel := c.Param("channel")
	fields, err := s.Bot.Fields(channel)
	if err != nil {
		return err
	}
	typed, names := typedFields(c, fields)
	var saved bot.Connection
	err = s.audited(c, "channel.connected", "channel:"+channel, func() (err error) {
		saved, err = s.Bot.Connections().Connect(c, accountID(c), channel, typed)
		return err
	})
	if err == nil && saved.State == bot.Broken { // kept, but the platform wants none of it
		return s.notWorking(c, saved)
	}
	if err == nil {
		return s.done(c, path(c, "settings", "channels", channel), "connect.done.saved", nil)
	}
	page, shown := s.connectPage(c)
	if shown != nil {
		return shown
	}
	retype(page.Fields, typed)
	if err := s.refused(c, &page.Base, err, nil, names...); err != nil {
		return err
	}
	return s.again(c, page)
}

// typedFields reads a posted settings page.
func typedFields(c *gin.Context, fields []message.Field) (typed map[string]string, names []string) {
	typed = map[string]string{}
	for _, one := range fields {
		typed[one.Name] = field(c, one.Name)
		names = append(names, one.Name)
	}
	return typed, names
}

// retype puts into a settings page what was typed, to be corrected.
func retype(fields []templates.ConnectField, typed map[string]string) {
	for i := range fields {
		fields[i].Retype(typed[fields[i].Name])
	}
}

// errSelf is what a test says when this server's own address leads nowhere.
func errSelf(address string) *fault.Error {
	return fault.New(fault.Unavailable, "self_unreachable",
		"The connection works, but this server can't reach itself by {0}. Unless your network forbids only that, the platform can't either.", address)
}

// testConnection tries the connection both ways and says in words how it went.
func (s *Console) testConnection(c *gin.Context) error {
	channel := c.Param("channel")
	var tried bot.Connection
	err := s.audited(c, "channel.tested", "channel:"+channel, func() (err error) {
		tried, err = s.Bot.Connections().Check(c, accountID(c), channel)
		return err
	})
	s.Clocks.Confirm(c, channel)
	back := path(c, "settings", "channels", channel)
	if err == nil && tried.State == bot.Broken {
		return s.notWorking(c, tried)
	}
	if err == nil && reachable(s.Surface.PublicURL) && !s.reachesItself(c) {
		err = errSelf(s.Surface.PublicURL)
	}
	return s.done(c, back, "connect.done.works", err)
}

// notWorking says what is wrong with a connection.
func (s *Console) notWorking(c *gin.Context, found bot.Connection) error {
	return web.RedirectSaying(c, path(c, "settings", "channels", found.Channel), templates.Flash{Kind: "bad",
		Text: s.fault(c, found.LastFault, found.LastError, found.LastArgs)})
}

// selfLimit is how long the server waits for itself.
const selfLimit = 5 * time.Second

// reachesItself says whether a Plaza answers at the address that the operator
// has set.
func (s *Console) reachesItself(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Surface.PublicURL+"/healthz", nil)
	if err != nil {
		return false
	}
	response, err := s.Client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

func (s *Console) disconnect(c *gin.Context) error {
	channel := c.Param("channel")
	err := s.audited(c, "channel.disconnected", "channel:"+channel, func() error {
		return s.Bot.Connections().Remove(c, accountID(c), channel)
	})
	return s.done(c, path(c, "settings", "channels"), "connect.done.disconnected", err)
}
