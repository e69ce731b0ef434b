package shipping

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"plaza/shop/address"
)

func names() map[string]string { return map[string]string{"en": "Courier"} }

func TestWhatADeliveryCosts(t *testing.T) {
	seoul := &address.Address{Country: "KR", Region: "서울특별시", Postcode: "06164"}
	jeju := &address.Address{Country: "KR", Region: "제주특별자치도", Postcode: "63122"}
	shenzhen := &address.Address{Country: "CN", Region: "广东省", Postcode: "518057"}
	flat := Method{Names: names(), Kind: Flat, Price: 500, FreeFrom: 5000}
	weight := Method{Names: names(), Kind: ByWeight, Tiers: []Tier{{1000, 300}, {5000, 800}}}
	amount := Method{Names: names(), Kind: ByAmount, Tiers: []Tier{{1000, 600}, {9999, 300}, {1_000_000, 0}}}
	regional := func(texts string) Method {
		regions, err := ParseRegions(texts)
		if err != nil {
			t.Fatal(err)
		}
		return Method{Names: names(), Kind: Flat, Price: 300, Regions: regions}
	}
	for name, test := range map[string]struct {
		method Method
		parcel Parcel
		cost   int64
		taken  bool
	}{
		"flat":                       {flat, Parcel{Goods: 4999, To: seoul}, 500, true},
		"free from a sum on":         {flat, Parcel{Goods: 5000, To: seoul}, 0, true},
		"the last gram of a step":    {weight, Parcel{Grams: 1000}, 300, true},
		"the first of the next":      {weight, Parcel{Grams: 1001}, 800, true},
		"heavier than any step":      {weight, Parcel{Grams: 5001}, 0, false},
		"no weight":                  {weight, Parcel{}, 300, true},
		"by amount":                  {amount, Parcel{Goods: 1001}, 300, true},
		"the island by its postcode": {regional("KR 63*"), Parcel{To: jeju}, 300, true},
		"not the mainland":           {regional("KR 63*"), Parcel{To: seoul}, 0, false},
		"a province by half a name":  {regional("KR 부산\nCN 广东"), Parcel{To: shenzhen}, 300, true},
		"another province":           {regional("CN 北京"), Parcel{To: shenzhen}, 0, false},
		"a whole country":            {regional("kr"), Parcel{To: jeju}, 300, true},
		"nobody knows where to yet":  {regional("KR"), Parcel{}, 300, true},
		"switched off":               {Method{Names: names(), Kind: Flat, Off: true}, Parcel{}, 0, false},
	} {
		if err := test.method.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if cost, taken := test.method.Cost(test.parcel); cost != test.cost || taken != test.taken {
			t.Errorf("%s: %d, %v; want %d, %v", name, cost, taken, test.cost, test.taken)
		}
	}
}

func TestAMethodWithoutSenseIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		method Method
		want   error
	}{
		"no name":                 {Method{Kind: Flat}, ErrNoName},
		"an unknown language":     {Method{Names: map[string]string{"xx": "a"}, Kind: Flat}, ErrName},
		"no kind":                 {Method{Names: names()}, ErrKind},
		"a negative price":        {Method{Names: names(), Kind: Flat, Price: -1}, ErrPrice},
		"no steps":                {Method{Names: names(), Kind: ByWeight}, ErrTiers},
		"steps that go down":      {Method{Names: names(), Kind: ByWeight, Tiers: []Tier{{5, 1}, {5, 2}}}, ErrTiers},
		"a step that pays":        {Method{Names: names(), Kind: ByAmount, Tiers: []Tier{{5, -1}}}, ErrPrice},
		"a region on the moon":    {Method{Names: names(), Kind: Flat, Regions: []Region{{Country: "MN"}, {Country: "??"}}}, ErrRegions},
		"free from less than now": {Method{Names: names(), Kind: Flat, FreeFrom: -5}, ErrPrice},
	} {
		if err := test.method.Check(); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseRegions("KR\nAtlantis"); !errors.Is(err, ErrRegions) {
		t.Error(err)
	}
}

func TestNoDeliveryPaysItsBuyer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		method := Method{Names: names(), Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"),
			Price: rapid.Int64().Draw(t, "price"), FreeFrom: rapid.Int64().Draw(t, "free")}
		for range rapid.IntRange(0, 4).Draw(t, "tiers") {
			method.Tiers = append(method.Tiers, Tier{rapid.Int64Range(-10, 10000).Draw(t, "up to"), rapid.Int64Range(-10, 10000).Draw(t, "tier")})
		}
		if method.Check() != nil {
			return
		}
		cost, taken := method.Cost(Parcel{Grams: rapid.Int64Range(0, 20000).Draw(t, "grams"), Goods: rapid.Int64Range(0, 20000).Draw(t, "goods")})
		if cost < 0 || (!taken && cost != 0) {
			t.Fatalf("%+v costs %d, %v", method, cost, taken)
		}
	})
}

func FuzzParseRegions(f *testing.F) {
	f.Add("KR\nCN 广东\nKR 63*\n")
	f.Add("gb SW1*\r\n\r\nUS New York")
	f.Fuzz(func(t *testing.T, text string) {
		regions, err := ParseRegions(text)
		if err != nil {
			return
		}
		for _, region := range regions {
			again, err := ParseRegions(region.String())
			if err != nil || len(again) != 1 || again[0] != region {
				t.Fatalf("%+v is written %q and read %+v, %v", region, region, again, err)
			}
		}
	})
}
