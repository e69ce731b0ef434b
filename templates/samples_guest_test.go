package templates

import "time"

// guestPages are those that nobody is known on.
func (s sampler) guestPages() []Page {
	courier, express := s.say("Courier, 2–3 days", "快递 2–3 天", "택배 2~3일"), s.say("Express, today", "当日达", "오늘 도착")
	bill := Pay{Base: s.public("/bill/1"), Path: "/bill/1", Guest: true, State: "pending", About: s.orderNumber(), Bought: s.bought(), Total: cny(5980), Enough: true, Until: now.Add(12 * time.Minute), Key: "k",
		Every: 4, Providers: []Option{option("kakaopay", s.say("KakaoPay", "KakaoPay", "카카오페이"), true), option("alipay", s.say("Alipay", "支付宝", "알리페이"), false)}}
	paid := Pay{Base: s.public("/bill/2"), Path: "/bill/2", Guest: true, State: "paid", About: s.orderNumber(), Bought: s.bought(), Total: cny(5980),
		Paid: &PaidLine{Number: "R-20261128-7KQ2M9XAPW", Method: "kakaopay", Reference: "01KQ2M4TX7YQE8H2D5W9CABCDE01", At: ago(time.Minute)}}
	deliver := Deliver{Base: s.public("/deliver/1"), Path: "/deliver/1", Lines: s.items(), Goods: cny(6480), Discount: cny(500), Shipping: cny(0), Total: cny(5980),
		Country: "KR", Countries: []Option{option("CN", s.say("China", "中国", "중국"), false), option("KR", s.say("South Korea", "韩国", "대한민국"), true)}, Fields: []AddressField{
			{Name: "name", Label: s.say("Name", "收货人", "받는 사람"), Autocomplete: "name"},
			{Name: "postcode", Label: s.say("Postcode", "邮政编码", "우편번호"), Hint: "06164", Autocomplete: "postal-code"},
			{Name: "detail", Label: s.say("Building, floor, door", "楼栋、楼层、房号", "상세 주소(동·호수)"), Optional: true, Autocomplete: "address-line2"}}}
	asked := deliver
	asked.Asked, asked.Shipping, asked.Total, asked.Taxes = true, cny(800), cny(6780), []TaxLine{{Rate: "13%", Tax: cny(780)}}
	asked.Ways = []WayChoice{{ID: "1", Name: courier, Cost: cny(800), Chosen: true}, {ID: "2", Name: express, Note: s.say("Ordered before noon", "中午前下单", "정오 전 주문"), Cost: cny(1800)}}
	goods := func(state string, given ...GivenLine) Page {
		return &Goods{Base: s.public("/goods/1"), Path: "/goods/1", Number: s.orders()[2].Number, State: state, Given: given}
	}
	return []Page{&bill, &paid, &deliver, &asked, goods("open"), goods("taken"), goods("over"), goods("held", s.recipes())}
}
