package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"plaza/message"
	"plaza/money"
	"plaza/shop"
)

type importCommand struct {
	Account string `arg:"" help:"Slug or id of the account."`
	File    string `arg:"" type:"existingfile" help:"CSV file of products. Its first line names the columns: name (or name_en, name_zh, name_ko), price, stock, category, description."`
}

// Run reads the whole file before it changes anything, so that a mistake in
// line 900 does not leave 898 products behind.
func (c importCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	return with(ctx, s, func(p *program) error {
		found, err := p.Accounts.Accounts.Find(ctx, c.Account)
		if err != nil {
			return err
		}
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		rows, err := readProducts(file, found.ID, found.Currency, found.Language)
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		for _, row := range rows {
			if _, err := p.Shop.SaveProduct(ctx, row.product, map[int]int64{0: row.stock}); err != nil {
				return fmt.Errorf("%s: line %d: %w", c.File, row.line, err)
			}
		}
		_, err = fmt.Fprintf(out, "%d products imported\n", len(rows))
		return err
	})
}

type productRow struct {
	line    int
	product shop.Product
	stock   int64
}

// readProducts reads a spreadsheet's CSV: with or without a byte order mark,
// columns in any order, all mistakes reported at once.
func readProducts(from io.Reader, account, currency, language string) ([]productRow, error) {
	reader := csv.NewReader(from)
	reader.FieldsPerRecord = -1
	reader.TrimLeadingSpace = true
	header, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("no first line with the columns' names: %w", err)
	}
	columns := map[string]int{}
	for i, name := range header {
		columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	var rows []productRow
	var mistakes []error
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, errors.Join(mistakes...)
		}
		if err != nil {
			return nil, errors.Join(append(mistakes, err)...) // it names its line
		}
		line, _ := reader.FieldPos(0)
		row, err := readProduct(columns, record, account, currency, language)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		row.line = line
		rows = append(rows, row)
	}
}

func readProduct(columns map[string]int, record []string, account, currency, language string) (productRow, error) {
	cell := func(name string) string {
		i, ok := columns[name]
		if !ok || i >= len(record) {
			return ""
		}
		return strings.TrimSpace(record[i])
	}
	texts := func(name string) map[string]string {
		found := map[string]string{}
		for _, one := range message.Languages {
			if text := cell(name + "_" + one); text != "" {
				found[one] = text
			}
		}
		if text := cell(name); text != "" {
			found[language] = text
		}
		return found
	}
	price, err := money.Parse(cell("price"), currency)
	if err != nil {
		return productRow{}, err
	}
	stock, err := strconv.ParseInt(cell("stock"), 10, 64)
	if err != nil && cell("stock") != "" {
		return productRow{}, fmt.Errorf("stock %q is not a whole number", cell("stock"))
	}
	names := texts("name")
	if len(names) == 0 {
		return productRow{}, errors.New("the product has no name")
	}
	return productRow{stock: stock, product: shop.Product{
		Account: account, Names: names, Descriptions: texts("description"), Category: cell("category"),
		State: shop.Active, Variants: []shop.Variant{{Price: price}},
	}}, nil
}
