package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAKilledCampaignReachesEverybodyOnce kills the process in the middle of a
// campaign, more than once, and starts it again on the same folder.
func TestAKilledCampaignReachesEverybodyOnce(t *testing.T) {
	const people, kills = 3000, 2
	data := t.TempDir()
	demo := filepath.Join(data, "demo")
	if code := start(t, "demo", data).stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	f := openFolder(t, demo)
	began := time.Now()
	f.crowd(people)
	t.Logf("%d people followed in %v", people, time.Since(began))
	f.close()

	p := start(t, "demo", data)
	m := signIn(t, p, p.signInLink(), "corner")
	path := "/campaigns/" + m.find("/campaigns", `/console/corner/campaigns/([0-9A-Z]{26})"`)
	log := filepath.Join(demo, "plaza.db-wal")
	m.submit(path+"/start", nil)
	between := 0 // kills that fell between the first message and the last
	for range kills {
		// Killed when the database's log has grown by some hundred messages.
		before := size(log)
		eventually(t, "some messages", func() bool {
			return size(log) > before+400<<10 || strings.Contains(m.page(path), "100 %")
		})
		p.kill()
		f := openFolder(t, demo)
		if sample := f.mail(50); halfway(sample) {
			between++
		}
		f.close()
		p = start(t, "demo", data)
		m = signIn(t, p, p.signInLink(), "corner")
	}
	if between == 0 {
		t.Error("no kill fell into the middle of the campaign")
	}
	eventually(t, "the campaign to end", func() bool { return strings.Contains(m.page(path), "100 %") })
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	f = openFolder(t, demo)
	defer f.close()
	counts := f.mail(1)
	for _, messages := range counts {
		if messages != parts {
			t.Fatalf("not everybody has the campaign's %d messages once: %s", parts, tell(counts))
		}
	}
	if len(counts) != people {
		t.Errorf("%d people of %d", len(counts), people)
	}
	t.Logf("%d of %d kills fell into the middle", between, kills)
}

// parts is how many messages the sample campaign is: a text and a card.
const parts = 2

// halfway says whether some of the people have the campaign and some have not.
func halfway(counts map[string]int) bool {
	reached := 0
	for _, messages := range counts {
		if messages > 0 {
			reached++
		}
	}
	return reached > 0 && reached < len(counts)
}

// size of a file; 0 if it is not there.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
