package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

func readOperations(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestTheOperatorsPageListsEverySettingAsItIs(t *testing.T) {
	var rows []string
	for field := range reflect.TypeFor[Settings]().Fields() {
		standard := field.Tag.Get("default")
		if standard != "" {
			standard = "`" + standard + "`"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", field.Tag.Get("env"), standard, field.Tag.Get("help")))
	}
	if table := strings.Join(rows, "\n"); !strings.Contains(readOperations(t), "| --- | --- | --- |\n"+table+"\n\n") {
		t.Errorf("docs/OPERATIONS.md should have this table:\n%s", table)
	}
}

func TestTheOperatorsPageListsEveryCollection(t *testing.T) {
	page := readOperations(t)
	_, table, _ := strings.Cut(page, "| collection | what | kept |")
	table, _, _ = strings.Cut(table, "\n\n")
	kept := map[string]bool{}
	for _, schema := range schemas() {
		kept[schema.Name] = true
		if !strings.Contains(table, "`"+schema.Name+"`") {
			t.Errorf("docs/OPERATIONS.md does not tell how long %s is kept", schema.Name)
		}
	}
	for _, line := range strings.Split(table, "\n") {
		names, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for i, name := range strings.Split(names, "`") {
			if i%2 == 1 && !kept[name] {
				t.Errorf("docs/OPERATIONS.md tells of %s, which is not kept", name)
			}
		}
	}
}
