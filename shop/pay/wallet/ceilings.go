package wallet

import (
	"fmt"
	"strings"

	"plaza/money"
)

// Ceilings are the most that a balance may ever hold, for each level, in minor
// units of a currency. They are the operator's.
type Ceilings map[string][2]int64

// LawfulCeilings are what rules for prepaid money allow that we know of. Whether
// they bind a merchant is theirs to find out; they are where it is safe.
//
//   - CNY: 1,000 yuan without a name and 5,000 with one (单用途商业预付卡管理办法, of the
//     Ministry of Commerce, 2012, article 18).
//   - KRW: 500,000 won without a name and 2,000,000 with one (전자금융거래법 시행령 제13조).
//   - USD: closed-loop prepaid access of at most $2,000 a day is no prepaid program
//     (31 CFR 1010.100(ff)(4)(iii)).
func LawfulCeilings() Ceilings {
	return Ceilings{
		"CNY": {100_000, 500_000},
		"KRW": {500_000, 2_000_000},
		"USD": {200_000, 200_000},
	}
}

// ReadCeilings reads an operator's, each as "CNY=1000/5000": the most without a
// PIN and with one, which is no less. They take the place of the lawful ones of
// their currencies.
func ReadCeilings(texts []string) (Ceilings, error) {
	all := LawfulCeilings()
	for _, text := range texts {
		currency, both, _ := strings.Cut(strings.TrimSpace(text), "=")
		basic, verified, _ := strings.Cut(both, "/")
		less, err := money.Parse(basic, currency)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		more, err := money.Parse(verified, currency)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		if less.Minor <= 0 || more.Minor < less.Minor {
			return nil, fmt.Errorf("%q: the second amount can't be less than the first, nor the first nothing", text)
		}
		all[currency] = [2]int64{less.Minor, more.Minor}
	}
	return all, nil
}

// balance is the most that a level's balance may be allowed to hold.
func (c Ceilings) balance(level Level, currency string) int64 {
	if known, ok := c[currency]; ok {
		return known[level]
	}
	return daysWorth * modest(level, currency)
}

// daysWorth is how many of the largest transfers a day allows, by default and at
// most, and where no rule is known how many of them a balance holds.
const daysWorth = 5

// modest is what a level may send at once by default.
func modest(level Level, currency string) int64 {
	once := int64(20_000) // 200.00 of most currencies
	switch currency {
	case "CNY", "TWD", "THB", "HKD":
		once = 100_000
	case "KRW":
		once = 200_000
	case "JPY":
		once = 20_000
	case "VND", "IDR":
		once = 3_000_000
	}
	if level == Verified {
		once *= daysWorth
	}
	return once
}

// LimitsOf are what a level may do in a currency until a member changes it. They
// are modest because a balance is closed-loop and cannot be called back once it
// is spent. Payments have no limit of their own: they stay in the shop.
func (c Ceilings) LimitsOf(level Level, currency string) Limits {
	most := c.balance(level, currency)
	once := min(modest(level, currency), most)
	return Limits{Once: once, Day: daysWorth * once, TopUp: most, Balance: most}
}

// MostOf are the most that a member can allow a level.
func (c Ceilings) MostOf(level Level, currency string) Limits {
	most := c.balance(level, currency)
	return Limits{Once: most, Day: daysWorth * most, Pay: most, PayDay: daysWorth * most, TopUp: most, Balance: most}
}

// standard is the policy of an account that has changed nothing.
func (c Ceilings) standard(account, currency string) Policy {
	return Policy{ID: account + ":" + currency, Account: account, Currency: currency,
		Basic: c.LimitsOf(Basic, currency), Verified: c.LimitsOf(Verified, currency)}
}
