package sqlite_test

import (
	"context"
	"errors"
	"testing"

	"plaza/store"
	"plaza/store/sqlite"
	"plaza/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Target{
		Open: func(t testing.TB) store.Engine { return openEngine(t, t.TempDir()) },
		Expire: func(ctx context.Context, engine store.Engine) error {
			embedded, ok := engine.(*sqlite.Engine)
			if !ok {
				return errors.New("not the embedded engine")
			}
			return embedded.Sweep(ctx)
		},
	})
}

func openEngine(t testing.TB, folder string) *sqlite.Engine {
	t.Helper()
	engine, err := sqlite.Open(folder, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return engine
}
