package templates

import "time"

func (s sampler) ratePages() []Page {
	return []Page{
		&Rates{Base: s.console("settings/payments/rates"), From: "CNY", Rows: []RateRow{
			{To: "KRW", Value: "190.52", Day: "2026-11-28", Source: s.say("Mei Lin", "林美", "임미"), Used: true, Path: "#"},
			{To: "USD", Value: "0.1403", Day: "2026-11-21", Source: s.say("Mei Lin", "林美", "임미"), Path: "#"}},
			Currencies: []Option{{Value: "KRW", Label: "KRW"}, {Value: "USD", Label: "USD"}},
			Published:  Published{Offered: true, Taken: true, Day: "2026-11-27", ReadAt: ago(20 * time.Minute), Failing: true},
			Days:       []Option{option("3", s.say("3 days", "3 天", "3일"), true)}},
		&Rates{Base: s.console("settings/payments/rates"), From: "CNY", Stale: "2026-11-18", Rows: []RateRow{
			{To: "KRW", Value: "189.6975", Day: "2026-11-18", Source: "ecb", Path: "#"}}, Published: Published{Offered: true, Taken: true},
			Days: []Option{option("3", s.say("3 days", "3 天", "3일"), true)}},
	}
}
