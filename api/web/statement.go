package web

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/money"
	"plaza/shop/pay/statement"
	"plaza/templates"
)

// WalletMonth is a balance's statement as both its pages show it; address is
// that of the page, without the month.
func (s *Surface) WalletMonth(c *gin.Context, of statement.WalletStatement, months []string, address string) templates.WalletMonth {
	amount := func(minor int64) money.Amount { return money.Of(minor, of.Currency) }
	shown := templates.WalletMonth{MonthName: s.MonthName(c, of.Month), Months: s.MonthOptions(c, months, of.Month), Address: address,
		From: of.From, To: of.To, Running: s.Now().Before(of.To), Opening: amount(of.Opening), Closing: amount(of.Closing), In: amount(of.In), Out: amount(of.Out), More: of.More}
	for _, movement := range of.Movements {
		kind, _, _ := strings.Cut(movement.Key, ":")
		row := templates.WalletMovement{Kind: kind, Amount: amount(movement.Amount), After: amount(movement.After), At: movement.At}
		if !s.Renderer.Texts.Has("page.statement.movement." + kind) {
			row.Kind = "other"
		}
		if kind != "topup" && kind != "grant" { // whose memos are for machines
			row.Memo = movement.Memo
		}
		shown.Rows = append(shown.Rows, row)
	}
	return shown
}

// MonthName says a month ("2026-05") in words.
func (s *Surface) MonthName(c *gin.Context, month string) string {
	at, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return s.Text(c, "statement.month-name", at.Format("2006"), s.Text(c, "statement.month."+at.Format("01")))
}

// MonthOptions are months to choose from.
func (s *Surface) MonthOptions(c *gin.Context, months []string, chosen string) []templates.Option {
	options := make([]templates.Option, len(months))
	for i, month := range months {
		options[i] = templates.Option{Value: month, Label: s.MonthName(c, month), Chosen: month == chosen}
	}
	return options
}
