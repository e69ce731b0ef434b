package address

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"plaza/fault"
)

func seoul() Address {
	return Address{Name: "김지수", Phone: "010-1234-5678", Country: "kr", Postcode: " 06164 ", Region: "서울특별시", City: "강남구", Street: "영동대로 513", Detail: "3층 302호"}
}

func TestAddressesAreWrittenAsTheirCountryWritesThem(t *testing.T) {
	for name, test := range map[string]struct {
		given Address
		want  []string
	}{
		"Korea": {seoul(), []string{"06164", "서울특별시 강남구 영동대로 513", "3층 302호"}},
		"China": {Address{Name: "林美", Phone: "+86 138 0013 8000", Country: "CN", Region: "广东省", City: "深圳市", District: "南山区", Street: "科技园路 1 号", Detail: "2 栋  801"},
			[]string{"广东省深圳市南山区", "科技园路 1 号 2 栋 801"}},
		"elsewhere": {Address{Name: "Ada", Phone: "020 7946 0018", Country: "GB", Postcode: "sw1a 1aa", Region: "", City: "London", Street: "10 Downing Street"},
			[]string{"10 Downing Street", "London SW1A 1AA"}},
		"a part that its country does not have is dropped": {Address{Name: "Ada", Phone: "0301234567", Country: "DE", Postcode: "10115", City: "Berlin", District: "Mitte", Street: "Weg 1"},
			[]string{"Weg 1", "Berlin 10115"}},
	} {
		if err := test.given.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := test.given.Lines(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestAnAddressThatNoParcelReachesIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*Address)
		fault *fault.Error
		field string
	}{
		"no such country":                 {func(a *Address) { a.Country = "XX" }, ErrCountry, "country"},
		"no country":                      {func(a *Address) { a.Country = "" }, ErrCountry, "country"},
		"no name":                         {func(a *Address) { a.Name = "  " }, ErrMissing, "name"},
		"no street":                       {func(a *Address) { a.Street = "" }, ErrMissing, "street"},
		"an old Korean postcode":          {func(a *Address) { a.Postcode = "135-090" }, ErrPostcode, "postcode"},
		"a Chinese postcode in Korea":     {func(a *Address) { a.Postcode = "518057" }, ErrPostcode, "postcode"},
		"more behind the postcode":        {func(a *Address) { a.Postcode = "06164x" }, ErrPostcode, "postcode"},
		"letters in a phone number":       {func(a *Address) { a.Phone = "call me" }, ErrPhone, "phone"},
		"too short a phone number":        {func(a *Address) { a.Phone = "1234" }, ErrPhone, "phone"},
		"a novel":                         {func(a *Address) { a.Street = strings.Repeat("가", 121) }, ErrTooLong, "street"},
		"broken text":                     {func(a *Address) { a.Street = "a\xff" }, ErrText, "street"},
		"what turns the writing around":   {func(a *Address) { a.Name = "a\x00b" }, ErrText, "name"},
		"a plus sign within the number":   {func(a *Address) { a.Phone = "010+12345" }, ErrPhone, "phone"},
		"more digits than numbers have":   {func(a *Address) { a.Phone = "1234567890123456" }, ErrPhone, "phone"},
		"a region that Korea cannot omit": {func(a *Address) { a.Region = "" }, ErrMissing, "region"},
	} {
		given := seoul()
		test.spoil(&given)
		err := given.Check()
		if refused, ok := errors.AsType[*fault.Error](err); !ok || !errors.Is(err, test.fault) || refused.Field != test.field {
			t.Errorf("%s: %v, want %v in %s", name, err, test.fault, test.field)
		}
	}
}

func TestEveryCountryHasANameAndTakesItsOwnSample(t *testing.T) {
	for code, known := range countries {
		for _, in := range []string{"en", "zh", "ko"} {
			if CountryName(code, in) == code {
				t.Errorf("%s has no name in %s", code, in)
			}
		}
		if known.postcode != nil && !known.postcode.MatchString(known.sample) {
			t.Errorf("%s refuses %s", code, known.sample)
		}
	}
	for _, in := range []string{"en", "zh", "ko"} {
		if got := Countries(in); len(got) != len(countries) {
			t.Errorf("%d countries in %s", len(got), in)
		}
	}
	if CountryName("KR", "zh") != "韩国" || CountryName("CN", "ko") != "중국" {
		t.Error(CountryName("KR", "zh"), CountryName("CN", "ko"))
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("KR", "06164", "010-1234-5678", "서울 강남구")
	f.Add("CN", "", "13800138000", "科技园路\n1 号")
	f.Add("GB", "sw1a 1aa", "+44 20", "\u202e\x00")
	f.Fuzz(func(t *testing.T, country, postcode, phone, text string) {
		a := Address{Name: text, Phone: phone, Country: country, Postcode: postcode, Region: text, City: text, District: text, Street: text, Detail: text}
		if a.Check() != nil {
			return
		}
		tidied := a
		if err := a.Check(); err != nil || a != tidied {
			t.Fatalf("checked twice: %+v, %v", a, err)
		}
		for _, line := range a.Lines() {
			if line == "" || strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("line %q of %+v", line, a)
			}
		}
	})
}
