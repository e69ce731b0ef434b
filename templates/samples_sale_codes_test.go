package templates

func (s sampler) saleCodePages() []Page {
	table := SaleCodeRow{Code: "ABCDEFGHIJKLMNOP", URL: "#", Label: s.say("Table 4", "4 号桌", "4번 테이블"), By: s.say("Mei", "小梅", "메이"), State: "active", Amount: cny(0)}
	entry := SaleCodeRow{Code: "QRSTUVWXYZ234567", URL: "#", Label: s.say("Entry", "门票", "입장권"), By: table.By, State: "revoked", Amount: cny(2500)}
	link := "https://plaza.example/at/ABCDEFGHIJKLMNOP"
	agency := []Option{option("wechatpay", s.say("WeChat Pay", "微信支付", "위챗페이"), true), option("alipay", s.say("Alipay", "支付宝", "알리페이"), false)}
	return []Page{
		&TopUp{Base: s.public("/wallet/corner/top-up"), Nav: s.nav(), Path: "/wallet/corner/top-up", WalletPath: "/wallet/corner", Balance: cny(12000), Most: cny(500000), Key: "k", For: "T1", Amount: "31.70", Providers: agency},
		&TopUp{Base: s.public("/wallet/corner/top-up"), Nav: s.nav(), Path: "/wallet/corner/top-up", WalletPath: "/wallet/corner", Balance: cny(0), Most: cny(500000), Key: "k"},
		&SaleCodes{Base: s.console("counter/codes"), Rows: []SaleCodeRow{table, entry}},
		&SaleCodes{Base: s.console("counter/codes")},
		&SaleCode{Base: s.console("counter/codes/1"), Row: table, Link: link, Text: "00020101021126600013example.plaza0141" + link + "5204000053031565802CN5912Corner Store6008Shanghai6304ABCD"},
		&SaleCode{Base: s.console("counter/codes/2"), Row: entry, Link: link, Text: "000201"},
		&At{Base: s.public("/at/A"), Nav: s.nav(), Path: "/at/A", Label: table.Label, Asked: cny(0), Key: "k", Offers: s.offers()},
		&At{Base: s.public("/at/B"), Nav: s.nav(), Path: "/at/B", Label: entry.Label, Asked: cny(2500), Key: "k", SignedIn: "line", Problem: s.say("No way of paying is set up here yet.", "尚未设置付款方式。", "아직 결제 수단이 없습니다.")},
	}
}
