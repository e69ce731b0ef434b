package telegram

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"plaza/bot/oidc"
	"plaza/message"
)

// Name is the channel's name in addresses and keys.
const Name = "telegram"

// Options are what a Channel works with.
type Options struct {
	// PublicURL is put before addresses that start with "/", without a slash at
	// its end: "https://shop.example".
	PublicURL string
	// QRPicture gives the absolute address of a picture of a QR code that leads
	// to link. Without it, codes are shown as links.
	QRPicture func(link string) string
	// Files opens files of ours for upload. Without it, Telegram has to fetch
	// them by their addresses.
	Files Files
	// Memory is shared by all nodes; nil keeps everything in this process.
	Memory Memory
	// API is where the Bot API is found; DefaultAPI if empty. Only an operator
	// may set it (PLAZA_TELEGRAM_API), never a member of an account.
	API string
	// Login is where signing in with Telegram begins and ends; DefaultLogin if
	// empty. Only an operator may set it.
	Login string
	// Client makes the calls; nil for one with sensible limits.
	Client *http.Client
	Now    func() time.Time
	Logger *slog.Logger
}

// Channel is Telegram as a messenger of Plaza. It fits bot's Channel interface.
// It is safe for concurrent use.
type Channel struct {
	accounts  accounts
	api       *api
	login     *oidc.Provider
	memory    Memory
	nearby    *processMemory // ids of files, before they are looked up
	files     Files
	publicURL string
	qrPicture func(string) string
	now       func() time.Time
	logger    *slog.Logger
}

// New makes the channel.
func New(o Options) *Channel {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Memory == nil {
		o.Memory = new(processMemory)
	}
	calls := newAPI(o.API, o.Client)
	return &Channel{
		accounts: accounts{api: calls}, api: calls, login: provider(o, calls), memory: o.Memory, nearby: new(processMemory), files: o.Files,
		publicURL: strings.TrimSuffix(o.PublicURL, "/"), qrPicture: o.QRPicture, now: o.Now, logger: o.Logger,
	}
}

// Name is the channel's name in addresses and keys.
func (c *Channel) Name() string { return Name }

// FollowersOnly says that a message from an unknown person proves that they
// follow: Telegram opens a chat with a bot when the person presses Start. This
// finds those who did before the bot was connected.
func (c *Channel) FollowersOnly() bool { return true }

// Pace is what Telegram publishes for bots (platform document: "Bots FAQ"): 30
// messages a second. Of these, room is left for an album, which goes whole.
func (c *Channel) Pace() message.Pace {
	return message.Pace{PerSecond: 30, Burst: 30 - maxAlbum, PersonSeconds: 1}
}

// Weight is how many of Telegram's messages a message is: the pictures of an
// album and the pieces of a long text count one by one.
func (c *Channel) Weight(out message.Outbound) (messages int) {
	if out.Form == message.TextForm && len(out.Text) <= maxText {
		return 1
	}
	calls, _ := c.calls("", out, false)
	for _, one := range calls {
		messages += max(1, len(one.files))
	}
	return messages
}

// Fields are what a member copies from BotFather.
func (c *Channel) Fields() []message.Field {
	return []message.Field{
		{Name: "bot_token", Secret: true, Limit: 81},
		{Name: "login_secret", Secret: true, Optional: true, Limit: maxLoginSecret},
		{Name: "mini_app", Kind: message.SwitchField},
	}
}

// Validate says what is wrong with the values, field by field.
func (c *Channel) Validate(credentials []byte) error {
	typed, err := message.DecodeCredentials[Credentials](credentials)
	if err != nil {
		return err
	}
	return typed.Check()
}

// Renders says how Telegram shows each form.
func (c *Channel) Renders() message.Renderings {
	native := func(as string) message.Rendering { return message.Rendering{Fidelity: message.Native, As: as} }
	adapted := func(as string) message.Rendering { return message.Rendering{Fidelity: message.Adapted, As: as} }
	return message.Renderings{
		Forms: map[message.Form]message.Rendering{
			message.TextForm: native("message"), message.RichForm: native("entities"), message.ImageForm: native("photo"),
			message.VoiceForm: native("voice, or audio"), message.VideoForm: native("video"), message.FileForm: native("document"),
			message.LocationForm: native("venue, or location"), message.StickerForm: native("sticker, or emoji"),
			message.CardForm: native("photo with buttons"), message.CardsForm: adapted("album and list with buttons"),
			message.ListForm: adapted("message with buttons"), message.ButtonsForm: native("inline keyboard"), message.MenuForm: native("inline keyboard"),
			message.ProductForm: adapted("album and list with buttons"), message.OrderForm: adapted("entities and buttons"),
			message.ReceiptForm: adapted("entities"), message.QRForm: adapted("photo"), message.CouponForm: adapted("entities"),
			message.HandoverForm: adapted("message"),
		},
		Signals: map[message.Signal]message.Rendering{message.TypingOn: native("chat action"), message.ReadMark: {Fidelity: message.Absent}},
		Quick:   native("reply keyboard"),
	}
}
