package pay

import (
	"flag"
	"maps"
	"slices"
	"testing"

	"plaza/shop/diagramtest"
)

var update = flag.Bool("update", false, "write the state diagram into docs/payments.md")

func TestTheDiagramInTheDocsIsTheCodesOwnTable(t *testing.T) {
	diagram := diagramtest.Diagram[State]{
		States: []State{Created, Pending, Closing, Paid, Closed, Failed},
		May:    func(from, to State) bool { return slices.Contains(transitions[from], to) },
		Final:  State.Final,
	}
	diagram.Matches(t, "../../docs/payments.md", slices.Collect(maps.Keys(transitions)), *update)
}
