package templates

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var declared = regexp.MustCompile(`--([a-z-]+):\s*(#[0-9a-f]{6})`)

// tokens reads the colours of tokens.css: in the light, and with what the dark
// changes.
func tokens(t *testing.T) (light, dark map[string]colour) {
	t.Helper()
	sheet, err := files.ReadFile("assets/css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark = map[string]colour{}, map[string]colour{}
	before, after, found := strings.Cut(string(sheet), "prefers-color-scheme: dark")
	if !found {
		t.Fatal("tokens.css has no dark part")
	}
	for _, match := range declared.FindAllStringSubmatch(before, -1) {
		light[match[1]] = mustColour(t, match[2])
		dark[match[1]] = light[match[1]]
	}
	for _, match := range declared.FindAllStringSubmatch(after, -1) {
		dark[match[1]] = mustColour(t, match[2])
	}
	return light, dark
}

func mustColour(t interface{ Fatalf(string, ...any) }, hex string) colour {
	c, ok := parseColour(strings.TrimPrefix(hex, "#"))
	if !ok {
		t.Fatalf("%q is not a colour", hex)
	}
	return c
}

func TestTextCanBeReadOnEveryGround(t *testing.T) {
	t.Parallel()
	light, dark := tokens(t)
	for scheme, c := range map[string]map[string]colour{"light": light, "dark": dark} {
		for _, text := range []string{"ink", "soft", "accent", "good", "bad", "warn", "info"} {
			grounds := map[string]colour{"page": c["page"], "surface": c["surface"], "sunken": c["sunken"]}
			switch text {
			case "good", "bad", "info":
				grounds["wash"] = c[text].over(.10, c["surface"])
			case "warn":
				grounds["wash"] = c[text].over(.12, c["surface"])
			case "accent":
				grounds["wash"] = c[text].over(.09, c["surface"])
			}
			for ground, below := range grounds {
				if got := ratio(c[text], below); got < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", scheme, text, ground, got)
				}
			}
		}
		if got := ratio(c["on-accent"], c["accent"]); got < 4.5 {
			t.Errorf("%s: a button's label has a contrast of %.2f", scheme, got)
		}
		if got := ratio(c["line-strong"], c["surface"]); got < 3 {
			t.Errorf("%s: an input's border has a contrast of %.2f", scheme, got)
		}
	}
}

// Whatever colour an account takes, its buttons and links can be read.
func TestAnAccentCanBeReadWhateverTheColour(t *testing.T) {
	t.Parallel()
	light, dark := tokens(t)
	accents := regexp.MustCompile(`--accent:(#[0-9a-f]{6});--on-accent:(#[0-9a-f]{3,6})`)
	rapid.Check(t, func(t *rapid.T) {
		sheet, ok := AccentSheet(rapid.StringMatching(`[0-9a-f]{6}`).Draw(t, "colour"))
		if !ok {
			t.Fatal("refused")
		}
		found := accents.FindAllStringSubmatch(sheet, -1)
		if len(found) != 2 {
			t.Fatalf("not two schemes in %s", sheet)
		}
		for i, c := range []map[string]colour{light, dark} {
			accent, label := mustColour(t, found[i][1]), white
			if found[i][2] != "#fff" {
				label = mustColour(t, found[i][2])
			}
			for name, ground := range map[string]colour{"page": c["page"], "surface": c["surface"], "sunken": c["sunken"], "wash": accent.over(.09, c["surface"]), "label": label} {
				if got := ratio(accent, ground); got < 4.5 {
					t.Fatalf("scheme %d: %s on %s has a contrast of %.2f", i, found[i][1], name, got)
				}
			}
		}
	})
}

func FuzzAccent(f *testing.F) {
	for _, seed := range []string{"b8431f", "FFFFFF", "000000", "", "red", "12345g", "+12345", "}body{x"} {
		f.Add(seed)
	}
	whole := regexp.MustCompile(`^:root\{--accent:#[0-9a-f]{6};--on-accent:#fff\}\n@media \(prefers-color-scheme:dark\)\{:root\{--accent:#[0-9a-f]{6};--on-accent:#[0-9a-f]{6}\}\}\n$`)
	f.Fuzz(func(t *testing.T, hex string) {
		if sheet, ok := AccentSheet(hex); ok && !whole.MatchString(sheet) {
			t.Fatalf("%q made %q", hex, sheet)
		}
	})
}
