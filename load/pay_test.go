package main

import (
	"bytes"
	"strings"
	"testing"
)

// A small ring, with the sending process killed on the way.
func TestMoneyInTheRingIsNeitherMadeNorLost(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), []string{"wallet", "-transfers", "2000", "-kill", "-limit", "5m"}, &out)
	if err != nil || strings.Count(out.String(), "killed after") != 5 || !strings.Contains(out.String(), "nobody is overdrawn") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestPaymentsAreMeasuredFromTheOrderToTheLedger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"pay", "-seconds", "1", "-buyers", "4"}, &out); err != nil || !strings.Contains(out.String(), "a second") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
