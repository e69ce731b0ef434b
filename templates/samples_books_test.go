package templates

import "time"

func (s sampler) booksRow() BooksRow {
	return BooksRow{URL: "/console/corner/books/d/wechatpay:1", Provider: "wechatpay", Number: "01JD3K5T8V9W2X4Y6Z7A8B9C0D01", Day: "2026-05-04", Kind: "state",
		State: "open", Ours: cny(2880), Theirs: cny(2880), At: ago(20 * time.Hour)}
}

func (s sampler) booksRuns() []BooksRun {
	return []BooksRun{
		{Provider: "alipay", Day: "2026-05-05", State: "waiting", Problem: s.say("The payment provider has no bill of this day yet.", "支付渠道尚未出具当日账单。", "결제사가 아직 이 날의 내역을 내지 않았습니다.")},
		{Provider: "wechatpay", Day: "2026-05-04", State: "done", Lines: 412, Matched: 408, Settled: 1, Foreign: 2, Differs: 2, EndedAt: ago(3 * time.Hour), Again: "#",
			Sums: []BooksSum{{Taken: cny(4812300), Given: cny(12980), Fees: cny(28796)}}},
		{Provider: "wallet", Day: "2026-05-04", State: "done", Lines: 37, Matched: 37, EndedAt: ago(12 * time.Hour), Again: "#", Sums: []BooksSum{{Taken: cny(64100), Given: cny(0), Fees: cny(0)}}},
	}
}

func (s sampler) books() *Books {
	refund := BooksRow{URL: "#", Provider: "wechatpay", Number: "01JD3K5T8V9W2X4Y6Z7A8B9C0E01", Refund: "R7F2", Day: "2026-05-04", Kind: "missing_here", State: "open", Theirs: cny(500), At: ago(22 * time.Hour)}
	there := BooksRow{URL: "#", Provider: "alipay", Number: "01JD3K5T8V9W2X4Y6Z7A8B9C0F01", Day: "2026-05-03", Kind: "missing_there", State: "open", Ours: cny(1980), At: ago(44 * time.Hour)}
	return &Books{Base: s.console("books"), State: "open", Rows: []BooksRow{s.booksRow(), refund, there}, Pager: Pager{Next: "#"}, ExportURL: "#", Runs: s.booksRuns(),
		Kinds: []Option{option("missing_here", s.say("Missing here", "本地缺失", "여기에 없음"), false), option("amount", s.say("Another amount", "金额不符", "금액 다름"), false)},
		Tabs:  []Tab{{Label: s.say("Open", "待处理", "미해결"), URL: "#", Count: 3, Here: true}, {Label: s.say("Agreed since", "已一致", "일치됨"), URL: "#", Count: -1}, {Label: s.say("By hand", "人工处理", "직접 처리"), URL: "#", Count: -1}, {Label: s.say("All", "全部", "전체"), URL: "#", Count: -1}}}
}

func (s sampler) booksDays() *BooksRuns {
	return &BooksRuns{Base: s.console("books/days"), Rows: s.booksRuns(), Pager: Pager{Next: "#"}}
}

func (s sampler) booksDifference() *BooksDifference {
	return &BooksDifference{Base: s.console("books/d/wechatpay:1"), BooksRow: s.booksRow(), Path: "/console/corner/books/d/wechatpay:1", OurState: "closed",
		Explanation: s.say("WeChat Pay has taken CN¥28.80 for this, and here it is not paid.", "微信支付已收取 ¥28.80，而本地记录为未付款。", "위챗페이에서는 CN¥28.80을 받았지만 여기에서는 결제되지 않았습니다."),
		Advice:      s.say("Ask the provider once more.", "请再次向支付渠道查询。", "결제사에 다시 물어보세요."),
		TheirNumber: "4200002104202605041234567890", FoundAt: ago(3 * time.Hour), MayAsk: true, MaySettle: true}
}

func (s sampler) walletMonth() WalletMonth {
	months := []Option{option("2026-05", s.say("May 2026", "2026年5月", "2026년 5월"), true), option("2026-04", s.say("April 2026", "2026年4月", "2026년 4월"), false)}
	return WalletMonth{MonthName: months[0].Label, Months: months, Address: "#", From: ago(700 * time.Hour), To: ago(time.Hour), Opening: cny(2000), Closing: cny(16020), In: cny(20000), Out: cny(-5980),
		Rows: []WalletMovement{{Kind: "topup", Amount: cny(20000), After: cny(22000), At: ago(90 * time.Hour)},
			{Kind: "pay", Memo: s.say("Corner Store 1123-7KQ2", "街角便利店 1123-7KQ2", "골목 편의점 1123-7KQ2"), Amount: cny(-5980), After: cny(16020), At: ago(40 * time.Hour)}}, More: 3}
}

func (s sampler) statement() *Statement {
	month := s.walletMonth()
	paid := StatementLine{Flow: "paid", Provider: "wechatpay", Count: 412, Amount: cny(4812300), URL: "#", Days: []StatementDay{{"2026-05-03", 201, cny(2012300)}, {"2026-05-04", 211, cny(2800000)}}}
	return &Statement{Base: s.console("books/statement"), MonthName: month.MonthName, Months: month.Months, From: month.From, To: month.To, Running: true, Chosen: &paid,
		Sections: []StatementSection{
			{Name: "providers", Opening: cny(120000), Closing: cny(4890524), Lines: []StatementLine{paid, {Flow: "topped_up", Provider: "wechatpay", Count: 1, Amount: cny(20000), URL: "#"},
				{Flow: "refunded", Provider: "wechatpay", Count: 3, Amount: cny(-32980), URL: "#"}, {Flow: "fees", Provider: "wechatpay", Count: 2, Amount: cny(-28796), URL: "#"}}},
			{Name: "balances", Opening: cny(2000), Closing: cny(16020), Lines: []StatementLine{{Flow: "credited", Count: 1, Amount: cny(20000), URL: "#"}, {Flow: "spent", Count: 1, Amount: cny(-5980), URL: "#"}}},
			{Name: "sales", Opening: cny(0), Closing: cny(5980), Lines: []StatementLine{{Flow: "spent", Count: 1, Amount: cny(5980), URL: "#"}}},
		}}
}

func (s sampler) correction() CorrectionRow {
	return CorrectionRow{URL: "#", Reason: s.say("Topped up twice by mistake", "误操作重复充值", "실수로 두 번 충전"), State: "asked", Asked: s.say("Mei Lin", "林美", "임미"), At: ago(2 * time.Hour)}
}

func (s sampler) ledger() *Ledger {
	return &Ledger{Base: s.console("books/ledger"), Wallet: "sales", Balance: cny(5980), CheckedAt: ago(9 * time.Hour), Sound: true, Corrections: []CorrectionRow{s.correction()}, Pager: Pager{Next: "#"},
		Tabs: []Tab{{Label: s.say("Taken out of balances", "余额消费收入", "잔액 결제 매출"), URL: "#", Count: -1, Here: true}, {Label: s.say("Put into balances", "余额发行", "잔액 발행"), URL: "#", Count: -1}},
		Rows: []LedgerRow{{URL: "#", Kind: "pay", Memo: s.say("Corner Store 1123-7KQ2", "街角便利店 1123-7KQ2", "골목 편의점 1123-7KQ2"), Amount: cny(5980), State: "posted", At: ago(40 * time.Hour)},
			{URL: "#", Kind: "pay", Amount: cny(90000), State: "refused", At: ago(41 * time.Hour)}}}
}

func (s sampler) ledgerTransfer() *LedgerTransfer {
	row := s.correction()
	return &LedgerTransfer{Base: s.console("books/ledger/t/topup:1"), LedgerRow: LedgerRow{Kind: "topup", State: "posted", At: ago(90 * time.Hour)}, Path: "/console/corner/books/ledger/t/topup:1", Key: "topup:01JD3K5T8V9W2X4Y6Z7A8B9C0D",
		Legs:       []LedgerLeg{{Name: s.say("Put into balances", "余额发行", "잔액 발행"), Amount: cny(-20000)}, {Name: s.kim().Name, URL: "#", Amount: cny(20000)}},
		Correction: &row, MayAgree: true, MayDecline: true, WaitsFor: true}
}
