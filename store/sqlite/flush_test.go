package sqlite

import "testing"

// What is acknowledged survives a power cut unless somebody has said in so many
// words that it need not.
func TestCommitsAreFlushedUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options Options
		level   int64 // of SQLite's synchronous
	}{
		{"by default", Options{}, 2},
		{"unflushed", Options{Unflushed: true}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, err := Open(t.TempDir(), c.options)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			opened, err := e.open(1 << 10)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = opened.close() })
			if level, err := opened.number("PRAGMA synchronous"); err != nil || level != c.level {
				t.Errorf("commits are flushed at level %d, %v; want %d", level, err, c.level)
			}
		})
	}
}
