package console

import (
	"cmp"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/money"
	"plaza/shop/pay/wallet"
	"plaza/templates"
)

// limits shows what balances of each level may do.
func (s *Console) limits(c *gin.Context) error {
	policy, err := s.Wallet.Policies.Of(c, accountID(c), web.At(c).Account.Currency)
	if err != nil {
		return err
	}
	page, err := s.limitsPage(c, policy)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) limitsPage(c *gin.Context, policy wallet.Policy) (*templates.Limits, error) {
	base, err := s.base(c)
	page := &templates.Limits{Base: base, Currency: policy.Currency, Version: policy.Version}
	for _, level := range wallet.Levels() {
		most := s.Wallet.Policies.MostOf(level, policy.Currency)
		row := templates.LevelLimits{Name: level.String()}
		for _, name := range wallet.LimitNames() {
			one := templates.LimitField{Name: name, Most: money.Of(*most.Named(name), policy.Currency), Optional: wallet.OptionalLimit(name)}
			if value := *policy.Level(level).Named(name); value > 0 {
				one.Value = money.Of(value, policy.Currency).Decimal()
			}
			row.Fields = append(row.Fields, one)
		}
		page.Levels = append(page.Levels, row)
	}
	return page, err
}

// readLimits is the policy that a form asks for, in the place of the one it was
// made from.
func readLimits(c *gin.Context, before wallet.Policy) (wallet.Policy, error) {
	wanted := before
	wanted.Version = formVersion(c)
	for _, level := range wallet.Levels() {
		for _, name := range wallet.LimitNames() {
			form := level.String() + "." + name
			amount := money.Of(0, before.Currency)
			if typed := field(c, form); typed != "" {
				var err error
				if amount, err = money.Parse(typed, before.Currency); err != nil {
					return wanted, web.Public(err).In(form)
				}
			}
			*wanted.Level(level).Named(name) = amount.Minor
		}
	}
	return wanted, nil
}

func (s *Console) saveLimits(c *gin.Context) error {
	before, err := s.Wallet.Policies.Of(c, accountID(c), web.At(c).Account.Currency)
	if err != nil {
		return err
	}
	wanted, err := readLimits(c, before)
	if err == nil {
		err = s.auditedChange(c, "limits.changed", "limits:"+before.Currency, changedLimits(before, wanted), func() error {
			_, err := s.Wallet.Policies.Save(c, accountID(c), wanted)
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "settings", "payments", "limits"), "limits.done", nil)
	}
	page, shown := s.limitsPage(c, before)
	if shown != nil {
		return shown
	}
	for _, level := range page.Levels {
		for i := range level.Fields {
			level.Fields[i].Value = field(c, level.Name+"."+level.Fields[i].Name)
		}
	}
	if err := s.refused(c, &page.Base, err, nil, "basic.", "verified."); err != nil {
		return err
	}
	return s.again(c, page)
}

// changedLimits are what the audit log says of it.
func changedLimits(before, after wallet.Policy) []account.Change {
	var changes []account.Change
	for _, level := range wallet.Levels() {
		for _, name := range wallet.LimitNames() {
			was, is := *before.Level(level).Named(name), *after.Level(level).Named(name)
			if was != is {
				changes = append(changes, account.Change{Field: level.String() + "." + name,
					Before: limitText(was, before.Currency), After: limitText(is, before.Currency)})
			}
		}
	}
	return changes
}

// limitText is a limit as the audit log has it; 0 is any.
func limitText(minor int64, currency string) string {
	if minor == 0 {
		return "—"
	}
	return strings.TrimSpace(cmp.Or(money.Of(minor, currency).Decimal(), "0") + " " + currency)
}
