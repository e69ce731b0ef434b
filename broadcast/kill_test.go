package broadcast

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/sqlite"
)

// killFolder names, for the process that is to be killed, the store to work on.
const killFolder = "PLAZA_TEST_KILL_FOLDER"

const killAudience = 6000

// openWorld is a node on a store in a folder that outlives it.
func openWorld(t *testing.T, folder string, at *clock) *world {
	w := openStore(t, folder, at)
	w.people.add("webchat", killAudience)
	return w
}

// openStore is openWorld without people.
func openStore(t *testing.T, folder string, at *clock) *world {
	t.Helper()
	engine, err := sqlite.Open(folder, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db := store.New(engine)
	if err := db.Prepare(t.Context(), testSchemas()...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return worldOn(t, db, at)
}

// TestVictim is the process that TestAKilledProcessLosesNobodyAndRepeatsNobody
// starts and kills: it sends, says so after each page, and never ends by itself.
func TestVictim(t *testing.T) {
	folder := os.Getenv(killFolder)
	if folder == "" {
		return // in the test run itself there is nothing to do
	}
	w := openWorld(t, folder, &clock{now: time.Now()})
	w.chat.after = func(int) { fmt.Println("page") }
	for {
		if _, err := w.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAKilledProcessLosesNobodyAndRepeatsNobody(t *testing.T) {
	t.Parallel()
	folder, at := t.TempDir(), &clock{now: time.Now()}
	before := openWorld(t, folder, at)
	campaign := before.scheduled(plan())
	if err := before.DB.Close(); err != nil {
		t.Fatal(err)
	}
	// Each victim dies at another page, right after the messages of it are
	// written and most likely before its rows are.
	for _, pages := range []int{1, 3, 2} {
		kill(t, "TestVictim", killFolder, folder, pages)
		// The lease of the dead has to run out for the next to begin.
		expire(t, folder, at, campaign.ID)
	}
	after := openWorld(t, folder, at)
	after.work()
	after.mustBe(campaign.ID, Done, "")
	run := after.run(campaign.ID)
	if run.Counts.Sent != killAudience {
		t.Errorf("the run counts %+v", run.Counts)
	}
	messages, err := chatMessages.In(after.DB, shop).Count(t.Context(), store.Query{}, 10*killAudience)
	if err != nil || messages != killAudience {
		t.Errorf("%d messages for %d subscribers, %v", messages, killAudience, err)
	}
	for _, recipient := range after.people.list {
		key := deliveryKey(run.ID, recipient.ID)
		row, err := deliveries.In(after.DB, shop).Get(t.Context(), key)
		if err != nil || row.State != Sent {
			t.Fatalf("the delivery to %s is %q, %v", recipient.ID, row.State, err)
		}
	}
}

// kill starts a victim and sends it SIGKILL after so many pages.
func kill(t *testing.T, test, variable, folder string, pages int) {
	t.Helper()
	victim := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.v")
	victim.Env = append(os.Environ(), variable+"="+folder)
	output, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for lines := bufio.NewScanner(output); seen < pages && lines.Scan(); {
		if lines.Text() == "page" {
			seen++
		}
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := victim.Wait(); err == nil || seen < pages {
		t.Fatalf("the victim ended by itself after %d pages: %v", seen, err)
	}
}

// expire moves the clock behind every lease, and the lease of the next victim,
// which has a clock of its own, into the past.
func expire(t *testing.T, folder string, at *clock, campaign string) {
	t.Helper()
	w := openWorld(t, folder, at)
	if w.campaign(campaign).State != Sending {
		t.Fatalf("the victim got to %s", w.campaign(campaign).State)
	}
	err := campaigns.In(w.DB, shop).Update(t.Context(), campaign, store.Set("due_at", time.Now().Add(-time.Second)))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Close(); err != nil {
		t.Fatal(err)
	}
	at.mutex.Lock()
	at.now = time.Now()
	at.mutex.Unlock()
}
