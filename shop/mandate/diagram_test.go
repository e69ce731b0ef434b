package mandate

import (
	"flag"
	"maps"
	"slices"
	"testing"

	"plaza/shop/diagramtest"
)

var update = flag.Bool("update", false, "write the state diagram into docs/mandates.md")

func TestTheDiagramInTheDocsIsTheCodesOwnTable(t *testing.T) {
	diagram := diagramtest.Diagram[State]{
		States: []State{Agreeing, Trial, Active, PastDue, Leaving, Ended},
		May:    State.May,
		Final:  func(state State) bool { return state == Ended },
	}
	diagram.Matches(t, "../../docs/mandates.md", slices.Collect(maps.Keys(transitions)), *update)
}
