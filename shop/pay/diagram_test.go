package pay

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the state diagram into docs/payments.md")

// states are all states in the order in which a payment may go through them.
var states = []State{Created, Pending, Closing, Paid, Closed, Failed}

func diagram() string {
	var out strings.Builder
	out.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> created\n")
	for _, from := range states {
		for _, to := range states {
			if slices.Contains(transitions[from], to) {
				fmt.Fprintf(&out, "    %s --> %s\n", from, to)
			}
		}
	}
	for _, state := range states {
		if state.Final() {
			fmt.Fprintf(&out, "    %s --> [*]\n", state)
		}
	}
	return out.String() + "```\n"
}

func TestTheDiagramInTheDocsIsTheCodesOwnTable(t *testing.T) {
	if len(states) != len(transitions) {
		t.Fatalf("the diagram has %d states, the table %d", len(states), len(transitions))
	}
	const path = "../../docs/payments.md"
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
		t.Errorf("%s shows other states than the code; run: go test ./shop/pay -run Diagram -update", path)
	}
}
