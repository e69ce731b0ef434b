package rest_test

import (
	"net/http"
	"testing"

	"plaza/bot"
)

func TestMenusAreReplacedAndPublishedByAProgram(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner")
	_, err := k.bot.Connections().Save(t.Context(), opened.ID, "wechat", []byte(`{"app_id":"wx1234567890abcdef","token":"token"}`))
	must(t, err)
	entry := map[string]any{"label": "Help", "action": "press", "payload": "help"}
	draft := func(version int, entries ...any) map[string]any {
		return map[string]any{"version": version, "menus": []any{map[string]any{"for": map[string]any{}, "entries": entries}}}
	}
	var board bot.MenuBoard
	p.send(http.MethodPut, "/menus", draft(0, entry)).want(http.StatusOK, &board)
	p.send(http.MethodPut, "/menus", draft(0, entry)).problem(http.StatusConflict, bot.ErrMenuOrder.Code)
	refused := p.send(http.MethodPut, "/menus", draft(1, map[string]any{"label": "Help"})).problem(http.StatusUnprocessableEntity, bot.ErrMenuAction.Code)
	if refused.Field != "menus.0.entries.0.action" || board.Version != 1 || len(board.Published) != 0 {
		t.Errorf("%+v, %+v", refused, board)
	}
	p.post("/menus/publish", nil).want(http.StatusOK, &board)
	for _, channel := range []string{"wechat", "webchat"} {
		if shown := board.Published[channel]; shown.State != bot.MenuPublished || shown.Version != 1 || shown.Menus[0].Entries[0].Payload != "help" {
			t.Errorf("%s shows %+v", channel, shown)
		}
	}
}

func TestAProgramBeginsToReadAListOfFollowersOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner")
	p.post("/channels/wechat/followers", nil).problem(http.StatusNotFound, bot.ErrNotConnected.Code)
	p.get("/channels/wechat/followers").problem(http.StatusNotFound, bot.ErrNotConnected.Code)
	_, err := k.bot.Connections().Save(t.Context(), opened.ID, "wechat", []byte(`{"app_id":"wx1234567890abcdef","token":"token"}`))
	must(t, err)
	var never, begun, again bot.Roster
	p.get("/channels/wechat/followers").want(http.StatusOK, &never)
	p.post("/channels/wechat/followers", nil).want(http.StatusOK, &begun)
	k.clock.pass(1)
	p.post("/channels/wechat/followers", nil).want(http.StatusOK, &again)
	if never.State != "" || begun.State != bot.RosterReading || !again.StartedAt.Equal(begun.StartedAt) {
		t.Errorf("%+v, %+v, %+v", never, begun, again)
	}
	p.post("/channels/webchat/followers", nil).problem(http.StatusNotFound, bot.ErrNoRoster.Code)
}
