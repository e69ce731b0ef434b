package mandate

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the state diagram into docs/mandates.md")

// states are all states in the order in which a mandate may go through them.
var states = []State{Agreeing, Trial, Active, PastDue, Leaving, Ended}

func diagram() string {
	var out strings.Builder
	out.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> agreeing\n")
	for _, from := range states {
		for _, next := range states {
			if from.May(next) {
				fmt.Fprintf(&out, "    %s --> %s\n", from, next)
			}
		}
	}
	return out.String() + "    ended --> [*]\n```\n"
}

func TestTheDiagramInTheDocsIsTheCodesOwnTable(t *testing.T) {
	if len(states) != len(transitions) {
		t.Fatalf("the diagram has %d states, the table %d", len(states), len(transitions))
	}
	const path = "../../docs/mandates.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), "```mermaid\n")
	_, after, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatalf("%s has no diagram", path)
	}
	want := before + diagram() + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Errorf("%s shows other states than the code; run: go test ./shop/mandate -run Diagram -update", path)
	}
}
