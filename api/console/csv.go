package console

import (
	"encoding/csv"
	"strings"

	"github.com/gin-gonic/gin"
)

// download begins a file of CSV that is streamed.
func download(c *gin.Context, name string, head ...string) (*csv.Writer, error) {
	c.Header("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Cache-Control", "private, no-store")
	// Spreadsheets take UTF-8 for what it is only with this mark in front.
	if _, err := c.Writer.WriteString("\ufeff"); err != nil {
		return nil, err
	}
	out := csv.NewWriter(c.Writer)
	return out, out.Write(head)
}

// inert keeps a spreadsheet from taking somebody's name for a formula.
func inert(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
