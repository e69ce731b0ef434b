package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestABillsLinesAreEachFoundToBeWhatTheyAre(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"bill", "-lines", "3000"}, &out); err != nil || !strings.Contains(out.String(), "3000 lines compared") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
