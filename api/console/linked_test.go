package console_test

import (
	"net/http"
	"testing"
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
