package wire

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"plaza/store/mongodb"
	"plaza/store/wiretest"
)

// database gives a test one of its own: its connection string and, unless that
// is somebody else's, the server.
func database(t *testing.T) (string, *wiretest.Server) {
	t.Helper()
	name := fmt.Sprintf("plaza_wire_%d", time.Now().UnixNano())
	uri := os.Getenv("PLAZA_TEST_MONGODB_URI")
	if uri == "" {
		server := wiretest.Start(t)
		return withDatabase(server.URI, name), server
	}
	uri = withDatabase(uri, name)
	t.Cleanup(func() {
		ctx := context.Background() // the test's has ended
		engine, err := mongodb.Open(ctx, uri, mongodb.Options{})
		if err != nil {
			t.Error(err)
			return
		}
		if err := engine.Drop(ctx); err != nil {
			t.Error(err)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return uri, nil
}

// withDatabase puts another database into a connection string. Who signs in
// does so where they did: without authSource that is the database's name.
func withDatabase(uri, name string) string {
	scheme, rest, _ := strings.Cut(uri, "://")
	rest, options, _ := strings.Cut(rest, "?")
	hosts, old, _ := strings.Cut(rest, "/")
	if strings.Contains(hosts, "@") && old != "" && !strings.Contains(options, "authSource=") {
		options = strings.Trim(options+"&authSource="+old, "&")
	}
	uri = scheme + "://" + hosts + "/" + name
	if options != "" {
		uri += "?" + options
	}
	return uri
}

func TestADatabaseOfItsOwnKeepsTheCredentials(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"mongodb://a:1,b:2":                     "mongodb://a:1,b:2/x",
		"mongodb://a/?replicaSet=rs":            "mongodb://a/x?replicaSet=rs",
		"mongodb://u:p@a/plaza?w=1":             "mongodb://u:p@a/x?w=1&authSource=plaza",
		"mongodb+srv://u:p@a/y?authSource=auth": "mongodb+srv://u:p@a/x?authSource=auth",
	} {
		if got := withDatabase(uri, "x"); got != want {
			t.Errorf("%s became %s, not %s", uri, got, want)
		}
	}
}
