package templates

import "time"

// limits are those of somebody whose PIN is new.
func (s sampler) limits() BalanceLimits {
	return BalanceLimits{Level: "basic", Once: cny(100_000), Day: cny(500_000), Left: cny(480_000), Pay: cny(50_000), PayDay: cny(200_000),
		PayLeft: cny(140_200), TopUp: cny(100_000), Balance: cny(100_000), Room: cny(88_000),
		Next: &NextLevel{Once: cny(500_000), Day: cny(2_500_000), Balance: cny(500_000), From: ago(-20 * time.Hour), PINPath: "/wallet/corner/pin"}}
}

func (s sampler) limitPages() []Page {
	page := &Limits{Base: s.console("settings/payments/limits"), Currency: "CNY", Version: 2}
	for _, level := range []string{"basic", "verified"} {
		row := LevelLimits{Name: level}
		for _, name := range []string{"once", "day", "pay", "pay_day", "top_up", "balance"} {
			row.Fields = append(row.Fields, LimitField{Name: name, Value: "1000.00", Most: cny(500_000), Optional: name == "pay" || name == "pay_day"})
		}
		page.Levels = append(page.Levels, row)
	}
	return []Page{page}
}
