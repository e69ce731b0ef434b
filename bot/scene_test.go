package bot

import (
	"context"
	"testing"

	"plaza/message"
)

// poster is a messenger whose platform makes codes.
type poster struct{ *messenger }

func (poster) SceneCode(_ context.Context, _ []byte, scene string) (string, error) {
	return "https://far.example/" + scene, nil
}

type scans map[string]int

func (s scans) Scanned(_ context.Context, _, scene, _ string) error { s[scene]++; return nil }

func TestAScanThatAPlatformTellsOfIsCountedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	counted := scans{}
	h.Scans = counted
	h.channels["far"] = poster{h.far}
	h.Channels = []Channel{poster{h.far}, h.channels["near"]}
	link, err := h.Connections().SceneCode(t.Context(), shop, "far", "7KQ2M4TX")
	if names, _ := h.Connections().SceneChannels(t.Context(), shop); err != nil || link != "https://far.example/7KQ2M4TX" || len(names) != 1 {
		t.Fatalf("%s, %v, %v", link, names, err)
	}
	for _, channel := range []string{"far", "far", "near"} { // the platform repeats it; our own page counted before
		in := does("mina", "follow", message.Follow)
		in.Channel, in.Scene = channel, "7KQ2M4TX"
		h.handle(t, in)
	}
	if counted["7KQ2M4TX"] != 1 {
		t.Errorf("%v", counted)
	}
}
