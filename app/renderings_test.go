package app_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"plaza/api/apitest"
	"plaza/message"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

const (
	renderingsPage  = "../docs/channels.md"
	renderingsBegin = "<!-- renderings: written by `go test ./app -run Renderings -update` -->\n"
	renderingsEnd   = "<!-- end of renderings -->\n"
)

// TestRenderingsAreDeclaredAndInTheDocs: what each channel declares of itself is
// complete, and the table in the docs says the same.
func TestRenderingsAreDeclaredAndInTheDocs(t *testing.T) {
	w := apitest.New(t, apitest.Options{})
	table := renderingsTable(t, w)
	page, err := os.ReadFile(renderingsPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), renderingsBegin)
	_, after, ended := strings.Cut(rest, renderingsEnd)
	if !found || !ended {
		t.Fatalf("%s: no place for the table", renderingsPage)
	}
	want := before + renderingsBegin + table + renderingsEnd + after
	if *update {
		w.Must(os.WriteFile(renderingsPage, []byte(want), 0o644))
	} else if string(page) != want {
		t.Errorf("%s does not say what the channels declare; run: go test ./app -run Renderings -update", renderingsPage)
	}
}

func renderingsTable(t *testing.T, w *apitest.World) string {
	channels := w.Bot.ChannelNames()
	var b strings.Builder
	row := func(name string, cell func(message.Renderings) message.Rendering) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, channel := range channels {
			r := cell(w.Bot.Renderings(channel))
			switch r.Fidelity {
			case message.Native, message.Adapted, message.Worded, message.Absent:
			default:
				t.Errorf("%s does not say how it shows %s", channel, name)
			}
			said := string(r.Fidelity)
			if r.As != "" && r.As != said {
				said += ": " + r.As
			}
			fmt.Fprintf(&b, " %s |", said)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\n| form | %s |\n|%s\n", strings.Join(channels, " | "), strings.Repeat(" --- |", len(channels)+1))
	for _, form := range message.Forms {
		row(string(form), func(r message.Renderings) message.Rendering { return r.Forms[form] })
	}
	row("quick replies", func(r message.Renderings) message.Rendering { return r.Quick })
	for _, signal := range []message.Signal{message.TypingOn, message.ReadMark} {
		row(string(signal), func(r message.Renderings) message.Rendering { return r.Signals[signal] })
	}
	return b.String() + "\n"
}
