package templates

func (s sampler) ratePages() []Page {
	return []Page{
		&Rates{Base: s.console("settings/payments/rates"), From: "CNY", Rows: []RateRow{
			{To: "KRW", Value: "190.52", Day: "2026-11-28", Source: s.say("Mei Lin", "林美", "임미"), Used: true, Path: "#"},
			{To: "USD", Value: "0.1403", Day: "2026-11-21", Source: s.say("Mei Lin", "林美", "임미"), Path: "#"}},
			Currencies: []Option{{Value: "KRW", Label: "KRW"}, {Value: "USD", Label: "USD"}}},
	}
}
