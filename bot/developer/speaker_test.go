package developer_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/developer"
)

func TestAProgramSpeaksInNamesThatItHasMade(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for name, try := range map[string]struct {
		name, nick string
		want       error
	}{
		"no suffix":     {"mei", "Mei", developer.ErrSpeakerName},
		"long prefix":   {"mei45678901@corner", "Mei", developer.ErrSpeakerName},
		"other letters": {"小美@corner", "Mei", developer.ErrSpeakerName},
		"no nickname":   {"mei@corner", " ", developer.ErrSpeakerNick},
		"long nickname": {"mei@corner", strings.Repeat("美", 17), developer.ErrSpeakerNick},
	} {
		refusedWith(t, name, k.AddSpeaker(t.Context(), k.account.ID, try.name, try.nick), try.want)
	}
	k.Must(k.AddSpeaker(t.Context(), k.account.ID, "mei@corner", strings.Repeat("美", 16)))
	refusedWith(t, "again", k.AddSpeaker(t.Context(), k.account.ID, "MEI@corner", "Mei"), developer.ErrSpeakerKnown)
	refusedWith(t, "rename nobody", k.RenameSpeaker(t.Context(), k.account.ID, "tom@corner", "Tom"), developer.ErrSpeaker)
	refusedWith(t, "delete nobody", k.DeleteSpeaker(t.Context(), k.account.ID, "tom@corner"), developer.ErrSpeaker)
	other := k.World.Merchant("other")
	refusedWith(t, "of another account", k.DeleteSpeaker(t.Context(), other.ID, "mei@corner"), developer.ErrSpeaker)
	for i := range 99 {
		k.Must(k.AddSpeaker(t.Context(), k.account.ID, fmt.Sprintf("s%d@corner", i), "Mei"))
	}
	refusedWith(t, "the hundred and first", k.AddSpeaker(t.Context(), k.account.ID, "late@corner", "Late"), developer.ErrSpeakerCount)
	found, err := k.Speakers(t.Context(), k.account.ID)
	k.Must(err)
	numbers := map[int]bool{}
	for _, one := range found {
		numbers[one.Number] = true
	}
	if len(found) != 100 || len(numbers) != 100 {
		t.Errorf("%d names with %d numbers", len(found), len(numbers))
	}

	visitor := k.follower()
	k.say(visitor, "1", "hello")
	said := text("at your service")
	said.Speaker = &developer.SpeakerName{Account: "mei@corner"}
	k.Must(k.SendCustom(t.Context(), k.account.ID, visitor.User, said))
	history, _, err := k.Bot.History(t.Context(), k.account.ID, visitor.Person().ID, "", 1)
	k.Must(err)
	if history[0].Out.Speaker != strings.Repeat("美", 16) {
		t.Errorf("%+v", history[0].Out)
	}
	page := k.World.Browser() // somebody else's page shows nothing of it
	if strings.Contains(page.Get("/chat/corner/").Text, "at your service") {
		t.Error("shown to somebody else")
	}
}

func TestTheTicketIsOneForAllWhoAskUntilItsEndNears(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	var mu sync.Mutex
	seen := map[string]bool{}
	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			issued, err := k.Ticket(t.Context(), k.account.ID)
			mu.Lock()
			defer mu.Unlock()
			if seen[issued.Token] = true; err != nil || issued.ExpiresIn != 7200*time.Second {
				t.Errorf("%v, %v", issued.ExpiresIn, err)
			}
		})
	}
	asking.Wait()
	k.World.Pass(7200*time.Second - 5*time.Minute - time.Second)
	late, err := k.Ticket(t.Context(), k.account.ID)
	k.Must(err)
	if seen[late.Token] = true; len(seen) != 1 || late.ExpiresIn > 6*time.Minute {
		t.Errorf("%d tickets, the last for %v", len(seen), late.ExpiresIn)
	}
	k.World.Pass(time.Second)
	next, err := k.Ticket(t.Context(), k.account.ID)
	k.Must(err)
	if seen[next.Token] || next.ExpiresIn != 7200*time.Second {
		t.Errorf("the old one, for %v", next.ExpiresIn)
	}
}
