package templates

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"plaza/message"
)

// Embedding is the web chat of an account in the pages of other sites.
type Embedding struct {
	Account  string            `json:"account"` // slug
	Path     string            `json:"path"`    // of the chat
	Language string            `json:"language"`
	Names    map[string]string `json:"names"`  // in every language
	Colour   string            `json:"colour"` // "#rrggbb"; empty: ours
	// Origins are the sites that may have it.
	Origins []string `json:"origins"`
}

// embedTexts are what the script says.
var embedTexts = []string{"open", "close", "title", "unread"}

// EmbedScript is the script that a site's page loads to have the chat. It is the
// same for everybody. Error: only if what is built in cannot be read.
func (r *Renderer) EmbedScript(e Embedding) ([]byte, error) {
	source, err := files.ReadFile("embed/embed.js")
	if err != nil {
		return nil, err
	}
	texts := map[string]map[string]string{}
	for _, language := range message.Languages {
		texts[language] = map[string]string{}
		for _, key := range embedTexts {
			texts[language][key] = r.Texts.Text(language, "embed."+key)
		}
	}
	e.Colour = readableAccent(e.Colour)
	if e.Origins == nil {
		e.Origins = []string{}
	}
	with, err := json.Marshal(struct {
		Embedding
		Texts map[string]map[string]string `json:"texts"`
	}{e, texts})
	if err != nil {
		return nil, fmt.Errorf("embed script: %w", err)
	}
	var script bytes.Buffer
	script.Write(bytes.TrimSpace(source))
	script.WriteString("(" + string(with) + ");\n")
	return script.Bytes(), nil
}

// readableAccent is an account's colour, or the shade of it on which white can be
// read.
func readableAccent(hex string) string {
	base, ok := parseColour(strings.TrimPrefix(hex, "#"))
	if !ok {
		base, _ = parseColour(defaultAccent)
	}
	return base.towards(colour{}, readable(lightGrounds, white)).String()
}

// defaultAccent is --accent of tokens.css.
const defaultAccent = "ad3f1b"
