package e2e

import (
	"path/filepath"
	"regexp"
	"strconv"
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
	p := start(t, "demo", data, fromEverywhere)
	began := time.Now()
	p.crowd(people)
	t.Logf("%d people followed in %v", people, time.Since(began))
	m := signIn(t, p, p.signInLink(), "corner")
	path := "/campaigns/" + m.find("/campaigns", `/console/corner/campaigns/([0-9A-Z]{26})"`)
	m.submit(path+"/start", nil)
	between := 0 // kills that fell between the first message and the last
	reached := 0
	for range kills {
		before := reached
		eventually(t, "more people to be reached", func() bool {
			reached = sent(m, path)
			return reached > before || reached == people
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
	f := openFolder(t, demo)
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

// sent is how many people a campaign's page says have been reached.
func sent(m *member, path string) int {
	m.t.Helper()
	shown := regexp.MustCompile(`([\d,]+) of [\d,]+ sent`).FindStringSubmatch(m.page(path))
	if shown == nil {
		return 0
	}
	count, err := strconv.Atoi(strings.ReplaceAll(shown[1], ",", ""))
	if err != nil {
		m.t.Fatal(err)
	}
	return count
}
