package templates

import "time"

func (s sampler) alimtalk() *Alimtalk {
	order, news := s.say("Order paid", "订单已付款", "주문 결제 완료"), s.say("Notice of the city", "市政公告", "시청 공지")
	use := func(name, chosen string, variables ...NoticeVariable) NoticeUse {
		return NoticeUse{Name: name, Templates: []Option{option("PAID", order, chosen == "PAID"), option("NEWS", news, chosen == "NEWS")}, Variables: variables}
	}
	variable := func(field, name, part string) NoticeVariable {
		parts := []Option{}
		for _, p := range []string{"number", "total", "title", "text", "link"} {
			parts = append(parts, option(p, p, p == part))
		}
		return NoticeVariable{Field: field, Name: name, Parts: parts}
	}
	return &Alimtalk{Base: s.console("alimtalk"), Dealer: true, SMS: "02-1234-5678", ConnectURL: "/console/corner/settings/channels/kakao",
		Templates: []NoticeTemplateRow{
			{Code: "PAID", Name: order, URL: "/console/corner/alimtalk/templates/PAID", State: "approved", At: ago(time.Hour)},
			{Code: "NEWS", Name: news, URL: "/console/corner/alimtalk/templates/NEWS", State: "rejected", Comment: s.say("The button's link has to begin with your own domain.", "按钮链接须以您的域名开头。", "버튼 링크는 고정 도메인으로 시작해야 합니다."), At: ago(time.Hour)},
			{Code: "CODE", Name: s.say("Code", "验证码", "인증번호"), URL: "/console/corner/alimtalk/templates/CODE", State: "inspected", At: ago(time.Hour)}},
		Uses:      []NoticeUse{use("order", ""), use("receipt", "PAID", variable("receipt.variables.0", "주문번호", "number"), variable("receipt.variables.1", "결제금액", "total")), use("notice", "NEWS", variable("notice.variables.0", "제목", "title")), use("code", "")},
		Fallbacks: []Option{option("length", s.say("Short or long message, by length", "按长度发送短信或长短信", "길이에 따라 SMS 또는 LMS"), true), option("none", s.say("Nothing", "不发送", "보내지 않음"), false)},
		TitleLine: s.say("Corner Store", "街角便利店", "골목 편의점"), Monthly: "1000", Month: NoticeMonth{Handed: 412, Delivered: 380, Replaced: 21, Failed: 9, Lost: 2, Limit: 1000},
		Sent: []SentNotice{
			{At: ago(time.Minute), Template: "NEWS", Use: "notice", To: s.say("Number alone", "仅号码", "번호만 등록"), State: "delivered"},
			{At: ago(5 * time.Minute), Template: "PAID", Use: "receipt", To: s.say("Subscriber", "订阅者", "구독자"), URL: "/console/corner/subscribers/2", State: "replaced"},
			{At: ago(time.Hour), Template: "PAID", To: s.say("Number alone", "仅号码", "번호만 등록"), State: "failed", Reason: "MRC02 실패"}}}
}

func (s sampler) noticeTemplate() *NoticeTemplate {
	return &NoticeTemplate{Base: s.console("alimtalk/templates/PAID"), Path: "/console/corner/alimtalk/templates/PAID",
		Row:       NoticeTemplateRow{Code: "PAID", Name: s.say("Order paid", "订单已付款", "주문 결제 완료"), State: "approved", Comment: s.say("Checked.", "已审核。", "검수했습니다.")},
		Variables: []NoticeValue{{"v.0", "결제금액", "₩12,000"}, {"v.1", "주문번호", ""}}, Text: "주문 #{주문번호}번,\n₩12,000 결제되었습니다.\n감사합니다.",
		Buttons: []NoticeButton{{Label: "주문 보기", URL: "https://corner.example/#{경로}"}}, Problem: s.say("The template needs a value for 주문번호.", "模板缺少 주문번호 的值。", "템플릿에 주문번호 값이 필요합니다.")}
}

func (s sampler) numbers() *Numbers {
	return &Numbers{Base: s.console("numbers"), Typed: NumberForm{Orders: true, Notices: true}, Left: []string{s.say("Line 4: this is not a mobile number.", "第 4 行：不是手机号码。", "4번째 줄: 휴대폰 번호가 아닙니다.")},
		Rows: []NumberRow{
			{ID: "corner:kakao:u1", Number: "010-****-5678", Name: s.say("Jisoo Kim", "金智秀", "김지수"), URL: "/console/corner/subscribers/2", Orders: true, Notices: true, Themselves: true, At: ago(time.Hour)},
			{ID: "corner:phone:ab", Number: "010-****-0000", Notices: true, Reason: s.say("Paper form at the counter", "柜台纸质表格", "창구 서면 동의"), By: s.say("Mei Lin", "林美", "임미"), At: ago(48 * time.Hour)}}}
}
