package main

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// variables are the settings' names in the environment.
func variables(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for field := range reflect.TypeFor[Settings]().Fields() {
		variable := field.Tag.Get("env")
		if variable == "" {
			t.Errorf("%s has no variable", field.Name)
		}
		found[variable] = true
	}
	return found
}

func TestTheComposeFileSetsOnlySettingsThatExist(t *testing.T) {
	content, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			Image       string            `yaml:"image"`
			Command     any               `yaml:"command"`
			Environment map[string]string `yaml:"environment"`
			Grace       string            `yaml:"stop_grace_period"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal(content, &compose); err != nil {
		t.Fatal(err)
	}
	known := variables(t)
	for variable := range compose.Services["plaza"].Environment {
		if !known[variable] {
			t.Errorf("compose.yaml sets %s, which is no setting", variable)
		}
	}
	if grace, err := time.ParseDuration(compose.Services["plaza"].Grace); err != nil || grace < shutdownLimit+3*time.Second {
		t.Errorf("compose.yaml grants %v to a shutdown of up to %v: %v", grace, shutdownLimit, err)
	}
	if len(compose.Services["plaza"].Environment) == 0 || compose.Services["mongo3"].Image != compose.Services["mongo1"].Image {
		t.Errorf("compose.yaml does not run plaza on three databases: %+v", compose.Services)
	}
}

func TestTheImageIsStaticAndWithoutRoot(t *testing.T) {
	content, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	file := string(content)
	for _, wanted := range []string{"CGO_ENABLED=0", "HEALTHCHECK", `CMD ["/plaza", "health"]`} {
		if !strings.Contains(file, wanted) {
			t.Errorf("the Dockerfile lacks %s", wanted)
		}
	}
	users := regexp.MustCompile(`(?m)^USER (\S+)`).FindAllStringSubmatch(file, -1)
	if len(users) == 0 || strings.HasPrefix(users[len(users)-1][1], "0") || users[len(users)-1][1] == "root" {
		t.Errorf("the image runs as %v", users)
	}
	known := variables(t)
	for _, variable := range regexp.MustCompile(`PLAZA_[A-Z_]+`).FindAllString(file, -1) {
		if !known[variable] {
			t.Errorf("the Dockerfile sets %s, which is no setting", variable)
		}
	}
}
