package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"plaza/live"
)

func TestTheOverviewTellsWhatHappenedLastHoweverMuchThereWas(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	for i := range 90 {
		followed, err := json.Marshal(map[string]any{"id": fmt.Sprint("s", i), "name": fmt.Sprint("Visitor ", i)})
		must(t, err)
		must(t, k.log.Append(t.Context(), live.Event{Account: corner.ID, Topics: []string{"overview"}, Kind: "subscriber.followed", Data: followed}))
	}
	k.as(owner).get("/console/corner").want(t, http.StatusOK, "Visitor 89", "Visitor 78")
}
