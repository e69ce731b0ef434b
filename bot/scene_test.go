package bot

import (
	"context"
	"testing"

	"plaza/message"
)

// poster is a messenger whose platform makes codes.
type poster struct{ *messenger }

func (poster) SceneCode(_ context.Context, _ []byte, scene message.Scene) (message.SceneCode, error) {
	return message.SceneCode{Link: "https://far.example/" + scene.Text}, nil
}

type scans map[string]int

func (s scans) Scanned(_ context.Context, _, channel, scene, _ string, followed bool) error {
	if followed && channel == "far" {
		s[scene]++
	}
	return nil
}

func TestAScanThatAPlatformTellsOfIsCountedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	counted := scans{}
	h.Scans = counted
	h.channels["far"] = poster{h.far}
	h.Channels = []Channel{poster{h.far}, h.channels["near"]}
	code, err := h.Connections().SceneCode(t.Context(), shop, "far", message.Scene{Text: "7KQ2M4TX"})
	if names, _ := h.Connections().SceneChannels(t.Context(), shop); err != nil || code.Link != "https://far.example/7KQ2M4TX" || len(names) != 1 {
		t.Fatalf("%+v, %v, %v", code, names, err)
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
