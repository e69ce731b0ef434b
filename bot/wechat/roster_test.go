package wechat

import (
	"slices"
	"testing"

	"plaza/bot/wechat/wechattest"
)

func TestTheListOfFollowersTellsRemarksAndTagsByName(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ids := wechattest.OpenIDs("o", 120)
	s.platform.AddFollowers(ids...)
	s.platform.Change(ids[3], wechattest.Person{Remark: "常客", Tags: []string{"VIP"}})
	read, total, err := s.channel.Followers(t.Context(), s.credentials, "")
	if err != nil || total != 120 || !slices.Equal(read, ids) {
		t.Fatal(total, err)
	}
	if read, _, err = s.channel.Followers(t.Context(), s.credentials, ids[119]); err != nil || len(read) != 0 {
		t.Errorf("behind the last: %v, %v", read, err)
	}
	found, err := s.channel.Details(t.Context(), s.credentials, ids[:100])
	if err != nil || len(found) != 100 || found[3].Remark != "常客" || !slices.Equal(found[3].Tags, []string{"VIP"}) || !found[0].Follows || found[0].Since.IsZero() {
		t.Errorf("%+v, %v", found[3], err)
	}
}

func TestWeChatGetsRemarkAndTagsAsTheyAreHere(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.platform.AddFollowers("anna")
	s.platform.Change("anna", wechattest.Person{Remark: "old", Tags: []string{"gone", "kept"}})
	for range 2 { // repeating it changes nothing
		err := s.channel.PushDetails(t.Context(), s.credentials, "anna", "新客", []string{"kept", "new", "a tag far too long for WeChat, really"})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.platform.Person("anna"); got.Remark != "新客" || !slices.Equal(got.Tags, []string{"kept", "new"}) {
			t.Errorf("%+v", got)
		}
	}
	if calls := s.platform.Calls("/cgi-bin/tags/members/batchtagging"); calls != 1 {
		t.Errorf("%d calls that tag", calls)
	}
}
