package templates

import (
	"encoding/json"
	"testing"
	"time"
)

func newRenderer(t *testing.T) *Renderer {
	t.Helper()
	r, err := New(func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
