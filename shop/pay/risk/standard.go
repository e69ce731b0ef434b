package risk

// StandardPolicy is what an account begins with.
func StandardPolicy() Policy {
	return Policy{Rules: standardRules(), Thresholds: Thresholds{StepUp: 250, Hold: 750, Block: 970}}
}

func names(en, zh, ko string) map[string]string {
	return map[string]string{"en": en, "zh": zh, "ko": ko}
}

func atLeast(signal Signal, value float64) Condition { return Condition{signal, AtLeast, value} }

func standardRules() []Rule {
	return []Rule{
		{ID: "code-used-again", Enabled: true, Names: names("A pay code is used a second time", "付款码被再次使用", "결제 코드가 다시 사용됨"),
			Kinds: []Kind{Payment}, When: []Condition{atLeast(CodeUses, 0.9)}, Weight: 300, Action: Hold},
		{ID: "impossible-speed", Enabled: true, Names: names("Faster than a plane between two places", "两地之间的移动速度超过飞机", "비행기보다 빠른 이동"),
			Kinds: []Kind{Payment, Transfer}, When: []Condition{atLeast(Speed, 1100)}, Weight: 300, Action: StepUp},
		{ID: "pin-guessed", Enabled: true, Names: names("Five wrong PINs in a day", "一天内五次输错密码", "하루에 비밀번호를 다섯 번 틀림"),
			Kinds: []Kind{PIN}, When: []Condition{atLeast(WrongPINs, 4.5)}, Weight: 400, Action: Block},
		{ID: "pin-guessed-on-device", Enabled: true, Names: names("One device guesses the PINs of several people", "同一设备猜测多人的密码", "한 기기에서 여러 사람의 비밀번호를 추측"),
			Kinds: []Kind{PIN}, When: []Condition{atLeast(DeviceWrongPINs, 5), atLeast(DevicePeople, 3)}, Weight: 400, Action: Block},
		{ID: "large-to-new-payee", Enabled: true, Names: names("An unusually large transfer to somebody new", "向新收款人转出异常大额", "새 수취인에게 평소보다 큰 송금"),
			Kinds: []Kind{Transfer}, When: []Condition{atLeast(PayeeNew, 0.9), atLeast(AmountUnusual, 4)}, Weight: 100, Action: StepUp},
		{ID: "refunds-too-often", Enabled: true, Names: names("Refunds again and again within days", "几天内反复退款", "며칠 사이 반복되는 환불"),
			Kinds: []Kind{Refund}, When: []Condition{atLeast(Refunds, 2.5), atLeast(RefundsToday, 1.2)}, Weight: 250, Action: Hold},
		{ID: "many-small-tries", Enabled: true, Names: names("Many small attempts within minutes", "几分钟内多次小额尝试", "몇 분 사이 소액 시도가 많음"),
			Kinds: []Kind{Payment, TopUp}, When: []Condition{atLeast(SmallRecently, 5)}, Weight: 300, Action: StepUp},
		{ID: "coupons-on-one-device", Enabled: true, Names: names("Several people use coupons on one device", "多人在同一设备上使用优惠券", "여러 사람이 한 기기에서 쿠폰 사용"),
			Kinds: []Kind{Payment}, When: []Condition{atLeast(WithCoupon, 1), atLeast(DeviceCoupons, 3), atLeast(DevicePeople, 3)}, Weight: 250, Action: Hold},
	}
}
