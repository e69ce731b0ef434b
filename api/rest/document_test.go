package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plaza/account"
	"plaza/api/rest"
)

// document is what these tests read of the OpenAPI document.
type document struct {
	OpenAPI    string
	Info       struct{ Title, Version string }
	Servers    []struct{ URL string }
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]*schema
		SecuritySchemes map[string]any
	}
	raw []byte
}

type operation struct {
	OperationID string
	Summary     string
	Tags        []string
	Permission  string `json:"x-permission"`
	Security    []map[string][]string
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   *schema
	}
	RequestBody *struct {
		Content map[string]struct{ Schema *schema }
	}
	Responses map[string]struct {
		Description string
		Content     map[string]struct{ Schema *schema }
	}

	method, path string
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format, Pattern      string
	Enum                 []any
	Minimum              *float64
	MinLength            int
	Items                *schema
	Properties           map[string]*schema
	Required             []string
	AdditionalProperties any
}

func (k *kit) document() document {
	k.t.Helper()
	var d document
	answered := program{kit: k}.get("/openapi.json")
	answered.want(http.StatusOK, &d)
	d.raw = answered.body
	return d
}

// operations are all that the document describes, in a fixed order.
func (d document) operations() []operation {
	var all []operation
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			op := d.Paths[path][method]
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	return all
}

var parameter = regexp.MustCompile(`\{([a-z]+)\}`)

func TestTheDocumentDescribesEveryRouteAndNoOther(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	served := map[string]bool{}
	for _, route := range k.engine.Routes() {
		if path, ours := strings.CutPrefix(route.Path, rest.Path); ours && path != "/openapi.json" {
			served[route.Method+" "+regexp.MustCompile(`:([a-z]+)`).ReplaceAllString(path, "{$1}")] = true
		}
	}
	described := map[string]bool{}
	for _, op := range k.document().operations() {
		described[op.method+" "+op.path] = true
	}
	if len(served) < 90 || !maps.Equal(served, described) {
		t.Errorf("served %d, described %d:\n%v\n%v", len(served), len(described), served, described)
	}
}

func TestEveryOperationSaysWhatItIsAndNeedsAndMayAnswer(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"any": true}
	for _, permission := range account.Owner.Permissions() {
		known[string(permission)] = true
	}
	ids := map[string]bool{}
	d := newKit(t).document()
	for _, op := range d.operations() {
		name := op.method + " " + op.path
		if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 {
			t.Errorf("%s: id %q, summary %q, tags %v", name, op.OperationID, op.Summary, op.Tags)
		}
		ids[op.OperationID] = true
		for _, permission := range strings.Split(op.Permission, "|") {
			if !known[permission] {
				t.Errorf("%s needs %q", name, permission)
			}
		}
		for _, one := range op.Security {
			scopes, ok := one["token"]
			if !ok || (op.Permission != "any") != (len(scopes) == 1) {
				t.Errorf("%s: security %v", name, op.Security)
			}
		}
		if len(op.Security) == 0 {
			t.Errorf("%s is open to everybody", name)
		}
		for _, status := range []string{"401", "403", "422", "429", "500"} {
			if op.Responses[status].Content["application/problem+json"].Schema == nil {
				t.Errorf("%s does not describe %s as a problem", name, status)
			}
		}
		checkParameters(t, op)
	}
}

func checkParameters(t *testing.T, op operation) {
	t.Helper()
	var named, declared []string
	for _, match := range parameter.FindAllStringSubmatch(op.path, -1) {
		named = append(named, match[1])
	}
	repeatable := false
	for _, p := range op.Parameters {
		if p.In == "path" {
			declared = append(declared, p.Name)
			if !p.Required {
				t.Errorf("%s: %s is in the path and not required", op.OperationID, p.Name)
			}
		}
		repeatable = repeatable || p.Name == "Idempotency-Key"
	}
	slices.Sort(named)
	slices.Sort(declared)
	if !slices.Equal(named, declared) {
		t.Errorf("%s: in the path %v, declared %v", op.OperationID, named, declared)
	}
	if _, creates := op.Responses["201"]; creates && !repeatable {
		t.Errorf("%s creates without an Idempotency-Key", op.OperationID)
	}
}

func TestTheDocumentIsWhole(t *testing.T) {
	t.Parallel()
	d := newKit(t).document()
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || d.Info.Title == "" || d.Info.Version != "test" ||
		len(d.Servers) != 1 || d.Servers[0].URL != base+rest.Path || d.Components.SecuritySchemes["token"] == nil {
		t.Errorf("%+v", d.Info)
	}
	for _, match := range regexp.MustCompile(`"\$ref":"([^"]*)"`).FindAllStringSubmatch(string(d.raw), -1) {
		name, ok := strings.CutPrefix(match[1], "#/components/schemas/")
		if !ok || d.Components.Schemas[name] == nil {
			t.Errorf("%s leads nowhere", match[1])
		}
	}
	for name, one := range d.Components.Schemas {
		for _, required := range one.Required {
			if one.Properties[required] == nil {
				t.Errorf("%s requires %s and does not describe it", name, required)
			}
		}
	}
	for _, foreign := range []string{"ErrorModel", "ErrorDetail", "$schema"} {
		if strings.Contains(string(d.raw), foreign) {
			t.Errorf("the document speaks of %s", foreign)
		}
	}
}

// sample makes the smallest value that a schema takes.
func (d document) sample(of *schema) any {
	if name, ok := strings.CutPrefix(of.Ref, "#/components/schemas/"); ok {
		of = d.Components.Schemas[name]
	}
	kind := fmt.Sprint(of.Type)
	switch {
	case len(of.Enum) > 0:
		return of.Enum[0]
	case of.Properties["currency"] != nil:
		return map[string]any{"minor": 100, "currency": "CNY"}
	case strings.Contains(kind, "array"):
		return []any{d.sample(of.Items)}
	case strings.Contains(kind, "object"):
		object := map[string]any{}
		for _, name := range of.Required {
			object[name] = d.sample(of.Properties[name])
		}
		for name, value := range map[string]string{"text": "sample", "target": "/a/sample"} {
			if of.Properties[name] != nil { // not required by the form, but by the sense
				object[name] = value
			}
		}
		if values, ok := of.AdditionalProperties.(map[string]any); ok {
			var value schema
			encoded, _ := json.Marshal(values)
			if json.Unmarshal(encoded, &value) == nil {
				object["en"] = d.sample(&value)
			}
		}
		return object
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return 1
	case strings.Contains(kind, "boolean"):
		return true
	case of.Format == "date-time":
		return "2026-06-01T00:00:00Z"
	}
	return "sample"
}
