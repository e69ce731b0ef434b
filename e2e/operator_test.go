package e2e

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestASecondProcessOnTheSameFolderIsToldWhy(t *testing.T) {
	data := t.TempDir()
	first := start(t, "serve", data)
	second := launch(t, "serve", data, freeAddress(t))
	if code := second.wait(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if said := second.errs.String(); !strings.Contains(said, "another process uses this data folder") || strings.Contains(said, "goroutine") {
		t.Errorf("it says %q", said)
	}
	if first.get("/readyz") != http.StatusOK {
		t.Error("the first one is not ready any more")
	}
	_, err := tool(t, data, "account", "list")
	if err == nil || !strings.Contains(err.Error(), "another process uses this data folder") {
		t.Errorf("a tool beside a running server: %v", err)
	}
}

func TestTheOperatorOpensAnAccountAndMakesATokenForIt(t *testing.T) {
	data := t.TempDir()
	opened := mustTool(t, data, "account", "open", "--name", "Bäckerei Sonne", "--slug", "sonne",
		"--owner", "anna@example.org", "--currency", "EUR", "--time-zone", "Europe/Berlin")
	secret := strings.TrimSpace(mustTool(t, data, "token", "sonne", "--days", "7"))
	if listed := mustTool(t, data, "account", "list"); !strings.Contains(listed, "sonne") {
		t.Errorf("the list does not have it: %s", listed)
	}
	link := regexp.MustCompile(`/console/link/\S+`).FindString(opened)
	p := start(t, "serve", data)
	m := signIn(t, p, p.base+link, "sonne")
	if !strings.Contains(m.page(""), "Bäckerei Sonne") {
		t.Error("the overview does not name the account")
	}
	if p.get("/chat/sonne") != http.StatusOK {
		t.Error("the chat is not there")
	}
	for bearer, wanted := range map[string]int{secret: http.StatusOK, "": http.StatusUnauthorized, secret + "x": http.StatusUnauthorized} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/api/v1/account", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+bearer)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != wanted {
			t.Errorf("a token of %d characters is answered with %d", len(bearer), response.StatusCode)
		}
	}
}

// TestABackupOfARunningServerIsRestoredAsItWas also holds that a restored store
// sends nothing until somebody says so.
func TestABackupOfARunningServerIsRestoredAsItWas(t *testing.T) {
	data := t.TempDir()
	demo, restored := filepath.Join(data, "demo"), t.TempDir()
	p := start(t, "demo", data, fromEverywhere)
	p.crowd(5)
	file, again := filepath.Join(t.TempDir(), "plaza.backup"), filepath.Join(t.TempDir(), "again.backup")
	mustTool(t, demo, "backup", file)
	p.stop()
	if _, err := tool(t, demo, "backup", file); err == nil {
		t.Error("a backup was written over another one")
	}
	if _, err := tool(t, demo, "restore", file); err == nil {
		t.Error("a backup was restored over data")
	}
	copyFile(t, filepath.Join(demo, "master.key"), filepath.Join(restored, "master.key"))
	mustTool(t, restored, "restore", file)
	mustTool(t, restored, "backup", again)
	if !bytes.Equal(documents(t, file), documents(t, again)) {
		t.Error("the restored store differs")
	}

	link := strings.TrimSpace(mustTool(t, restored, "link", "mina@plaza.example"))
	p = start(t, "serve", restored)
	m := signIn(t, p, p.base+link[strings.Index(link, "/console/"):], "corner")
	path := "/campaigns/" + m.find("/campaigns", `/console/corner/campaigns/([0-9A-Z]{26})"`)
	m.submit(path+"/start", nil)
	eventually(t, "the campaign to be held", func() bool { return strings.Contains(m.page(path), path+"/release") })
	m.submit("/sending/resume", nil)
	m.submit(path+"/release", nil)
	eventually(t, "the campaign to end", func() bool { return strings.Contains(m.page(path), "100 %") })
	p.stop()
	f := openFolder(t, restored)
	defer f.close()
	if counts := f.mail(1); tell(counts) != "map["+strconv.Itoa(parts)+":5]" {
		t.Errorf("people by messages: %s", tell(counts))
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// documents is a backup without its first document, which says when it was
// made, and its last, which sums up all before it. Each begins with its length.
func documents(t testing.TB, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first := int(binary.LittleEndian.Uint32(content))
	last := first
	for next := first; next < len(content); next += int(binary.LittleEndian.Uint32(content[next:])) {
		last = next
	}
	if last == first {
		t.Fatal("the backup is empty")
	}
	return content[first:last]
}

// TestStartAndIdleFigures prints what is to be reported: nothing is asserted,
// because a busy machine says nothing about the program.
func TestStartAndIdleFigures(t *testing.T) {
	data := t.TempDir()
	start(t, "serve", data).stop() // the first start makes the database
	p := start(t, "serve", data)
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		t.Logf("start to ready %v (no figure for memory here: %v)", p.ready, err)
		return
	}
	resident := regexp.MustCompile(`VmRSS:\s*(\d+ kB)`).FindSubmatch(status)
	t.Logf("start to ready %v, idle memory %s", p.ready, resident[1])
}
