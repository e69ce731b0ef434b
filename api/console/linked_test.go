package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/bot/webchat"
	"plaza/message"
)

func TestAMemberLinksAndSeparatesTwoSubscribers(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	ann, anna := k.subscriber(corner, "ann", "Ann", "hello"), k.subscriber(corner, "anna", "Anna", "hi")
	b := k.as(owner)
	at := "/console/corner/subscribers/" + ann.ID
	b.follow(at+"/link", "other", "nobody").want(t, http.StatusOK, "There is no such subscriber")
	b.follow(at+"/link", "other", base+"/console/corner/subscribers/"+anna.ID).want(t, http.StatusOK, "Linked", "Anna")
	b.get("/console/corner/inbox/c/"+anna.ID).want(t, http.StatusOK, "Also on", "Ann")
	b.follow(at+"/unlink", "other", anna.ID).want(t, http.StatusOK, "Separated.")
	linked, err := k.console.Identity.Linked(t.Context(), corner.ID, ann.ID)
	must(t, err)
	if len(linked) != 1 {
		t.Errorf("still %v", linked)
	}
}

// TestALinkedPersonHasOneTimelineAndIsAnsweredWhereChosen: the messages of both
// channels on one page, and an answer on the one that they wrote on last unless
// a member chooses another.
func TestALinkedPersonHasOneTimelineAndIsAnsweredWhereChosen(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	ann := k.subscriber(corner, "ann", "Ann", "first, from Ann")
	anna := k.subscriber(corner, "anna", "Anna", "hello")
	_, err := k.bot.Handle(t.Context(), message.Inbound{Account: corner.ID, Channel: webchat.Name, User: "anna", Key: "later", Kind: message.TextIn,
		Text: "second, from Anna", At: k.now()}, nil) // a conversation's messages are never of one instant
	must(t, err)
	eve := k.subscriber(corner, "eve", "Eve", "from somebody else")
	must(t, k.console.Identity.Link(t.Context(), corner.ID, ann.ID, anna.ID, owner.ID))
	b := k.as(owner)
	at := "/console/corner/inbox/c/" + ann.ID
	page := b.get(at)
	page.want(t, http.StatusOK, "first, from Ann", "second, from Anna")
	one, two := strings.Index(page.body, "first, from Ann</div>"), strings.Index(page.body, "second, from Anna</div>")
	if one < 0 || two < one || strings.Contains(page.body, "from somebody else</div>") {
		t.Errorf("in the wrong order, or others' too: %d, %d", one, two)
	}
	if !strings.Contains(page.body, `<option value="`+anna.ID+`"`) || !strings.Contains(page.body, `data-topic="conversation:`+anna.ID+`" selected`) {
		t.Error("the channel that they wrote on last is not chosen")
	}
	b.follow(at+"/reply", "key", "a1", "text", "to Anna", "to", anna.ID).want(t, http.StatusOK, "to Anna")
	b.follow(at+"/reply", "key", "a2", "text", "to Ann", "to", ann.ID).want(t, http.StatusOK, "to Ann", "to Anna")
	b.post(at+"/reply", "key", "a3", "text", "to Eve", "to", eve.ID).want(t, http.StatusNotFound)
	for id, text := range map[string]string{ann.ID: "to Ann", anna.ID: "to Anna"} {
		history, _, err := k.bot.History(t.Context(), corner.ID, id, "", 1)
		must(t, err)
		if len(history) != 1 || history[0].Out == nil || history[0].Out.Text != text {
			t.Errorf("%s was told %+v", id, history)
		}
	}
}
