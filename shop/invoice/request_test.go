package invoice

import (
	"errors"
	"testing"
)

// The numbers are those that well-known companies print on their own pages.
func TestNumbersCheckThemselves(t *testing.T) {
	for _, number := range []string{"91440300708461136T", "91330100799655058B", "9144030071526726XG"} { // Tencent, Alibaba (China), Tencent Computer
		if !ChineseTaxNumber(number) {
			t.Errorf("%s is refused", number)
		}
	}
	for _, number := range []string{"1248100998", "2208162517", "1208147521"} { // Samsung Electronics, Naver, Kakao
		if !KoreanRegistration(number) {
			t.Errorf("%s is refused", number)
		}
	}
	for _, number := range []string{"", "91440300708461136U", "914403007084611I6T", "9144030070846113", "12481009980"} {
		if ChineseTaxNumber(number) {
			t.Errorf("%q is taken", number)
		}
	}
}

// A slip of one digit, or two that change places, is found nearly always; the
// check digits exist for that.
func TestASlipOfADigitIsFound(t *testing.T) {
	const right = "1248100998"
	for i := range right {
		for digit := byte('0'); digit <= '9'; digit++ {
			wrong := []byte(right)
			wrong[i] = digit
			// The ninth digit counts by its tens too, so that a few of its slips pass.
			if digit != right[i] && i != 8 && KoreanRegistration(string(wrong)) {
				t.Errorf("%s is taken", wrong)
			}
		}
	}
	const credit = "91440300708461136T"
	for i := range credit {
		for _, letter := range []byte(creditAlphabet) {
			wrong := []byte(credit)
			wrong[i] = letter
			if letter != credit[i] && ChineseTaxNumber(string(wrong)) {
				t.Errorf("%s is taken", wrong)
			}
		}
	}
}

func TestARequestHasWhatItsKindNeeds(t *testing.T) {
	for name, test := range map[string]struct {
		given  Request
		number string
		want   error
	}{
		"a company":                {Request{Kind: FapiaoCompany, Title: " 腾讯科技 （深圳） ", Number: "9144 0300 7084 6113 6t"}, "91440300708461136T", nil},
		"a company without number": {Request{Kind: FapiaoCompany, Title: "A"}, "", ErrTaxNumber},
		"a person":                 {Request{Kind: FapiaoPersonal, Title: "林美", Number: "dropped"}, "", nil},
		"nobody":                   {Request{Kind: FapiaoPersonal}, "", ErrTitle},
		"a deduction":              {Request{Kind: CashPersonal, Number: "010-1234-5678", Title: "dropped"}, "01012345678", nil},
		"from abroad":              {Request{Kind: CashPersonal, Number: "+82 10 1234 5678"}, "01012345678", nil},
		"a fixed line":             {Request{Kind: CashPersonal, Number: "02-123-4567"}, "", ErrPhone},
		"an expense":               {Request{Kind: CashBusiness, Number: "124-81-00998"}, "1248100998", nil},
		"a slip":                   {Request{Kind: CashBusiness, Number: "124-81-00997"}, "", ErrRegistration},
		"no kind":                  {Request{Title: "A"}, "", ErrKind},
		"a broken address":         {Request{Kind: FapiaoPersonal, Title: "A", Email: "a@b"}, "", ErrEmail},
	} {
		err := test.given.Check()
		if !errors.Is(err, test.want) || err == nil && test.given.Number != test.number {
			t.Errorf("%s: %v, %+v", name, err, test.given)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("fapiao_company", "腾讯", "91440300708461136T", "a@b.cn")
	f.Add("cash_business", "", "124-81-00998", "")
	f.Fuzz(func(t *testing.T, kind, title, number, email string) {
		r := Request{Kind(kind), title, number, email}
		if r.Check() != nil {
			return
		}
		tidied := r
		if err := r.Check(); err != nil || r != tidied {
			t.Fatalf("%+v checked again: %+v, %v", tidied, r, err)
		}
	})
}
