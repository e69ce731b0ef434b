package templates

import "time"

func (s sampler) riskRow() RiskRow {
	return RiskRow{URL: "/console/corner/risk/a/payment:1", Kind: "payment", Name: s.people()[0].Name, Amount: cny(248000), Score: 871,
		Action: "hold", Review: "waiting", At: ago(4 * time.Minute),
		Why: s.say("A device this person has not used before; the amount is far above what this person usually pays", "此人未曾使用过的设备；金额远高于此人平常的消费", "이 사람이 처음 쓰는 기기입니다; 금액이 이 사람의 평소 결제 금액보다 훨씬 큽니다")}
}

func (s sampler) risks() *Risks {
	passed := RiskRow{URL: "#", Kind: "refund", Name: s.people()[1].Name, Amount: cny(1980), Score: 12, Action: "allow", Label: "genuine", At: ago(time.Hour)}
	stepped := RiskRow{URL: "#", Kind: "pin", Name: s.people()[2].Name, Score: 611, Action: "step_up", At: ago(2 * time.Hour), Why: s.say("About 4 wrong PINs today", "今天约输错密码 4 次", "오늘 비밀번호를 약 4번 틀렸습니다")}
	return &Risks{Base: s.console("risk"), List: "waiting", Rows: []RiskRow{s.riskRow(), stepped, passed}, Pager: Pager{Next: "#"},
		Tabs: []Tab{{Label: s.say("Waiting", "待审核", "대기 중"), URL: "#", Count: 1, Here: true}, {Label: s.say("Latest", "最近", "최근"), URL: "#", Count: -1}}}
}

func (s sampler) risk() *Risk {
	row := s.riskRow()
	return &Risk{Base: s.console("risk/a/payment:1"), RiskRow: row, Path: row.URL, Attempt: "01JD3K5T8V9W2X4Y6Z7A8B9C0D01", Outcome: "open", PersonURL: "#", MayReview: true,
		Reasons: []RiskReason{{Text: row.Why, Points: 402, Share: 46}, {Text: s.say("It empties most of the wallet", "几乎取空钱包", "지갑을 거의 비웁니다"), Points: 269, Share: 31, Rare: true},
			{Text: s.say("An unusually large transfer to somebody new", "向新收款人转出异常大额", "새 수취인에게 평소보다 큰 송금"), Points: 200, Share: 23, Rule: s.say("Large and new", "大额且新", "큰 금액, 새 수취인")}},
		Signals: [][2]string{{s.say("New device (0 to 1)", "新设备（0 到 1）", "새 기기(0~1)"), "1"}, {s.say("Amount above this person's usual (deviations)", "金额高于本人平常水平（标准差）", "본인의 평소보다 큰 금액(표준편차)"), "4.2"}}}
}

func (s sampler) riskTrial() *RiskTrial {
	return &RiskTrial{Attempts: 2000, Applies: s.say("This rule applies to 14 of them: 6 known fraud, 1 known genuine.", "这条规则命中其中 14 次：已知欺诈 6 次，已知正常 1 次。", "이 규칙은 그중 14건에 해당합니다: 확인된 사기 6건, 확인된 정상 1건."),
		Rows: []RiskTrialRow{{"allow", 1961, 1955, 2, 31}, {"step_up", 22, 20, 0, 2}, {"hold", 12, 18, 3, 1}, {"block", 5, 7, 4, 0}}}
}

func (s sampler) riskRules() *RiskRules {
	return &RiskRules{Base: s.console("risk/rules"), Version: 3, StepUp: "250", Hold: "750", Block: "970", Trial: s.riskTrial(), Rows: []RiskRuleRow{
		{URL: "#", Name: s.say("A pay code is used a second time", "付款码被再次使用", "결제 코드가 다시 사용됨"), When: []string{s.say("Earlier uses of this pay code at least 1", "此付款码此前的使用次数 不低于 1", "이 결제 코드의 이전 사용 수 이상 1")}, Kinds: []string{"payment"}, Weight: 300, Action: "hold", Enabled: true},
		{URL: "#", Name: s.say("Large to a new payee", "大额转给新收款人", "새 수취인에게 큰 송금"), When: []string{s.say("New payee (0 to 1) at least 0.9", "新收款人（0 到 1） 不低于 0.9", "새 수취인(0~1) 이상 0.9"), s.say("Amount at least 500", "金额 不低于 500", "금액 이상 500")}, Weight: 100},
	}}
}

func (s sampler) riskRule() *RiskRuleEditor {
	signals := []Option{option("speed", s.say("Travel speed (km/h)", "移动速度（公里/小时）", "이동 속도(km/h)"), true), option("amount", s.say("Amount", "金额", "금액"), false)}
	compare := []Option{option("at_least", s.say("at least", "不低于", "이상"), true), option("below", s.say("below", "低于", "미만"), false)}
	return &RiskRuleEditor{Base: s.console("risk/rules/r/speed"), ID: "speed", Path: "/console/corner/risk/rules/r/speed", Version: 3, Title: s.say("Faster than a plane", "比飞机还快", "비행기보다 빠름"),
		Names: Localized{"en": "Faster than a plane", "zh": "比飞机还快", "ko": "비행기보다 빠름"}, Weight: "300", Enabled: true, Trial: s.riskTrial(),
		Kinds:   []Option{option("payment", s.say("Payment", "付款", "결제"), true), option("refund", s.say("Refund", "退款", "환불"), false)},
		Actions: []Option{option("step_up", s.say("Ask for the PIN", "要求验证密码", "비밀번호 요청"), true), option("block", s.say("Block", "拦截", "차단"), false)},
		When:    []RiskCondition{{Signals: signals, Compare: compare, Value: "1100"}, {Signals: signals, Compare: compare}}}
}
