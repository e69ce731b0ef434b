package templates

import "time"

// friendsPages are the pages of what people ask of one another.
func (s sampler) friendsPages() []Page {
	p := s.public
	dinner, kim, li := s.say("Dinner at the harbour", "港口晚餐", "항구 저녁 식사"), s.kim().Name, s.say("Li Na", "李娜", "리나")
	known := []Option{option("K", kim, true), option("L", li, false)}
	link := "https://plaza.example/pay-to/ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	wrong := s.say("The shares come to more than the whole.", "各份之和超过总金额。", "몫의 합이 전체 금액보다 많습니다.")
	first := NewSplit{Base: p("/wallet/corner/split"), Nav: s.nav(), Path: "/wallet/corner/split", BackPath: "/wallet/corner/friends", Key: "k", Amount: "100.00", Note: dinner, Friends: known, Others: "1", Own: true}
	second := first
	second.Whole = cny(10000)
	second.Shares, second.Problem = []ShareField{{kim, "33.33"}, {s.say("By link 1", "通过链接 1", "링크로 1"), "90.00"}}, wrong
	rows := []AskRow{
		{Name: kim, Note: dinner, Amount: cny(3333), State: "paid", Number: "1"},
		{Name: s.say("Share 2", "第 2 份", "몫 2"), Note: dinner, Amount: cny(3333), State: "open", Open: true, Number: "2", Link: link},
		{Name: li, Note: dinner, Amount: cny(3333), State: "declined", Number: "3"},
	}
	return []Page{
		&Friends{Base: p("/wallet/corner/friends"), Nav: s.nav(), Path: "/wallet/corner/friends", WalletPath: "/wallet/corner", SplitPath: "/wallet/corner/split", Key: "k", Friends: known, Amount: "12.50", Note: dinner,
			Splits: []SplitRow{{URL: "#", Note: dinner, Whole: cny(10000), Paid: 1, Of: 2}}, Asked: rows, Blocked: known[1:]},
		&Friends{Base: p("/wallet/corner/friends"), Nav: s.nav(), Path: "/wallet/corner/friends", WalletPath: "/wallet/corner", SplitPath: "/wallet/corner/split", Key: "k", Problem: wrong},
		&first, &second,
		&Split{Base: p("/wallet/corner/split/1"), Nav: s.nav(), Path: "/wallet/corner/split/1", BackPath: "/wallet/corner/friends", Note: dinner, Whole: cny(10000), Own: cny(1), Got: cny(3333), Of: cny(6666), Paid: 1, All: 2, Rows: rows, Open: true},
		&Asked{Base: p("/asked/1"), Nav: s.nav(), Path: "/asked/1", Name: kim, Amount: cny(3333), Note: dinner, State: "open", PayPath: "/pay-to/A"},
		&Asked{Base: p("/asked/1"), Nav: s.nav(), Path: "/asked/1", Name: kim, Amount: cny(3333), Note: dinner, State: "declined"},
		&ReceiptPage{Base: p("/receipts/corner/R"), Nav: s.nav(), ListPath: "/receipts/corner", Number: "R-20261128-7KQ2M9XAPW", Kind: "payment", Amount: cny(5980), Method: "wallet", About: "1123-7KQ2", Bought: s.bought(), At: ago(time.Hour), SplitPath: "/wallet/corner/split?receipt=R-20261128-7KQ2M9XAPW"},
		&PayTo{Base: p("/pay-to/A"), Nav: s.nav(), Path: "/pay-to/A", Name: kim, Asked: cny(3333), Note: dinner, Balance: cny(12000), Over: s.say("This has already been paid.", "这笔款项已支付。", "이미 지불되었습니다."), WalletPath: "/wallet/corner"},
	}
}
