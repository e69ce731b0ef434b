package developer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/message"
	"plaza/store"
)

// Mass is one message to many (platform document: "Mass send"): written down
// first, sent in pages by any node, reported at its end.
type Mass struct {
	ID        string             `bson:"_id"` // account + ":" + digest of the program's key
	Account   string             `bson:"account"`
	MessageID int64              `bson:"message_id"`
	Audience  MassAudience       `bson:"audience"`
	Content   []message.Outbound `bson:"content"`
	State     MassState          `bson:"state"`
	At        time.Time          `bson:"at"`

	// After is the last person of those that were reached, or passed over.
	After   string `bson:"after,omitempty"`
	Chosen  int64  `bson:"chosen"`  // followers that the audience names
	Reached int64  `bson:"reached"` // those who want such messages and got it

	DueAt     *time.Time `bson:"due_at,omitempty"`
	Fence     int64      `bson:"fence"`
	ExpiresAt time.Time  `bson:"expires_at"`
}

// MassAudience is everybody, those with a tag, or some by open id.
type MassAudience struct {
	Tag     string   `bson:"tag,omitempty"`
	OpenIDs []string `bson:"open_ids,omitempty"`
}

// MassState says how far a mass send has come.
type MassState string

// The states.
const (
	MassSending MassState = "sending"
	MassSent    MassState = "sent"
	MassDeleted MassState = "deleted" // and what was not sent by then is not
)

var masses = store.Declare[Mass](store.Schema{
	Name: "developer_masses", KeyedByAccount: true,
	Indexes: []store.Index{
		{Fields: []string{"message_id"}},
		{Fields: []string{"due_at"}, Across: true, Sparse: true},
	},
	ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

const (
	maxClientKey = 64
	minMassList  = 2
	maxMassList  = 10_000
	massPage     = 500
	keepMass     = 30 * 24 * time.Hour
	// massHelper is whom the platform's reports of mass sends come from.
	massHelper = "mphelper"
)

// NewMass is what a mass send is made from.
type NewMass struct {
	ToAll   bool
	Tag     int64
	OpenIDs []string // if not nil
	Content Content
	Key     string // of the program: the same is sent once
}

// SendMass begins a mass send. Errors: ErrMassRepeated with the number of the
// one that has the key, ErrMassKeyLength, ErrOpenIDs, ErrTagID, ErrMassQuota,
// and those of the content.
func (s *Service) SendMass(ctx context.Context, account string, wanted NewMass) (Mass, error) {
	if len(wanted.Key) > maxClientKey {
		return Mass{}, ErrMassKeyLength
	}
	audience, err := s.massAudience(ctx, account, wanted)
	if err != nil {
		return Mass{}, err
	}
	content, err := s.message(ctx, account, wanted.Content)
	if err != nil {
		return Mass{}, err
	}
	now := s.now()
	made := Mass{ID: account + ":" + wanted.key(day(now)), Account: account, MessageID: newID(), Audience: audience, Content: content,
		State: MassSending, At: now, DueAt: &now, ExpiresAt: now.Add(keepMass)}
	known, err := masses.In(s.DB, account).Get(ctx, made.ID)
	if err == nil {
		return known, ErrMassRepeated.With(map[string]any{"msg_id": known.MessageID})
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Mass{}, err
	}
	if err := s.count(ctx, account, "message/mass"); err != nil {
		if errors.Is(err, ErrQuota) {
			err = ErrMassQuota
		}
		return Mass{}, err
	}
	stored, inserted, err := masses.In(s.DB, account).InsertIfAbsent(ctx, made)
	if err != nil {
		return Mass{}, err
	}
	if !inserted {
		return stored, ErrMassRepeated.With(map[string]any{"msg_id": stored.MessageID})
	}
	s.Wake()
	return stored, nil
}

// key is the program's or, as with WeChat, a digest of the day, the audience and
// the content.
func (n NewMass) key(today string) string {
	named := "key\x00" + n.Key
	if n.Key == "" {
		encoded, _ := json.Marshal(n) // of plain fields: never fails
		named = "digest\x00" + today + "\x00" + string(encoded)
	}
	digest := sha256.Sum256([]byte(named))
	return hex.EncodeToString(digest[:])
}

func (s *Service) massAudience(ctx context.Context, account string, wanted NewMass) (MassAudience, error) {
	switch {
	case wanted.OpenIDs != nil:
		ids := slices.Clone(wanted.OpenIDs)
		slices.Sort(ids)
		ids = slices.Compact(ids)
		if len(ids) < minMassList || len(ids) > maxMassList {
			return MassAudience{}, ErrOpenIDs
		}
		return MassAudience{OpenIDs: ids}, nil
	case wanted.ToAll:
		return MassAudience{}, nil
	}
	tag, err := s.tag(ctx, account, wanted.Tag)
	if errors.Is(err, ErrTagReserved) {
		err = ErrTagID
	}
	return MassAudience{Tag: tag.Name}, err
}

// PreviewMass shows one person what would be sent. Errors: ErrOpenID and those
// of the content.
func (s *Service) PreviewMass(ctx context.Context, account, openID string, content Content) error {
	to, err := s.person(ctx, account, openID)
	if err != nil {
		return err
	}
	out, err := s.message(ctx, account, content)
	if err != nil {
		return err
	}
	if err := s.count(ctx, account, "message/mass/preview"); err != nil {
		return err
	}
	return s.Bot.SendAs(ctx, bot.ByDeveloper, to.Person(), "preview:"+store.NewID(), out...)
}

// FindMass finds a mass send by its number. Errors: ErrNoMass.
func (s *Service) FindMass(ctx context.Context, account string, id int64) (Mass, error) {
	found, err := masses.In(s.DB, account).First(ctx, store.Where(store.Eq("message_id", id)))
	if errors.Is(err, store.ErrNotFound) {
		return Mass{}, ErrNoMass
	}
	return found, err
}

// DeleteMass stops what has not been sent yet. Errors: ErrNoMass.
func (s *Service) DeleteMass(ctx context.Context, account string, id int64) error {
	found, err := s.FindMass(ctx, account, id)
	if err != nil {
		return err
	}
	return masses.In(s.DB, account).Update(ctx, found.ID, store.Set("state", MassDeleted).Unset("due_at").Inc("fence", 1))
}

// sendMass takes a mass send that is due and sends its next page. It reports
// whether there was one.
func (s *Service) sendMass(ctx context.Context) (worked bool, err error) {
	if restored, err := s.DB.Restored(ctx); restored || err != nil {
		return false, err
	}
	taken, found, err := store.TakeNext(ctx, masses.Across(s.DB), s.lease(nil))
	if !found {
		return false, err
	}
	ctx, cancel := detached(ctx, leaseTime)
	defer cancel()
	return true, s.sendPage(ctx, taken)
}

// sendPage sends to the next of the audience. Every message has a key made of
// the send and the person, so a page may be sent again.
func (s *Service) sendPage(ctx context.Context, mass Mass) error {
	people, chosen, next, err := s.recipients(ctx, mass)
	if err != nil {
		return err
	}
	deliveries := make([]bot.Delivery, len(people))
	for i, person := range people {
		deliveries[i] = bot.Delivery{Person: person, Key: massKey(mass), Out: mass.Content, At: mass.At}
	}
	if err := s.Bot.SendMany(ctx, deliveries); err != nil {
		return err
	}
	mass.Chosen, mass.Reached, mass.After = mass.Chosen+chosen, mass.Reached+int64(len(people)), next
	update := store.Set("after", next).Set("chosen", mass.Chosen).Set("reached", mass.Reached)
	if next == "" {
		if err := s.reportMass(ctx, mass); err != nil {
			return err
		}
		update = update.Set("state", MassSent).Unset("due_at")
	} else {
		update = update.Set("due_at", s.now())
	}
	err = masses.In(s.DB, mass.Account).Update(ctx, mass.ID, update, store.Eq("fence", mass.Fence))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil // deleted, or another node has it
	}
	return err
}

func massKey(mass Mass) string { return "mass:" + strconv.FormatInt(mass.MessageID, 10) }

// recipients are the next page of those who want such messages.
func (s *Service) recipients(ctx context.Context, mass Mass) (people []message.Person, chosen int64, next string, err error) {
	wanting := bot.Audience{Channel: webchat.Name, Purpose: bot.Promotions}
	var page []bot.Subscriber
	if mass.Audience.OpenIDs != nil {
		page, next, err = s.listed(ctx, mass)
	} else {
		page, next, err = s.Bot.Subscribers().Followers(ctx, mass.Account,
			bot.People{Tag: mass.Audience.Tag, Channel: webchat.Name}, mass.After, massPage)
	}
	for _, found := range page {
		if found.Channel == webchat.Name && found.Followed {
			chosen++
		}
		if wanting.Reaches(found) {
			people = append(people, found.Person())
		}
	}
	return people, chosen, next, err
}

// listed finds the next of those that were named, who are in order.
func (s *Service) listed(ctx context.Context, mass Mass) (page []bot.Subscriber, next string, err error) {
	ids := mass.Audience.OpenIDs
	start, _ := slices.BinarySearch(ids, mass.After)
	if start < len(ids) && ids[start] == mass.After {
		start++
	}
	end := min(start+massPage, len(ids))
	for _, id := range ids[start:end] {
		found, err := s.person(ctx, mass.Account, id)
		if errors.Is(err, ErrOpenID) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		page = append(page, found)
	}
	if end < len(ids) {
		next = ids[end-1]
	}
	return page, next, nil
}

func (s *Service) reportMass(ctx context.Context, mass Mass) error {
	return s.tell(ctx, mass.Account, massKey(mass), massHelper, "MASSSENDJOBFINISH", func(d *wechat.Document) {
		d.Number("MsgID", mass.MessageID)
		d.Text("Status", "send success")
		d.Number("TotalCount", mass.Chosen)
		d.Number("FilterCount", mass.Reached)
		d.Number("SentCount", mass.Reached)
		d.Number("ErrorCount", 0)
	})
}
