package templates

import "time"

func (s sampler) packingPages() []Page {
	slip := PackingSlip{Number: "1123-7KQ2", At: ago(time.Hour), To: []string{"林美", "138 0013 8000", "广东省深圳市南山区", "科技园路 1 号 2 栋 801", s.say("China", "中国", "중국")},
		Way: s.say("Courier, 2–3 days", "快递 2–3 天", "택배 2~3일"), Weight: "1.2 kg", Note: s.say("Please slice the bread.", "面包请切片。", "빵은 썰어 주세요."),
		Lines: []SlipLine{{Name: s.products()[0].Name, Quantity: 1}, {Name: s.say("Milk", "牛奶", "우유"), Label: s.say("1 litre", "1 升", "1L"), Quantity: 2}}}
	asked := InvoiceRow{Path: "/console/corner/invoices/1", OrderURL: "#", OrderNumber: "1123-7KQ2", Person: s.kim().Name, Kind: "fapiao_company", Title: s.say("Acme Trading", "艾克米贸易有限公司", "아크미 무역"), TaxNumber: "91440300708461136T", Email: "books@acme.example", Total: cny(5980), State: "requested", At: ago(time.Hour)}
	issued := InvoiceRow{Path: "/console/corner/invoices/2", OrderURL: "#", OrderNumber: "1122-9PK4", Person: s.kim().Name, Kind: "cash_business", TaxNumber: "1248100998", Total: cny(1200), State: "issued", Number: "26442000000012345678", At: ago(30 * time.Hour)}
	order := MyOrder{Line: s.orders()[2], Path: "/shop/corner/orders/1", Bought: s.bought(), Invoice: &InvoiceForm{Path: "/shop/corner/orders/1/invoice", State: "requested", WithTitle: true, Title: asked.Title, TaxNumber: asked.TaxNumber, Email: asked.Email,
		Kinds: []Option{option("fapiao_company", s.say("For a company", "企业", "기업"), true), option("fapiao_personal", s.say("For a person", "个人", "개인"), false)}}}
	shop := s.console("orders/1")
	shop.Member.Permissions = append(shop.Member.Permissions, "orders.write")
	list := s.console("invoices")
	list.Member.Permissions = append(list.Member.Permissions, "orders.write")
	low := s.console("products")
	low.Member.Low = 2
	return []Page{
		&PackingSlips{Base: s.console("orders/slips"), Shop: s.shop().Name, Slips: []PackingSlip{slip, {Number: "1122-9PK4", At: ago(2 * time.Hour), Lines: slip.Lines}}},
		&PackingSlips{Base: s.console("orders/slips"), Shop: s.shop().Name},
		&Invoices{Base: list, Tabs: []Tab{{Label: s.say("Asked for", "待开具", "요청됨"), URL: "#", Count: -1, Here: true}, {Label: s.say("Issued", "已开具", "발급됨"), URL: "#", Count: -1}}, Rows: []InvoiceRow{asked, issued}, CSVPath: "/console/corner/invoices.csv"},
		&Invoices{Base: s.console("invoices"), CSVPath: "/console/corner/invoices.csv"},
		&Order{Base: shop, Line: s.orders()[0], Path: "/console/corner/orders/1", Bought: Bought{Lines: s.items(), Goods: cny(6480), Shipping: cny(800), Way: slip.Way, Taxes: []TaxLine{{Rate: "13%", Tax: cny(838)}}, Total: cny(7280)}, Refundable: cny(7280), Person: s.kim(), To: slip.To, Note: slip.Note, SlipsURL: "#", Invoice: &asked,
			Notes: []NoteLine{{Who: s.say("Mei Lin", "林美", "임미"), Text: s.say("She asked for the small box.", "客户要求小盒包装。", "작은 상자를 요청하셨어요."), At: ago(time.Hour)}}, Actions: []string{"ship", "refund"}, Key: "k"},
		&Products{Base: low, Tabs: []Tab{{Label: s.say("Running low", "库存不足", "재고 부족"), URL: "#", Count: -1, Here: true}}, Rows: []ProductRow{{ID: "p1", URL: "#", Name: s.products()[0].Name, State: "low", Price: cny(2880), Counted: true, Stock: 2}}},
		&Coupons{Base: s.console("coupons"), Rows: []CouponRow{{Code: "FIRST", Off: "10 %", Active: true, Automatic: true, For: s.say("first order · from CN¥50.00", "首单 · 满 ¥50.00", "첫 주문 · CN¥50.00 이상")}}, Products: []Option{option("p1", s.products()[0].Name, false)}, Automatic: true},
		&Cart{Base: s.public("/shop/corner/cart"), Nav: s.nav(), Lines: s.items(), Goods: cny(6480), Discount: cny(648), Total: cny(5832), Automatic: "FIRST", Key: "k"},
		&MyOrders{Base: s.public("/shop/corner/orders/1"), Nav: s.nav(), Open: &order},
	}
}
