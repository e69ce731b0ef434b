package templates

import (
	"testing"
	"time"
)

func TestEverythingBuiltInIsWhole(t *testing.T) {
	if _, err := New(time.Now); err != nil {
		t.Fatal(err)
	}
}
