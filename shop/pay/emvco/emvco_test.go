package emvco_test

import (
	"errors"
	"strings"
	"testing"

	"plaza/shop/pay/emvco"
)

func TestTheChecksumIsCCITTFalse(t *testing.T) {
	t.Parallel()
	if got := emvco.Checksum("123456789"); got != 0x29B1 { // the catalogue's check value
		t.Errorf("%04X", got)
	}
}

// transport is the sample of the specification, with a Chinese name whose length
// counts characters and whose checksum counts bytes.
const transport = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A"

// cafe is a static code with a Korean name.
const cafe = "00020101021126300015com.example.pay0107M0001235204581253034105802KR5909TEST CAFE6005SEOUL64220002KO0106테스트 카페0202서울630491E3"

func TestACodeOfTheSpecificationIsRead(t *testing.T) {
	t.Parallel()
	code, err := emvco.Parse(transport)
	if err != nil {
		t.Fatal(err)
	}
	if !code.Dynamic || code.Name != "BEST TRANSPORT" || code.City != "BEIJING" || code.Amount != "23.72" || code.Currency != "156" ||
		code.Terminal != "A6008667" || *code.Local != (emvco.Local{Language: "ZH", Name: "最佳运输", City: "北京"}) || len(code.Others) != 4 {
		t.Errorf("%+v %+v", code, code.Local)
	}
}

// order is a dynamic code with a reference, which we do not write.
const order = "00020101021226300015com.example.pay0107M0001235204581253034105405120005802KR5909TEST CAFE6005SEOUL62120508ORD-00016304A2CB"

func TestADynamicCodeOfOthersIsRead(t *testing.T) {
	t.Parallel()
	if code, err := emvco.Parse(order); err != nil || !code.Dynamic || code.Amount != "12000" || code.Account != "M000123" || code.Domain != "com.example.pay" {
		t.Errorf("%+v, %v", code, err)
	}
}

func TestWhatIsWrittenIsTheKnownText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code emvco.Code
		want string
	}{
		"static": {emvco.Code{Domain: "com.example.pay", Account: "M000123", Category: "5812", Currency: "410", Country: "KR", Name: "TEST CAFE", City: "SEOUL",
			Local: &emvco.Local{Language: "KO", Name: "테스트 카페", City: "서울"}}, cafe},
		"dynamic": {emvco.Code{Dynamic: true, Domain: "com.example.pay", Account: "M000123", Category: "5812", Currency: "410", Amount: "12000", Country: "KR",
			Name: "TEST CAFE", City: "SEOUL", Bill: "ORD-0001"},
			"00020101021226300015com.example.pay0107M0001235204581253034105405120005802KR5909TEST CAFE6005SEOUL62120108ORD-000163043979"},
	} {
		got, err := emvco.Encode(c.code)
		if err != nil || got != c.want {
			t.Errorf("%s:\n%s\n%s, %v", name, got, c.want, err)
		}
	}
}

func TestADamagedCodeIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"one letter":     {strings.Replace(cafe, "CAFE", "CAFF", 1), emvco.ErrChecksum},
		"no checksum":    {cafe[:len(cafe)-8], emvco.ErrCode},
		"not the last":   {cafe + "610212", emvco.ErrCode},
		"length overrun": {"0002010199", emvco.ErrCode},
		"twice the same": {"00020101021152040000" + "520400006304" + "5A5B", emvco.ErrCode},
		"something else": {"https://plaza.example/q/ABC", emvco.ErrCode},
		"nothing":        {"", emvco.ErrCode},
		"signed length":  {"000201+1+1x6304ABCD", emvco.ErrCode},
	} {
		if _, err := emvco.Parse(c.text); !errors.Is(err, c.want) && !(name == "twice the same" && err != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := emvco.Parse(strings.ToLower(cafe[len(cafe)-4:])); err == nil {
		t.Error("a checksum alone is a code")
	}
	if _, err := emvco.Parse(cafe[:len(cafe)-4] + "91e3"); err != nil {
		t.Errorf("a checksum in small letters: %v", err)
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	fits := emvco.Code{Domain: "com.example.pay", Account: "M1", Category: "0000", Currency: "156", Country: "CN", Name: "A", City: "B"}
	for name, change := range map[string]func(*emvco.Code){
		"name":    func(c *emvco.Code) { c.Name = strings.Repeat("名", 26) },
		"city":    func(c *emvco.Code) { c.City = strings.Repeat("x", 16) },
		"account": func(c *emvco.Code) { c.Account = strings.Repeat("9", 90) },
		"no name": func(c *emvco.Code) { c.Name = "" },
	} {
		code := fits
		change(&code)
		if text, err := emvco.Encode(code); err == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(transport)
	f.Add(cafe)
	f.Add("00020163040000")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := emvco.Parse(text)
		if err != nil {
			return
		}
		again, err := emvco.Encode(code)
		if err != nil {
			return // more than we write ourselves
		}
		if reread, err := emvco.Parse(again); err != nil || reread.Name != code.Name || reread.Account != code.Account || reread.Amount != code.Amount {
			t.Errorf("%+v became %+v, %v", code, reread, err)
		}
	})
}
