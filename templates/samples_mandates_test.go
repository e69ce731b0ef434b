package templates

func (s sampler) planCards() []PlanCard {
	return []PlanCard{
		{URL: "/plan/corner/1", Name: s.say("Bread every morning", "每日鲜面包", "매일 아침 빵"), Price: s.say("CN¥90.00 every month", "每月 ¥90.00", "매월 CN¥90.00"), Trial: s.say("7 days free", "免费试用 7 天", "7일 무료 체험"), Text: s.say("A fresh loaf at your door by eight.\nNot on Sundays.", "每天八点前送上门。\n周日除外。", "아침 8시 전에 문 앞으로.\n일요일은 쉽니다.")},
		{URL: "/plan/corner/2", Name: s.say("Coffee Club", "咖啡俱乐部", "커피 클럽"), Price: s.say("CN¥300.00 every 3 months, on day 1", "每 3 个月（1 日） ¥300.00", "3개월마다 1일 CN¥300.00")},
	}
}

func (s sampler) mandateRow(state, text string) MandateRow {
	card := s.planCards()[0]
	return MandateRow{URL: "/mandates/corner/1", Name: card.Name, Price: card.Price, State: state, StateText: text, Way: "wallet", Person: s.kim().Name,
		PersonURL: s.kim().URL, Line: s.say("Next charge: 30 November 2026, CN¥90.00.", "下次扣款：2026年11月30日，¥90.00。", "다음 결제: 2026년 11월 30일, CN¥90.00.")}
}

func (s sampler) periodRows() []PeriodRow {
	paid := s.say("Paid", "已支付", "결제됨")
	return []PeriodRow{
		{From: s.say("30 October 2026", "2026年10月30日", "2026년 10월 30일"), Until: s.say("30 November 2026", "2026年11月30日", "2026년 11월 30일"), State: "partly_refunded", StateText: s.say("Partly paid back", "部分退款", "일부 환불"), Amount: cny(9000), Refunded: cny(4500), Payment: "P2", PayPath: "/pay/P2"},
		{From: s.say("30 September 2026", "2026年9月30日", "2026년 9월 30일"), Until: s.say("30 October 2026", "2026年10月30日", "2026년 10월 30일"), State: "paid", StateText: paid, Amount: cny(9000), Payment: "P1", PayPath: "/pay/P1"},
		{From: s.say("23 September 2026", "2026年9月23日", "2026년 9월 23일"), Until: s.say("30 September 2026", "2026年9月30日", "2026년 9월 30일"), State: "paid", StateText: paid, Amount: cny(0)},
	}
}

func (s sampler) consent() string {
	return s.say("I agree that Corner Store charges me for “Bread every morning”: nothing until 30 November 2026, then CN¥90.00, and CN¥90.00 every month until I cancel. Corner Store tells me 3 days before each charge, the first included. If I cancel before 30 November 2026, I pay nothing. After I cancel, it runs until the end of what is paid.",
		"我同意 街角便利店 为“每日鲜面包”扣款：2026年11月30日 之前免费，届时支付 ¥90.00，之后每月 ¥90.00，直到我取消。取消后，服务持续到已付周期结束。",
		"골목 편의점이 “매일 아침 빵” 요금을 2026년 11월 30일까지는 받지 않고, 그날 CN¥90.00, 이후 매월 CN¥90.00을 제가 취소할 때까지 결제하는 데 동의합니다. 취소하면 이미 결제한 기간이 끝날 때까지 이용합니다.")
}

func (s sampler) mandatePages() []Page {
	day := s.say("30 November 2026", "2026年11月30日", "2026년 11월 30일")
	plan := PlanPage{Base: s.public("/plan/corner/1"), Nav: s.nav(), Plan: s.planCards()[0], BackPath: "/plan/corner", BackText: s.say("Plans", "套餐", "요금제"), Action: "/plan/corner/1", Quote: "q", Consent: s.consent(), Today: cny(0), Next: cny(9000), On: day, Credit: cny(0), Used: cny(0), Free: true}
	change := plan
	change.Base, change.Change, change.Free, change.Action = s.public("/mandates/corner/1/change/2"), true, false, "/mandates/corner/1/change/2"
	change.Plan, change.Today, change.Used, change.Credit = s.planCards()[1], cny(25500), cny(4500), cny(120)
	change.Problem = s.say("Please agree to the terms first.", "请先同意条款。", "먼저 조건에 동의해 주세요.")
	had := plan
	had.HavePath = "/mandates/corner/1"
	active, late := s.mandateRow("active", s.say("Active", "生效中", "이용 중")), s.mandateRow("past_due", s.say("Payment failed", "扣款失败", "결제 실패"))
	return []Page{
		&OfferedPlans{Base: s.public("/plan/corner"), Nav: s.nav(), Rows: s.planCards(), MinePath: "/mandates/corner"},
		&OfferedPlans{Base: s.public("/plan/corner"), Nav: s.nav(), MinePath: "/mandates/corner"},
		&plan, &change, &had,
		&MyMandates{Base: s.public("/mandates/corner"), Nav: s.nav(), Rows: []MandateRow{active, late}, PlansPath: "/plan/corner"},
		&MyMandates{Base: s.public("/mandates/corner"), Nav: s.nav(), PlansPath: "/plan/corner"},
		&MandatePage{Base: s.public("/mandates/corner/1"), Nav: s.nav(), ListPath: "/mandates/corner", Path: "/mandates/corner/1", Row: active, Credit: cny(120), MayCancel: true, CancelAsk: s.say("It runs until 30 November 2026; nothing is charged any more.", "可用至 2026年11月30日，不会再扣款。", "2026년 11월 30일까지 이용하며 더는 결제되지 않습니다."), Changes: s.planCards()[1:], Periods: s.periodRows(), Consent: s.consent(), ConsentOn: day},
		&MandatePage{Base: s.public("/mandates/corner/1"), Nav: s.nav(), ListPath: "/mandates/corner", Path: "/mandates/corner/1", Row: late, Credit: cny(0), MayTry: true, MayCancel: true, Periods: s.periodRows(), Consent: s.consent(), ConsentOn: day},
	}
}

// planConsolePages are the members' side of plans.
func (s sampler) planConsolePages() []Page {
	editor := PlanEditor{Base: s.console("plans"), Action: "/console/corner/plans/1", Title: s.planCards()[0].Name, Name: s.planCards()[0].Name, Text: s.planCards()[0].Text, Amount: "90.00", First: "45.00", Count: "1", Anchor: "31", Trial: "7", Remind: "3",
		Units: []Option{option("day", s.say("days", "天", "일"), false), option("month", s.say("months", "个月", "개월"), true)}, MonthEnds: []Option{option("last", s.say("the last day", "当月最后一天", "그 달의 마지막 날"), true)},
		Endings: []Option{option("period_end", s.say("It runs until the end of what is paid", "可用至已付周期结束", "결제한 기간까지 이용"), true), option("refund", s.say("It ends at once, the days left are paid back", "立即结束并退还剩余天数", "바로 끝나고 남은 날 환불"), false)}}
	made, retired := editor, editor
	made.Title, made.Action = "", "/console/corner/plans/new"
	retired.Retired = true
	active := s.mandateRow("active", s.say("Active", "生效中", "이용 중"))
	return []Page{
		&Plans{Base: s.console("plans"), Revenue: cny(1_234_500), Running: 137, Rows: []PlanRow{{ID: "1", URL: "/console/corner/plans/1", Name: s.planCards()[0].Name, Price: s.planCards()[0].Price, State: "offered", StateText: s.say("Offered", "已上架", "판매 중")}}},
		&Plans{Base: s.console("plans"), Revenue: cny(0)},
		&editor, &made, &retired,
		&Mandates{Base: s.console("mandates"), Tabs: []Tab{{Label: s.say("All", "全部", "전체"), URL: "#", Count: -1, Here: true}, {Label: active.StateText, URL: "#", Count: 12}}, Rows: []MandateRow{active}},
		&Mandates{Base: s.console("mandates")},
		&Mandate{Base: s.console("mandates"), Row: active, Path: "/console/corner/mandates/1", Credit: cny(120), Periods: s.periodRows(), Consent: s.consent(), ConsentOn: s.say("23 September 2026", "2026年9月23日", "2026년 9월 23일"), MayCancel: true, Endings: editor.Endings},
	}
}
