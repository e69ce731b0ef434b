package broadcast

import (
	"slices"

	"plaza/fault"
	"plaza/store"
)

// State of a campaign.
type State string

// The states of a campaign.
const (
	Draft     State = "draft"
	Scheduled State = "scheduled" // waits for its time
	Sending   State = "sending"
	Paused    State = "paused"    // by hand
	Done      State = "done"      // everybody has an outcome
	Cancelled State = "cancelled" // by hand
	Held      State = "held"      // by us, until somebody decides; see Reason
	Failed    State = "failed"    // it could not go on; see Reason
)

// transitions lists where a campaign can go from each state. What is not here
// does not happen.
var transitions = map[State][]State{
	Draft:     {Scheduled},
	Scheduled: {Draft, Sending, Held, Cancelled},
	Sending:   {Paused, Done, Scheduled, Held, Failed, Cancelled},
	Paused:    {Sending, Cancelled},
	Held:      {Scheduled, Sending, Cancelled},
	Failed:    {Sending, Cancelled},
	Done:      {},
	Cancelled: {},
}

// from lists the states that lead to one, as the condition of an update.
func from(to State) store.Clause {
	var states []State
	for state, next := range transitions {
		if slices.Contains(next, to) {
			states = append(states, state)
		}
	}
	slices.Sort(states)
	return store.In("state", states...)
}

// Why a campaign is held.
const (
	// Missed: its time passed by more than its deadline while nobody could send.
	Missed = "missed"
	// Interrupted: sending stood still for longer than its deadline.
	Interrupted = "interrupted"
	// Restored: the store came from a backup; what it calls unsent may be sent.
	Restored = "restored"
)

// DeliveryState says how far a delivery has come.
type DeliveryState string

// The states of a delivery, in their order; the last three are final.
const (
	Pending      DeliveryState = "pending"   // written down
	Underway     DeliveryState = "sending"   // handed to the channel's outbox
	Sent         DeliveryState = "sent"      // the messenger took it
	Arrived      DeliveryState = "delivered" // it reached the person
	Read         DeliveryState = "read"
	Undelivered  DeliveryState = "failed"    // it did not, and will not
	Uncertain    DeliveryState = "uncertain" // it may have; never tried again
	Skipped      DeliveryState = "skipped"   // it was not to be sent to this person
	notDelivered DeliveryState = ""          // no row yet
)

// advances lists what each delivery state may become: forward only.
var advances = map[DeliveryState][]DeliveryState{
	Pending:     {Underway, Sent, Arrived, Read, Undelivered, Uncertain, Skipped},
	Underway:    {Sent, Arrived, Read, Undelivered, Uncertain},
	Sent:        {Arrived, Read, Undelivered},
	Arrived:     {Read},
	Read:        {},
	Undelivered: {},
	Uncertain:   {},
	Skipped:     {},
}

// reached lists the progress counters that a step adds to. Sent counts all that
// were sent, whatever became of them; the same for delivered.
func reached(before, after DeliveryState) []DeliveryState {
	var steps []DeliveryState
	switch after {
	case Sent, Arrived, Read:
		for _, step := range []DeliveryState{Sent, Arrived, Read} {
			if rank(step) > rank(before) && rank(step) <= rank(after) {
				steps = append(steps, step)
			}
		}
	case Undelivered, Uncertain, Skipped:
		steps = append(steps, after)
	}
	return steps
}

func rank(state DeliveryState) int {
	return slices.Index([]DeliveryState{notDelivered, Pending, Underway, Sent, Arrived, Read}, state)
}

// The faults of campaigns.
var (
	ErrCampaign = fault.New(fault.NotFound, "unknown_campaign", "There is no such campaign.")
	ErrRevision = fault.New(fault.Conflict, "campaign_changed",
		"Somebody else has changed this meanwhile. Load it again.")
	ErrNotDraft = fault.New(fault.Conflict, "campaign_not_draft",
		"Only a draft can be changed. Take the campaign back to draft first.")
	ErrState = fault.New(fault.Conflict, "campaign_state",
		"The campaign is not in a state that allows this any more.")
	ErrName     = fault.New(fault.Invalid, "campaign_name", "Please give a name of 1 to 100 characters.").In("name")
	ErrContent  = fault.New(fault.Invalid, "campaign_empty", "Please write a text or choose a picture, a card or a QR code.").In("text")
	ErrText     = fault.New(fault.Invalid, "campaign_text_too_long", "The text is longer than {0} characters.", maxText).In("text")
	ErrAudience = fault.New(fault.Invalid, "campaign_audience", "Please choose everybody, a tag or a channel.").In("audience")
	ErrWhen     = fault.New(fault.Invalid, "campaign_when", "Please choose now, a time, or a repeating schedule.").In("when")
	ErrPast     = fault.New(fault.Invalid, "campaign_past", "This time has passed.").In("at")
	ErrDeadline = fault.New(fault.Invalid, "campaign_deadline", "The deadline is between 1 minute and 24 hours.").In("deadline")
	ErrPicture  = fault.New(fault.Invalid, "campaign_picture", "The picture's address is not valid.").In("image")
	ErrLanguage = fault.New(fault.Invalid, "campaign_language", "This language is not supported.").In("translations")
	ErrWay      = fault.New(fault.Invalid, "campaign_way", "Please choose single messages or a mass message.").In("way")
	ErrPersonal = fault.New(fault.Invalid, "campaign_personal", "A mass message says the same to everybody: leave out what stands between double braces.").In("text")
	ErrPerson   = fault.New(fault.NotFound, "unknown_subscriber", "There is no such subscriber.")
	ErrRun      = fault.New(fault.NotFound, "unknown_run", "There is no such run of this campaign.")
)
