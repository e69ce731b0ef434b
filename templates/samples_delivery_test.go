package templates

import "time"

func (s sampler) deliveryPages() []Page {
	courier, pickup := s.say("Courier, 2–3 days", "快递 2–3 天", "택배 2~3일"), s.say("Pick up at the shop", "到店自提", "매장 방문 수령")
	return []Page{
		&ShopSettings{Base: s.console("settings/shop"), TaxRate: "13", Countries: []Option{option("CN", s.say("China", "中国", "중국"), true), option("KR", s.say("South Korea", "韩国", "대한민국"), false)}, Deliveries: []ShippingRow{
			{URL: "#", Name: courier, Kind: "weight", Price: cny(800).In(s.language) + " – " + cny(2200).In(s.language), Regions: []string{s.say("China", "中国", "중국") + " 广东", s.say("South Korea", "韩国", "대한민국") + " 63*"}, On: true},
			{URL: "#", Name: pickup, Kind: "pickup", Price: cny(0).In(s.language)}}},
		&ShopSettings{Base: s.console("settings/shop")},
		&DeliveryEditor{Base: s.console("settings/shop/deliveries/1"), ID: "1", Action: "/console/corner/settings/shop/deliveries/1", Title: courier, Name: Localized{"en": "Courier", "zh": "快递"}, Kinds: []Option{
			{Value: "flat", Label: s.say("Flat price", "固定运费", "정액"), Hint: s.say("The same for every order.", "每单运费相同。", "모든 주문에 같은 요금입니다.")},
			{Value: "weight", Label: s.say("By weight", "按重量", "무게별"), Hint: s.say("Steps of grams.", "按克分阶梯。", "그램 구간별."), Chosen: true}}, FreeFrom: "99.00", Regions: "CN 广东\nKR 63*\n", Steps: []DeliveryStep{{"1000", "8.00"}, {"5000", "22.00"}}, On: true},
		&Cart{Base: s.public("/shop/corner/cart"), Nav: s.nav(), Lines: s.items(), Goods: cny(6480), Discount: cny(500), Shipping: cny(800), Way: courier, Total: cny(6780), Taxes: []TaxLine{{Rate: "13%", Tax: cny(780)}}, Coupon: "WELCOME", Key: "k", Delivery: s.cartDelivery(courier, pickup)},
		&Addresses{Base: s.public("/shop/corner/addresses"), Nav: s.nav(), Rows: s.addresses(), NewPath: "/shop/corner/addresses/new"},
		&Addresses{Base: s.public("/shop/corner/addresses"), Nav: s.nav(), NewPath: "/shop/corner/addresses/new"},
		&AddressEditor{Base: s.public("/shop/corner/addresses/new"), Nav: s.nav(), Action: "/shop/corner/addresses/new", BookPath: "/shop/corner/addresses", Country: "KR", Countries: []Option{option("CN", s.say("China", "中国", "중국"), false), option("KR", s.say("South Korea", "韩国", "대한민국"), true)}, Then: "cart", Fields: []AddressField{
			{Name: "name", Label: s.say("Name", "收货人", "받는 사람"), Value: s.kim().Name, Autocomplete: "name"},
			{Name: "postcode", Label: s.say("Postcode", "邮政编码", "우편번호"), Hint: "06164", Autocomplete: "postal-code"},
			{Name: "street", Label: s.say("Road name and number", "路名与门牌号", "도로명 주소"), Value: "영동대로 513", Autocomplete: "address-line1"},
			{Name: "detail", Label: s.say("Building, floor, door", "楼栋、楼层、房号", "상세 주소(동·호수)"), Optional: true, Autocomplete: "address-line2"}}},
	}
}

func (s sampler) kindPages() []Page { return append(s.packingPages(), s.soldKindPages()...) }

// soldKindPages are those of what is no parcel.
func (s sampler) soldKindPages() []Page {
	haircut := s.say("Haircut", "理发", "커트")
	week := []CalendarDay{{"week.1", s.say("Monday", "星期一", "월요일"), "9:00-12:00, 13:00-18:00"}, {"week.2", s.say("Tuesday", "星期二", "화요일"), "9:00-18:00"}, {"week.0", s.say("Sunday", "星期日", "일요일"), ""}}
	days := []DayChoice{{URL: "#", At: now, Here: true}}
	for i := 1; i < 7; i++ {
		days = append(days, DayChoice{URL: "#", At: now.AddDate(0, 0, i)})
	}
	kinds := []Tab{{Label: s.say("Goods", "实物商品", "실물 상품"), URL: "#", Count: -1}, {Label: s.say("Digital", "数字商品", "디지털 상품"), URL: "#", Count: -1}, {Label: s.say("Booking", "预约", "예약"), URL: "#", Count: -1, Here: true}}
	given := MyOrder{Line: s.orders()[2], Path: "/shop/corner/orders/1", Bought: s.collected(),
		PickedUp: true, WayNote: s.say("At the counter, from 8 to 20.", "柜台自取，8 点到 20 点。", "계산대에서 8시부터 20시까지."),
		Given:    []GivenLine{s.recipes()},
		Bookings: []MyBooking{{Title: haircut, From: now.Add(50 * time.Hour), To: now.Add(51 * time.Hour), State: "booked", CancelPath: "#", CancelTill: now.Add(26 * time.Hour)}}}
	return []Page{
		&ProductEditor{Base: s.console("products/new"), Action: "/console/corner/products/new", Kind: "booking", Kinds: kinds, Name: Localized{"en": "Haircut"}, States: []Option{option("active", s.say("Active", "在售", "판매 중"), true)}, Calendar: CalendarForm{Week: week, Minutes: "60", Capacity: "2", Notice: "2", Cancel: "24", Ahead: "60", Closed: "2026-12-25"}},
		&ProductEditor{Base: s.console("products/d"), ID: "d", Action: "/console/corner/products/d", Kind: "digital", Downloads: "5", Name: Localized{"en": "Recipes"}, States: []Option{option("active", s.say("Active", "在售", "판매 중"), true)}, Variants: []VariantRow{{ID: "v1", Price: "9.00", Stock: "12", Keys: true, Files: []SoldFile{{ID: "f", Name: "recipes.pdf", Size: 3_400_000}}}}},
		&Bookings{Base: s.console("bookings"), Day: "2026-11-23", At: now, Prev: "#", Next: "#", Rows: []BookingRow{{ID: "1", From: now, To: now.Add(time.Hour), Title: haircut + " (2026-11-23 14:30)", Person: s.kim().Name, Quantity: 1, OrderURL: "#", Number: "1123-7KQ2", State: "booked", CancelPath: "#"}, {ID: "2", From: now.Add(time.Hour), To: now.Add(2 * time.Hour), Title: haircut, Person: s.kim().Name, Quantity: 2, OrderURL: "#", Number: "1123-9PK4", State: "cancelled"}}},
		&Bookings{Base: s.console("bookings"), Day: "2026-11-23", At: now, Prev: "#", Next: "#"},
		&Product{Base: s.public("/shop/corner/p/haircut"), Nav: s.nav(), Name: haircut, Endless: true, Variants: []VariantChoice{{ID: "v1", Price: cny(3000), Left: 99, Chosen: true}}, Times: &TimeChoice{Days: days, Next: "#", Slots: []SlotChoice{{Value: "1", At: now, Left: 2}, {Value: "2", At: now.Add(time.Hour)}, {Value: "3", At: now.Add(2 * time.Hour), Left: 9}}}},
		&MyOrders{Base: s.public("/shop/corner/orders/1"), Nav: s.nav(), Open: &given},
	}
}

func (s sampler) cartDelivery(courier, pickup string) CartDelivery {
	return CartDelivery{Path: "/shop/corner/delivery", BookPath: "/shop/corner/addresses", NewPath: "/shop/corner/addresses/new?then=cart",
		Ways: []WayChoice{{ID: "c", Name: courier, Cost: cny(800), Chosen: true}, {ID: "p", Name: pickup, Note: s.say("12 Harbour Street, from 7 to 23", "港口街 12 号，7 点到 23 点", "항구길 12, 7시~23시"), Cost: cny(0)}}, Addresses: s.addresses()}
}

func (s sampler) addresses() []AddressRow {
	return []AddressRow{
		{ID: "1", Path: "/shop/corner/addresses/1", Name: "林美", Phone: "138 0013 8000", Lines: []string{"广东省深圳市南山区", "科技园路 1 号 2 栋 801", s.say("China", "中国", "중국")}, Chosen: true, Default: true},
		{ID: "2", Path: "/shop/corner/addresses/2", Name: "김지수", Phone: "010-1234-5678", Lines: []string{"06164", "서울특별시 강남구 영동대로 513", "3층 302호", s.say("South Korea", "韩国", "대한민국")}}}
}

// recipes are digital goods that were given.
func (s sampler) recipes() GivenLine {
	return GivenLine{Title: s.say("Recipes", "食谱", "레시피"), Keys: []string{"PLZ-7KQ2-M4TX-9PK4"},
		Files: []GivenFile{{URL: "#", Name: "bread-and-other-recipes-of-the-whole-year.pdf", Size: "3.4 MB", Left: 4}}}
}
