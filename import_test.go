package main

import (
	"strings"
	"testing"
)

func TestProductsComeOutOfASpreadsheet(t *testing.T) {
	const file = "\ufeffName_EN, name_zh, price, Stock, category, description\n" +
		"Milk,牛奶,\"1,200.50\",12,Dairy,Fresh\n" +
		"Tea,茶,3,,,\n"
	rows, err := readProducts(strings.NewReader(file), "a", "CNY", "en")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	milk := rows[0]
	if milk.product.Names["zh"] != "牛奶" || milk.product.Variants[0].Price.Minor != 120050 || milk.stock != 12 ||
		milk.product.Descriptions["en"] != "Fresh" || milk.line != 2 {
		t.Errorf("milk became %+v", milk)
	}
	if rows[1].stock != 0 || rows[1].product.Category != "" {
		t.Errorf("tea became %+v", rows[1])
	}
}

func TestEveryMistakeInASpreadsheetIsNamedWithItsLine(t *testing.T) {
	const file = "name,price,stock\nMilk,-1,3\n,5,3\nTea,abc,3\nRice,5,many\nOK,5,3\n"
	_, err := readProducts(strings.NewReader(file), "a", "CNY", "en")
	if err == nil {
		t.Fatal("the mistakes were taken")
	}
	for _, line := range []string{"line 2", "line 3", "line 4", "line 5"} {
		if !strings.Contains(err.Error(), line) {
			t.Errorf("%q does not name %s", err, line)
		}
	}
	if strings.Contains(err.Error(), "line 6") {
		t.Errorf("%q names a line that is right", err)
	}
}

func FuzzReadProducts(f *testing.F) {
	f.Add("name,price\nMilk,3\n")
	f.Add("\ufeffname;price\n\"")
	f.Add("price,stock,name\n1e9,9223372036854775808,\x00\n")
	f.Fuzz(func(t *testing.T, file string) {
		rows, err := readProducts(strings.NewReader(file), "a", "KRW", "ko")
		if err != nil {
			return
		}
		for _, row := range rows {
			if row.product.Variants[0].Price.Check() != nil || len(row.product.Names) == 0 {
				t.Fatalf("%q gave %+v", file, row)
			}
		}
	})
}
