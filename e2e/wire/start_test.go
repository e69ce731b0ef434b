package wire

import (
	"strings"
	"testing"
)

// TestNodesThatStartAtOncePrepareOneDatabase: all make the indexes and keys of
// an empty database at the same time, and find the same.
func TestNodesThatStartAtOncePrepareOneDatabase(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	nodes := []*node{d.launch("serve"), d.launch("serve"), d.launch("serve")}
	for _, n := range nodes {
		n.ready()
	}
	said := d.tool("account", "open", "--name", "Corner Store", "--slug", "corner", "--owner", "mina@plaza.example")
	if !strings.Contains(said, "/console/link/") {
		t.Errorf("no link to sign in: %s", said)
	}
	visitor := newPerson(t)
	for _, n := range nodes {
		visitor.follow(n)
		visitor.sees(n, "/chat/corner", "Corner Store")
		n.stop()
	}
}
