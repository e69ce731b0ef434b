package templates

func (s sampler) deliveryPages() []Page {
	courier, pickup := s.say("Courier, 2–3 days", "快递 2–3 天", "택배 2~3일"), s.say("Pick up at the shop", "到店自提", "매장 방문 수령")
	return []Page{
		&ShopSettings{Base: s.console("settings/shop"), TaxRate: "13", Countries: []Option{option("CN", s.say("China", "中国", "중국"), true), option("KR", s.say("South Korea", "韩国", "대한민국"), false)}, Deliveries: []ShippingRow{
			{URL: "#", Name: courier, Kind: "weight", Price: "¥8.00 – ¥22.00", Regions: []string{s.say("China", "中国", "중국") + " 广东", s.say("South Korea", "韩国", "대한민국") + " 63*"}, On: true},
			{URL: "#", Name: pickup, Kind: "pickup", Price: "¥0.00"}}},
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

func (s sampler) cartDelivery(courier, pickup string) CartDelivery {
	return CartDelivery{Path: "/shop/corner/delivery", BookPath: "/shop/corner/addresses", NewPath: "/shop/corner/addresses/new?then=cart",
		Ways: []WayChoice{{ID: "c", Name: courier, Cost: cny(800), Chosen: true}, {ID: "p", Name: pickup, Note: s.say("12 Harbour Street, from 7 to 23", "港口街 12 号，7 点到 23 点", "항구길 12, 7시~23시"), Cost: cny(0)}}, Addresses: s.addresses()}
}

func (s sampler) addresses() []AddressRow {
	return []AddressRow{
		{ID: "1", Path: "/shop/corner/addresses/1", Name: "林美", Phone: "138 0013 8000", Lines: []string{"广东省深圳市南山区", "科技园路 1 号 2 栋 801", s.say("China", "中国", "중국")}, Chosen: true, Default: true},
		{ID: "2", Path: "/shop/corner/addresses/2", Name: "김지수", Phone: "010-1234-5678", Lines: []string{"06164", "서울특별시 강남구 영동대로 513", "3층 302호", s.say("South Korea", "韩国", "대한민국")}}}
}
