package main

import (
	"bytes"
	"strings"
	"testing"
)

// A small list, with the reading process killed on the way.
func TestEverybodyOnAListOfFollowersIsThereOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), []string{"roster", "-channel", "wechat", "-people", "12000", "-speed", "60", "-kill", "-limit", "2m"}, &out)
	if err != nil || !strings.Contains(out.String(), "killed after") || !strings.Contains(out.String(), "everybody is there once") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestReadingAListIsBounded(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"-channel line", "-people 5", "-people 3000000", "-speed 1000", "-limit 24h"} {
		var out bytes.Buffer
		if err := run(t.Context(), append([]string{"roster"}, strings.Fields(args)...), &out); err == nil {
			t.Errorf("%q was run", args)
		}
	}
}
