package bot

import (
	"context"
	"errors"
	"net/url"

	"plaza/message"
)

// Channel is one messenger. One folder each. Credentials are the connection's
// own settings, as JSON, unsealed.
type Channel interface {
	Name() string
	// Receive verifies and decodes one webhook call.
	Receive(credentials []byte, request message.Request) (message.Received, error)
	// Render puts as much of the answer as fits into the webhook's own response.
	// It is pure: the same answer renders the same, any number of times.
	Render(credentials []byte, received message.Received, answer []message.Outbound) (message.Response, []message.Outbound, error)
	// Send delivers outside a webhook; key is the same on every repetition.
	// Errors: *message.SendError; anything else counts as uncertain.
	Send(ctx context.Context, credentials []byte, to message.Person, key string, out message.Outbound) error
	// Check asks the platform whether the connection works and says it in words.
	Check(ctx context.Context, credentials []byte) error
	// Renders declares how the channel shows each form.
	Renders() message.Renderings
	// Fields are what a member types in to connect; none where there is nothing
	// to connect.
	Fields() []message.Field
	// Validate says what is wrong with credentials, field by field, without
	// asking the platform. Errors: *fault.Error.
	Validate(credentials []byte) error
}

// Channels may also say the following of themselves.
type (
	// repeatable is a channel whose platform takes a call with the same key
	// once, so that it can be repeated when nobody knows how it ended.
	repeatable interface{ Repeatable() bool }
	// followersOnly is a channel on which only followers can write: a message
	// from an unknown person proves that they follow.
	followersOnly interface{ FollowersOnly() bool }
	// rotating is a channel that keeps something of the credentials it had when
	// they change, such as a key that the platform uses a while longer.
	rotating interface {
		Rotate(before, after []byte) ([]byte, error)
	}
	// direct is a channel that delivers by our own durable write alone.
	direct interface{ Direct() bool }
	// signalling is a channel that can show for a moment that somebody types, or
	// that what was written has been read. A courtesy: nobody retries it.
	signalling interface {
		Signal(ctx context.Context, credentials []byte, to message.Person, signal message.Signal) error
	}
	// fetching is a channel whose platform keeps what people send (pictures,
	// recordings, files) and gives it out by an id. The address in
	// in.MediaURL, where there is one, may only be used by the channel itself.
	fetching interface {
		Fetch(ctx context.Context, credentials []byte, in message.Inbound) (message.File, error)
	}
	// windowed is a channel whose platform lets an account write to somebody
	// only for a while after they did something. Opens says what an inbound
	// allows, Calls how many of the allowed messages an outbound takes.
	windowed interface {
		Opens(in message.Inbound) message.Allowance
		Calls(out message.Outbound) int
	}
	// noticing is a windowed channel that can say some messages outside the
	// window all the same, in a form that the platform has approved. Notices says
	// which; key is the message's own. Errors of SendNotice are those of Send.
	noticing interface {
		Notices(credentials []byte, out message.Outbound) bool
		SendNotice(ctx context.Context, credentials []byte, to message.Person, key string, out message.Outbound) error
	}
	// templated is a channel on which an account chooses, of the templates that the
	// platform has approved, which says what when an ordinary message is not taken.
	// ChooseTemplates puts the choices into the credentials. Errors: *fault.Error,
	// whose field is the sort of messages.
	templated interface {
		TemplateSorts() (sorts, parts []string)
		Templates(ctx context.Context, credentials []byte) ([]message.Template, error)
		TemplateChoices(credentials []byte) ([]message.TemplateChoice, error)
		ChooseTemplates(credentials []byte, templates []message.Template, choices []message.TemplateChoice) ([]byte, error)
	}
	// reporting is a channel whose platform tells by an event how a message
	// ended that it took. An error asks the platform to tell again.
	reporting interface {
		Reports(ctx context.Context, account string, in message.Inbound) ([]message.Report, error)
	}
	// rostered is a channel whose platform lists who follows, and keeps a remark
	// and tags for each. Followers reads a page of their ids, in an order that
	// stays, behind the last of the page before; none is the end. Details
	// takes up to a hundred. PushDetails makes the platform's remark and tags
	// those given; tags that the platform can't have are left out.
	rostered interface {
		Followers(ctx context.Context, credentials []byte, after string) (users []string, total int, err error)
		Details(ctx context.Context, credentials []byte, users []string) ([]message.Follower, error)
		PushDetails(ctx context.Context, credentials []byte, user, remark string, tags []string) error
	}
	// metered is a channel whose platform allows each call, or messages in all, so
	// often a day or a month.
	metered interface {
		Usage(ctx context.Context, credentials []byte) ([]message.Usage, error)
	}
	// coded is a channel whose platform makes QR codes that let whoever scans them
	// follow, and tells by a Follow or Scan which one it was: its Scene.
	// SceneCode makes such a code; the same scene for ever is the same code.
	coded interface {
		SceneCode(ctx context.Context, credentials []byte, scene message.Scene) (message.SceneCode, error)
	}
	// menued is a channel with menus under the chat. PublishMenus puts these in
	// the place of whatever the platform had; without any it takes all away. The
	// first is for everybody, and of the others the first that is for somebody
	// is theirs. It says which can't be had there, by their indexes.
	// Errors: a *fault.Error, whose sentence a member reads, or any other.
	menued interface {
		PublishMenus(ctx context.Context, credentials []byte, menus []message.Menu) (leftOut []int, err error)
	}
	// giving is a channel with menus whose platform shows one that is for some to
	// nobody by itself: each person is given theirs, see menu_round.go. PutUpMenus
	// shows the first to everybody, and makes the others ready to be given; it
	// leaves earlier ones alone, and the same menu keeps its id. The id of one that
	// can't be had there is empty. GiveMenu shows one to up to giveLimit people in
	// the place of everybody's, and "" everybody's; again is harmless, and people
	// whom the platform doesn't know are left out. KeepMenus takes all of ours away
	// but these. Errors as of menued.
	giving interface {
		PutUpMenus(ctx context.Context, credentials []byte, menus []message.Menu) (ids []string, err error)
		GiveMenu(ctx context.Context, credentials []byte, menu string, users []string) error
		KeepMenus(ctx context.Context, credentials []byte, menus []string) error
	}
	// introducing is a channel whose messages do not say who sent them, and whose
	// platform tells it on request. The language is a tag of the platform's; both
	// may be empty.
	introducing interface {
		Introduce(ctx context.Context, credentials []byte, in message.Inbound) (name, language string, err error)
	}
	// batching is a channel whose platform takes several messages in one call.
	batching interface {
		// Batch is how many of the messages, from the front, go into one call: the
		// same on every repetition. 0: not even the first does.
		Batch(out []message.Outbound) int
		// SendBatch is Send for as many messages as Batch said, or for one.
		SendBatch(ctx context.Context, credentials []byte, to message.Person, key string, out []message.Outbound) error
	}
	// replying is a batching channel on which the token that came with a message
	// (in.ReplyToken) answers it, once and for a short while. That it works once
	// makes it as good as a key: a repetition of a call that went through ends
	// in message.ErrReplyToken.
	replying interface {
		batching
		Reply(ctx context.Context, credentials []byte, to message.Person, token string, out []message.Outbound) error
	}
	// collecting is a channel whose platform lets it speak to a person only in
	// answer to a call of theirs, which takes several messages at once. What the
	// outbox holds waits until they call again. See collect.go.
	collecting interface {
		// Gather delivers what fits into one call outside a webhook, if there is a
		// way to the person now, and gives back the rest as Render does. Errors:
		// *message.SendError. WindowClosed means that there is none: the messages
		// go on waiting, and RetryAfter says when to ask again, if that is of use.
		Gather(ctx context.Context, credentials []byte, to message.Person, key string, out []message.Outbound) (rest []message.Outbound, err error)
		// Knock lets the platform fetch what waits, where it can be asked to. It
		// comes after Gather has found no way, when the messages can be fetched.
		// Errors: as of Gather; nil where there is nothing to knock at.
		Knock(ctx context.Context, credentials []byte, to message.Person) error
	}
	// deferring is a channel that can promise an answer which takes longer than
	// the platform waits.
	deferring interface {
		Defer(ctx context.Context, credentials []byte, received message.Received) (message.Response, error)
	}
	// massing is a channel whose platform sends the same to many people by one
	// call. Mass says how it does for this connection. SendMass is such a call; the
	// same key on every repetition is sent once, and job is the platform's name of
	// it, empty if it has none. How it ended comes by Reports. Errors as of Send.
	massing interface {
		Mass(credentials []byte) message.Mass
		SendMass(ctx context.Context, credentials []byte, account string, to message.Crowd, key string, out []message.Outbound) (job string, err error)
	}
	// rehearsing is a massing channel that can show a mass send to one person
	// before, and take it back afterwards. Name is how the platform calls the
	// person's own account. Retractable says of which messages something can be
	// taken back at all. Errors: a *fault.Error, whose sentence a member reads, or
	// any other.
	rehearsing interface {
		massing
		PreviewMass(ctx context.Context, credentials []byte, name string, out []message.Outbound) error
		RecallMass(ctx context.Context, credentials []byte, job string) error
		Retractable(out []message.Outbound) bool
	}
	// identifying is a channel whose platform knows one person by several names.
	// It notes the names that a message tells, and finds the User of one that
	// tells only another name. What stays without a User is not handled.
	identifying interface {
		Identify(ctx context.Context, credentials []byte, in *message.Inbound) error
	}
	// signing is a channel whose platform lets a page know who has it open.
	// SignsIn says whether the account has set that up; Inside whether a browser,
	// by what it calls itself, is the messenger's own, and whether people notice
	// there that they are asked. SignInURL is where a page sends the person, and
	// SignIn makes of what they came back with who they are, once. Errors: of
	// package message's about signing in, or any other.
	signing interface {
		SignsIn(credentials []byte) bool
		Inside(userAgent string) (own, silent bool)
		SignInURL(credentials []byte, ask message.SignIn) (string, error)
		SignIn(ctx context.Context, credentials []byte, ask message.SignIn, back url.Values) (message.SignedIn, error)
	}
	// vouching is a channel whose messenger gives a page that it opens inside
	// itself a signed statement of who opened it; Vouches says whether the account
	// has pages opened so. Errors: message.ErrSignIn.
	vouching interface {
		Vouches(credentials []byte) bool
		Vouch(credentials []byte, statement string) (message.SignedIn, error)
	}
	// scripted is a signing channel whose messenger lets pages inside it do more,
	// by a script of the platform's that wants each page signed.
	scripted interface {
		signing
		Script() string
		SignPage(ctx context.Context, credentials []byte, address string) (message.PageSignature, error)
	}
	// proving is a channel whose platform looks for a file at the root of this
	// server before it believes that an account may use its domain.
	proving interface {
		Proof(credentials []byte) (name, content string)
	}
	// registering is a channel that tells its platform itself where to call, and
	// to call no more. Both can be repeated. Errors: a *fault.Error, whose
	// sentence a member reads, or any other.
	registering interface {
		Register(ctx context.Context, credentials []byte, webhook string) error
		Withdraw(ctx context.Context, credentials []byte) error
	}
	// paced is a channel whose platform publishes how fast one account may send.
	paced interface{ Pace() message.Pace }
	// weighing is a paced channel on which a message may count as several: an
	// album, a text in pieces. Whatever it weighs goes whole, and the pace makes
	// up for it afterwards; its Pace leaves room for that.
	weighing interface {
		Weight(out message.Outbound) int
	}
)

func isRepeatable(channel Channel) bool {
	c, ok := channel.(repeatable)
	return ok && c.Repeatable()
}

func isFollowersOnly(channel Channel) bool {
	c, ok := channel.(followersOnly)
	return ok && c.FollowersOnly()
}

func isDirect(channel Channel) bool {
	c, ok := channel.(direct)
	return ok && c.Direct()
}

func hasMenus(channel Channel) bool {
	_, shows := channel.(menued)
	_, gives := channel.(giving)
	return shows || gives
}

// ChannelNames are the channels there are, in the order they were given.
func (b *Bot) ChannelNames() []string {
	names := make([]string, len(b.Channels))
	for i, channel := range b.Channels {
		names[i] = channel.Name()
	}
	return names
}

// Renderings is how a channel shows each form. There has to be such a channel.
func (b *Bot) Renderings(channel string) message.Renderings {
	return b.channels[channel].Renders()
}

// Fields are what a member types in to connect a channel. Errors: ErrNoChannel.
func (b *Bot) Fields(channel string) ([]message.Field, error) {
	if b.channels[channel] == nil {
		return nil, ErrNoChannel
	}
	return b.channels[channel].Fields(), nil
}

// Usage is how often the calls of a connected channel's platform were made
// today; none where the platform counts none, or nothing is connected.
func (c Connections) Usage(ctx context.Context, account, channel string) ([]message.Usage, error) {
	counts, ok := c.bot.channels[channel].(metered)
	if !ok {
		return nil, nil
	}
	credentials, err := c.bot.credentials(ctx, account, channel)
	if errors.Is(err, ErrNotConnected) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return counts.Usage(ctx, credentials)
}
