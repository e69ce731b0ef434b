package templates

import (
	"slices"
	"time"
)

// pages is every page with something on it.
func (s sampler) pages() []Page {
	return slices.Concat(
		s.doorPages(),
		s.consolePages(),
		s.sendingPages(),
		s.sellingPages(),
		s.deliveryPages(),
		s.guestPages(),
		s.boughtPages(),
		s.saleCodePages(),
		s.kindPages(),
		s.mandatePages(),
		s.planConsolePages(),
		s.settingsPages(),
		s.publicPages(),
		s.ratePages(),
		s.limitPages(),
		s.devicePages(),
		s.pinPages(),
		s.friendsPages(),
	)
}

func (s sampler) doorPages() []Page {
	door := Base{Language: s.language, CSRF: "token", Here: "/console/sign-in"}
	wrong := door
	wrong.Flash = &Flash{Kind: "bad", Text: s.say("This email and password don’t belong together.", "邮箱和密码不匹配。", "이메일과 비밀번호가 맞지 않습니다.")}
	account := door
	account.Errors = map[string]string{"slug": s.say("This name is taken.", "该名称已被占用。", "이미 사용 중인 이름입니다.")}
	return []Page{
		&SignIn{Base: wrong, Email: "mei@corner.example"},
		&OneTimeLink{Base: door, Purpose: "invite", Email: "mei@corner.example", AskPassword: true, Token: "t"},
		&ChooseAccount{Base: door, Accounts: s.console("").Member.Accounts},
		&NewAccount{Base: account, Name: s.shop().Name, Slug: "corner", Kinds: []Option{{Value: "merchant", Label: s.say("Merchant", "商家", "판매자"), Hint: s.say("Chat, campaigns, a shop", "聊天、群发、商城", "채팅, 캠페인, 상점"), Chosen: true}, {Value: "agency", Label: s.say("Public service", "公共机构", "공공기관"), Hint: s.say("Notices with approval", "需审批的公告", "승인이 필요한 공지")}},
			Languages: []Option{option("zh", "简体中文", true)}, Zones: []Option{option("Asia/Seoul", "Asia/Seoul", true)}, Currencies: []Option{option("CNY", "CNY", true)}},
	}
}

func (s sampler) consolePages() []Page {
	c := s.console
	overview := &Overview{Base: c(""), FollowURL: "https://plaza.example/q/FOLLOW22", ChatURL: "/chat/corner",
		Tiles: []Tile{{Key: "subscribers", Value: "1,204", Note: s.say("+12 today", "今日 +12", "오늘 +12"), Trend: []int64{2, 4, 3, 6, 8, 7, 12}, URL: "#"}, {Key: "messages", Value: "318", Trend: []int64{20, 34, 28, 41, 39, 52, 61}, URL: "#"}, {Key: "conversations", Value: "7", Note: s.say("3 unread", "3 条未读", "읽지 않음 3"), URL: "#"}, {Key: "orders", Value: "26", Trend: []int64{5, 9, 4, 8, 11, 9, 14}, URL: "#"}, {Key: "revenue", Value: cny(184640).In(s.language), Trend: []int64{300, 500, 200, 700, 900, 800, 1300}, URL: "#"}},
		Feed:  []FeedEntry{{At: ago(time.Minute), Icon: "message", Text: s.say("Jisoo Kim: Is there still bread?", "金智秀：还有面包吗？", "김지수: 빵 아직 있나요?"), URL: "#"}, {At: ago(6 * time.Minute), Icon: "pay", Text: s.say("Order 1123-7KQ2 was paid: CN¥64.80", "订单 1123-7KQ2 已付款：¥64.80", "주문 1123-7KQ2 결제 완료: CN¥64.80"), URL: "#"}, {At: ago(9 * time.Minute), Icon: "follow", Text: s.say("Wang Fang follows you on WeChat", "王芳在微信关注了您", "왕팡 님이 위챗에서 구독했습니다"), URL: "#"}, {At: ago(14 * time.Minute), Icon: "scan", Text: s.say("“Shop window” was scanned", "“橱窗”被扫描", "“매장 창문” 코드가 스캔되었습니다"), URL: "#"}},
		Steps: []Step{{Key: "profile", Done: true, URL: "#"}, {Key: "scan", Done: true, URL: "#"}, {Key: "rule", URL: "#"}, {Key: "product", URL: "#"}, {Key: "campaign", URL: "#"}}}
	people := s.people()
	line := func(i int, summary string, unread int, here bool) ConversationLine {
		return ConversationLine{ID: people[i].ID, URL: "/console/corner/inbox/c/" + people[i].ID, Name: people[i].Name, Channel: people[i].Channel, Summary: summary, At: ago(time.Duration(i*i*7+1) * time.Hour / 2), Unread: unread, Here: here, FromThem: unread > 0}
	}
	lines := []ConversationLine{line(0, s.say("I’ll take one, and two litres of milk if there is some left", "来一个，如果还有的话再来两升牛奶", "하나 주세요, 우유도 있으면 2리터요"), 2, true), line(1, s.say("Thank you!", "谢谢！", "감사합니다!"), 1, false), line(2, s.say("We open at seven.", "我们七点开门。", "7시에 엽니다."), 0, false)}
	tabs := []Tab{{Label: s.say("Open", "进行中", "진행 중"), URL: "#", Count: 7, Here: true}, {Label: s.say("Mine", "我的", "내 대화"), URL: "#", Count: 1}, {Label: s.say("Closed", "已结束", "종료"), URL: "#", Count: -1}}
	inbound := []InboundRow{{ID: "i1", URL: "#", At: ago(time.Minute), Channel: "wechat", Kind: "text", Name: people[1].Name, Answer: "answered"}, {ID: "i2", URL: "#", At: ago(time.Hour), Channel: "webchat", Kind: "press", Name: people[0].Name, Answer: "failed"}}
	down := []Outage{{Retry: "#", Text: s.say("LINE has not answered since 14:05. 230 messages wait; next try 14:07.", "LINE 自 14:05 起没有响应。230 条消息等待发送；下次尝试：14:07。", "LINE이 14:05부터 응답하지 않습니다. 메시지 230건이 대기 중이며 14:07에 다시 시도합니다.")}}
	overview.Outages = down
	undelivered := &Undelivered{Base: c("outbox"), List: "uncertain", Outages: down,
		Tabs: []Tab{{Label: s.say("May have arrived", "可能已送达", "도착 여부 불명"), URL: "#", Count: 2, Here: true}, {Label: s.say("Failed", "失败", "실패"), URL: "#", Count: 5}, {Label: s.say("Decided", "已处理", "처리됨"), URL: "#", Count: -1}},
		Rows: []UndeliveredRow{
			{ID: "m1", At: ago(4 * time.Minute), Name: people[0].Name, URL: "#", Channel: "wechat", State: "uncertain", Summary: s.say("Yes, two loaves are left for you.", "有的，还给您留了两条。", "네, 두 개 남겨 두었습니다."), Reason: s.say("The platform did not say whether it took the message.", "平台没有说明是否收到该消息。", "플랫폼이 메시지를 받았는지 알려 주지 않았습니다.")},
			{ID: "m2", At: ago(time.Hour), Name: people[1].Name, URL: "#", Channel: "wechat", State: "failed", Campaign: true, Summary: s.say("Bread at four", "四点面包出炉", "4시 갓 구운 빵"), Reason: s.say("The person has left.", "对方已取消关注。", "상대방이 구독을 취소했습니다.")},
			{ID: "m3", At: ago(2 * time.Hour), Name: people[2].Name, URL: "#", Channel: "wechat", State: "uncertain", Decision: "sent_again", Summary: "…", Reason: "…"},
		}, Pager: Pager{Next: "#"}}
	return []Page{
		overview,
		undelivered,
		&Inbox{Base: c("inbox"), Tabs: tabs, Conversations: lines, Open: &Conversation{RequestPath: "#", Requests: []RequestRow{{What: s.say("Delivery", "运费", "배송비"), State: "open", Amount: cny(2500), CancelPath: "#"}, {What: s.say("Repair", "维修", "수리"), State: "paid", Amount: cny(8000)}}, ID: people[0].ID, Path: lines[0].URL, State: "open", Person: s.kim(), Messages: s.messages(), Earlier: "#", Key: "k", SendUntil: now.Add(20 * time.Hour), SendLeft: 4}},
		&InboundList{Base: c("inbound"), Rows: inbound, Shown: &inbound[0], Parts: [][2]string{{"MsgType", "text"}, {"MsgId", "23019827364512"}}, Body: "<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content></xml>", Pager: Pager{Next: "#"}},
		&Subscribers{Base: c("subscribers"), Total: 1204, Rows: people, Tags: []Option{{Value: "vip", Label: "VIP", Hint: "38"}}, Channels: []Option{option("webchat", s.say("Web chat", "网页聊天", "웹 채팅"), false)}, Pager: Pager{First: "#", Next: "#"}},
		&Subscriber{Base: c("subscribers/1"), Person: s.kim(), Remark: s.kim().Remark, Languages: []Option{option("ko", "한국어", true)}, Promotions: true, Notices: true, Attributes: [][2]string{{s.say("size", "尺码", "사이즈"), "M"}}, Balance: cny(12000).In(s.language), GrantAllowed: true, PIN: &SubscriberPIN{Set: true, Locked: true, Tries: 3, From: now.Add(20 * time.Hour), MayHelp: true}, ConversationURL: "#", KnownTags: []string{"VIP"}},
	}
}

func (s sampler) sendingPages() []Page {
	c := s.console
	bread := s.say("Bread at four", "四点面包出炉", "4시 갓 구운 빵")
	rules := []RuleRow{{ID: "r1", URL: "/console/corner/rules/r1", Name: s.say("Greeting", "欢迎语", "환영 인사"), Trigger: "follow", Answer: s.say("Hello, {{name|friend}}!", "您好，{{name|朋友}}！", "{{name|고객}} 님, 안녕하세요!"), Answers: 2, Enabled: true}, {ID: "r2", URL: "/console/corner/rules/r2", Name: s.say("Opening hours", "营业时间", "영업시간"), Trigger: "keyword", Words: []string{s.say("open", "营业", "영업"), s.say("hours", "几点", "시간")}, Answer: s.say("Every day from 7 to 23.", "每天 7 点到 23 点。", "매일 7시~23시."), Answers: 1, Enabled: true}, {ID: "r3", URL: "/console/corner/rules/r3", Name: s.say("Anything else", "其他", "그 밖의 경우"), Trigger: "default", Answer: "…", Answers: 1}}
	campaigns := []CampaignRow{{ID: "c1", URL: "#", Name: bread, State: "sending", Audience: s.say("Everybody", "所有人", "전체"), At: ago(2 * time.Minute), Total: 1204, Done: 830, Failed: 4}, {ID: "c2", URL: "#", Name: s.say("Monday coffee", "周一咖啡", "월요일 커피"), State: "scheduled", Audience: s.say("Tag “regular”", "标签“常客”", "태그 “단골”"), Repeats: s.say("Mondays at 9:00", "每周一 9:00", "매주 월요일 9:00")}, {ID: "c3", URL: "#", Name: s.say("Grand opening", "开业庆典", "개업 행사"), State: "done", Audience: s.say("Everybody", "所有人", "전체"), At: ago(400 * time.Hour), Total: 980, Done: 980}}
	tabs := []Tab{{Label: s.say("All", "全部", "전체"), URL: "#", Count: 3, Here: true}, {Label: s.say("Sending", "发送中", "보내는 중"), URL: "#", Count: 1}, {Label: s.say("Done", "已完成", "완료"), URL: "#", Count: 1}}
	codes := []CodeRow{{ID: "7KQ2M4TX", URL: "/console/corner/codes/7KQ2M4TX", Label: s.say("Shop window", "橱窗", "매장 창문"), Kind: "follow", Link: "https://plaza.example/q/7KQ2M4TX", Target: "/chat/corner", Scans: 412, Visitors: 318, State: "active"}, {ID: "M4TX7KQ2", URL: "#", Label: s.say("Summer flyer", "夏季传单", "여름 전단지"), Kind: "coupon", Link: "https://plaza.example/q/M4TX7KQ2", Target: "/shop/corner?coupon=SUMMER", Scans: 96, Visitors: 90, State: "expired", Expires: ago(900 * time.Hour)}}
	content := Answer{Text: s.say("Dear {{name}}, today only: the second loaf for half.", "{{name}}，仅限今日：第二个半价。", "{{name}} 님, 오늘만 두 번째 빵은 반값이에요."), Title: bread, Image: Picture{ID: "p", URL: "/pictures/bread"}, URL: "https://plaza.example/shop/corner", Button: s.say("To the shop", "去商城", "상점 가기"), Code: "7KQ2M4TX"}
	codeOptions := []Option{option("7KQ2M4TX", codes[0].Label, false)}
	notices := []NoticeRow{{ID: "n1", URL: "#", Title: s.notices()[0].Title, State: "published", Author: s.say("Mei", "林美", "미"), Approver: s.say("Chen", "陈", "첸"), At: ago(2 * time.Hour)}, {ID: "n2", URL: "#", Title: s.notices()[1].Title, State: "draft", Author: s.say("Mei", "林美", "미"), At: ago(3 * time.Hour)}}
	return []Page{
		&Rules{Base: c("rules"), Rows: rules, Test: &RuleTest{Text: s.say("When do you open?", "几点开门？", "몇 시에 열어요?"), Out: s.messages()[1:2]}},
		s.menus(), s.alimtalk(), s.noticeTemplate(), s.numbers(),
		&RuleEditor{Base: c("rules/r2"), ID: "r2", Action: "/console/corner/rules/r2", Name: rules[1].Name, Triggers: s.triggers(), Matches: []Option{option("contains", s.say("contains", "包含", "포함"), true)}, Words: "open\nhours", Enabled: true, Answers: []Answer{{Form: "text", Text: rules[1].Answer}, {Form: "card", Title: bread, Text: content.Text, Image: content.Image}}, Placeholders: s.placeholders(), Codes: codeOptions, Products: []Option{option("p1", s.products()[0].Name, false)}},
		&Campaigns{Base: c("campaigns"), Tabs: tabs, Rows: campaigns},
		&CampaignEditor{Base: c("campaigns/new"), Action: "/console/corner/campaigns/new", Name: bread, Content: content, Audiences: []Option{option("all", s.say("Everybody", "所有人", "전체"), true), option("tag", s.say("A tag", "按标签", "태그"), false), option("channel", s.say("A channel", "按渠道", "채널"), false)}, Estimate: 1204, Ways: []Option{{Label: s.say("As single messages", "逐条发送", "한 명씩 보내기"), Hint: s.say("On WeChat, only who has written lately gets it: 41 now.", "微信公众号上只有近期发过消息的人能收到：目前 41 人。", "위챗에서는 최근에 메시지를 보낸 사람만 받습니다: 현재 41명."), Chosen: true}, {Value: "mass", Label: s.say("As a mass message", "群发消息", "단체 메시지로 보내기"), Hint: s.say("Everybody on WeChat: about 920.", "微信公众号上的所有人：约 920 人。", "위챗의 모두에게: 약 920명.")}}, WayNotes: []string{s.say("WeChat lets each person get 4 mass messages a month. Used this month: 1.", "微信公众号每月最多向每人群发 4 次，本月已用 1 次。", "위챗에서는 한 사람이 한 달에 단체 메시지를 4번까지 받습니다. 이번 달 사용: 1번.")}, When: []Option{option("now", s.say("Now", "立即", "지금"), false), option("at", s.say("At a time", "定时", "예약"), false), option("cron", s.say("Again and again", "重复", "반복"), true)}, Cron: "0 9 * * 1", NextRuns: []time.Time{now.Add(24 * time.Hour), now.Add(192 * time.Hour)}, Codes: codeOptions, Placeholders: s.placeholders()},
		&Campaign{Base: c("campaigns/c1"), Row: campaigns[0], Path: "/console/corner/campaigns/c1", Actions: []string{"pause", "cancel"}, Progress: Progress{Total: 1204, Sent: 826, Delivered: 801, Read: 412, Failed: 4, Pending: 374, PerSecond: 210, Started: ago(2 * time.Minute)}, Content: s.messages()[5:6], Way: s.say("As a mass message", "群发消息", "단체 메시지로 보내기"), Mass: []MassRow{{Channel: "wechat", Run: "r1", Calls: 2, Told: 2, Total: 920, Sent: 911, Filtered: 6, Failed: 3, Retractable: true}}, Previews: []Option{option("wechat", s.say("WeChat", "微信公众号", "위챗"), true)}, CodeURL: "#", Scans: 38, Tabs: tabs, Deliveries: []DeliveryRow{{Name: s.say("Known by the number alone", "仅知号码", "번호만 등록"), URL: "#", Channel: "phone", State: "delivered", Reason: s.say("As a short message instead", "改发短信", "문자로 대체 발송"), At: ago(time.Minute)}, {Name: s.kim().Name, URL: "#", Channel: "webchat", State: "read", At: ago(time.Minute)}, {Name: "Alexandra F.", URL: "#", Channel: "wechat", State: "failed", Reason: s.say("The person has blocked the account.", "对方已拉黑账号。", "상대방이 계정을 차단했습니다."), At: ago(time.Minute)}}},
		&Notices{Base: c("notices"), Tabs: tabs, Rows: notices},
		&NoticeEditor{Base: c("notices/n2"), ID: "n2", Action: "/console/corner/notices/n2", State: "draft", Author: s.say("Mei", "林美", "미"), TitleIn: Localized{"en": "Library opens on Sundays", "zh": "图书馆周日开放", "ko": "도서관 일요일 개관"}, Body: Localized{"en": "From December on."}, MayEdit: true, MayApprove: true, Estimate: 5210},
		&Codes{Base: c("codes"), Rows: codes, Kinds: []Option{option("link", s.say("Link", "链接", "링크"), true)}},
		&Code{Base: c("codes/7KQ2M4TX"), Row: codes[0], Scenes: []SceneCode{{Channel: "wechat", Link: "http://weixin.qq.com/q/02AbCdEfGh", Until: now.Add(480 * time.Hour), Number: "17", Lives: []Option{option("0", s.say("For ever", "永久", "계속"), false), option("30", s.say("For 30 days", "30 天", "30일"), true)}}, {Channel: "telegram"}}, Follows: 61, Trend: []int64{3, 9, 12, 8, 22, 30, 28}, Days: []DayScan{{Day: now, Scans: 28, Visitors: 25}, {Day: ago(24 * time.Hour), Scans: 30, Visitors: 22}}},
		&CodeSheet{Base: c("codes/sheet"), Rows: codes},
	}
}

func (s sampler) triggers() []Option {
	return []Option{option("follow", s.say("Somebody follows", "新关注", "구독 시작"), false), option("keyword", s.say("Words", "关键词", "키워드"), true), option("scan", s.say("A code is scanned", "扫码", "코드 스캔"), false), option("press", s.say("A button is pressed", "点击按钮", "버튼 누름"), false), option("default", s.say("Nothing else fits", "默认", "그 밖의 경우"), false)}
}

func (s sampler) menus() *Menus {
	actions := func(chosen string) []Option {
		return []Option{option("press", s.say("answers by a rule", "触发规则", "규칙으로 답하기"), chosen == "press"), option("open", s.say("opens a page", "打开网页", "페이지 열기"), chosen == "open"), option("program", s.say("opens a mini program", "打开小程序", "미니 프로그램 열기"), chosen == "program")}
	}
	entry := func(name string, place int, label, action, value string) MenuEntryForm {
		return MenuEntryForm{Name: name, Place: place, Label: label, Action: action, Actions: actions(action), Value: value}
	}
	form := func(n string, everybody bool, labels ...string) MenuForm {
		m := MenuForm{N: n, Everybody: everybody, Languages: []Option{option("ko", "한국어", false)}, Systems: []Option{option("ios", "iPhone", false)}}
		for i := range 3 {
			name := "menus." + n + ".entries." + string(rune('0'+i))
			e := entry(name, i+1, "", "press", "")
			if i < len(labels) {
				e = entry(name, i+1, labels[i], "open", "/shop/corner")
			}
			for j := range 5 {
				label := ""
				if everybody && i == 1 && j < 2 {
					label = labels[j]
				}
				e.Below = append(e.Below, entry(name+".entries."+string(rune('0'+j)), j+1, label, "press", ""))
			}
			m.Entries = append(m.Entries, e)
		}
		return m
	}
	some := form("1", false, s.say("For regulars", "常客专享", "단골 전용"))
	some.Tag = s.say("regular", "常客", "단골")
	some.Entries[0].Action, some.Entries[0].Actions = "program", actions("program")
	return &Menus{Base: s.console("menus"), Version: 3, Menus: []MenuForm{form("0", true, s.say("Shop", "商城", "상점"), s.say("Service", "服务", "서비스"), s.say("About us", "关于我们", "소개")), some}, Blank: form("__n__", false),
		Channels: []MenuChannel{{Name: "wechat", State: "failed", At: ago(time.Hour), Problem: s.say("WeChat takes at most five characters: “Opening hours” is too long.", "微信一级菜单最多五个汉字：“营业时间查询”过长。", "위챗 메뉴 이름이 너무 깁니다."), Old: true}, {Name: "telegram", State: "published", At: ago(time.Minute), LeftOut: 1},
			{Name: "line", State: "published", At: ago(time.Minute), Round: &MenuRound{Seen: 41_000, Given: 1_240}}}, Tags: []string{"VIP"}}
}
