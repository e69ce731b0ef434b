package templates

import (
	"time"

	"plaza/money"
)

// bought has a coupon.
func (s sampler) bought() Bought {
	return Bought{Lines: s.items(), Goods: cny(6480), Discount: cny(500), Coupon: "WELCOME", Total: cny(5980), Taxes: []TaxLine{{Rate: "13%", Tax: cny(688)}}}
}

// collected costs nothing to deliver.
func (s sampler) collected() Bought {
	return Bought{Lines: s.items(), Goods: cny(6480), Way: s.say("Pick up", "到店自提", "방문 수령"), Shipping: cny(0), Total: cny(6480), Taxes: []TaxLine{{Rate: "13%", Tax: cny(745)}}}
}

// abroad has everything that can be bought with, and is paid in won.
func (s sampler) abroad() Bought {
	return Bought{Lines: s.items(), Goods: cny(6480), Discount: cny(500), Coupon: "WELCOME", Way: s.say("Courier, 2–3 days", "快递 2–3 天", "택배 2~3일"), Shipping: cny(800),
		Total: cny(6780), Taxes: []TaxLine{{Rate: "13%", Tax: cny(688)}, {Rate: "9%", Tax: cny(66)}}, Paid: money.Of(12917, "KRW"), Rate: "1 CNY = 190.52 KRW (2026-11-27, " + s.say("European Central Bank", "欧洲中央银行", "유럽중앙은행") + ")"}
}

// boughtPages show what was bought where its buyer pays in another currency.
func (s sampler) boughtPages() []Page {
	p, refunded := s.public, s.abroad()
	refunded.Refunded = cny(1800)
	kakaoPay := option("kakaopay", s.say("KakaoPay", "KakaoPay", "카카오페이"), true)
	return []Page{
		&Pay{Base: p("/pay/1"), Nav: s.nav(), Path: "/pay/1", State: "pending", About: s.orderNumber(), Bought: s.abroad(), Total: s.abroad().Paid, Providers: []Option{kakaoPay}, Enough: true, Until: now.Add(12 * time.Minute), Key: "k", Open: "#"},
		&Pay{Base: p("/pay/1"), Nav: s.nav(), Path: "/pay/1", State: "pending", About: s.orderNumber(), Bought: s.collected(), Total: s.collected().Total, Providers: []Option{option("alipay", s.say("Alipay", "支付宝", "알리페이"), true), {Value: "telegrampay", Label: s.say("Card", "银行卡", "카드"), Hint: "US$9.27 · 1 CNY = 0.1430 USD (2026-11-27, " + s.say("European Central Bank", "欧洲中央银行", "유럽중앙은행") + ")"}}, Enough: true, Key: "k",
			NotOffered: s.say("Paying in KRW isn't offered at the moment: the shop's exchange rate is from 2026-11-12 and too old to be used.", "暂不提供 KRW 支付：商家的汇率日期为 2026-11-12，已过期。", "지금은 KRW 결제를 이용할 수 없습니다. 상점의 환율이 2026-11-12 기준이어서 더는 쓸 수 없습니다.")},
		&Pay{Base: p("/bill/3"), Path: "/bill/3", Guest: true, State: "paid", About: s.orderNumber(), Bought: s.abroad(), Total: s.abroad().Paid,
			Paid: &PaidLine{Number: "R-20261128-7KQ2M9XAPW", Method: "kakaopay", Reference: "01KQ2M4TX7YQE8H2D5W9CABCDE01", At: ago(time.Minute)}},
		&MyOrders{Base: p("/shop/corner/orders/1"), Nav: s.nav(), Open: &MyOrder{Line: s.orders()[2], Path: "/shop/corner/orders/1", Bought: refunded}},
		&ReceiptPage{Base: p("/receipts/corner/R"), Nav: s.nav(), ListPath: "/receipts/corner", Number: "R-20261128-7KQ2M9XAPW", Kind: "payment", Amount: s.abroad().Paid, Method: "kakaopay", About: "1123-7KQ2", Bought: s.abroad(), At: ago(time.Hour)},
	}
}
