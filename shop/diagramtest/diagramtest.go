// Package diagramtest keeps the state diagrams of the docs as the code has them.
package diagramtest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// Diagram is a table of states as a diagram shows it.
type Diagram[State ~string] struct {
	// States in the order in which something may go through them; it begins in
	// the first.
	States []State
	May    func(from, to State) bool
	// Final are those in which it ends.
	Final func(State) bool
}

func (d Diagram[State]) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "```mermaid\nstateDiagram-v2\n    [*] --> %s\n", d.States[0])
	for _, from := range d.States {
		for _, to := range d.States {
			if d.May(from, to) {
				fmt.Fprintf(&out, "    %s --> %s\n", from, to)
			}
		}
	}
	for _, state := range d.States {
		if d.Final(state) {
			fmt.Fprintf(&out, "    %s --> [*]\n", state)
		}
	}
	return out.String() + "```\n"
}

// Matches fails unless the diagram of a page is this one; with update it writes
// it there. Every state of the code's table has to be among States.
func (d Diagram[State]) Matches(t *testing.T, path string, table []State, update bool) {
	t.Helper()
	if len(table) != len(d.States) || slices.ContainsFunc(table, func(state State) bool { return !slices.Contains(d.States, state) }) {
		t.Fatalf("the diagram has the states %v, the table %v", d.States, table)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), "```mermaid\n")
	_, after, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatalf("%s has no diagram", path)
	}
	want := before + d.String() + after
	if update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Errorf("%s shows other states than the code; run this test with -update", path)
	}
}
