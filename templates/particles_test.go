package templates

import (
	"regexp"
	"testing"

	"plaza/money"
)

func TestAKoreanParticleFollowsHowTheWordBeforeItIsRead(t *testing.T) {
	t.Parallel()
	texts := Texts{byLanguage: map[string]map[string]string{"ko": {
		"object": "{0}을(를)", "subject": "{0}이(가)", "topic": "{0}은(는)", "with": "“{0}”와(과)", "by": "{0}(으)로",
	}}}
	for said, want := range map[any][5]string{
		// 한글: no final, a final, ㄹ, an old letter that is no syllable
		"우유":     {"우유를", "우유가", "우유는", "“우유”와", "우유로"},
		"사워도우 빵": {"사워도우 빵을", "사워도우 빵이", "사워도우 빵은", "“사워도우 빵”과", "사워도우 빵으로"},
		"매달":     {"매달을", "매달이", "매달은", "“매달”과", "매달로"},
		"ㅋ":      {"ㅋ을(를)", "ㅋ이(가)", "ㅋ은(는)", "“ㅋ”와(과)", "ㅋ(으)로"},
		// what closes is not read
		"빵 (작은 것)": {"빵 (작은 것)을", "빵 (작은 것)이", "빵 (작은 것)은", "“빵 (작은 것)”과", "빵 (작은 것)으로"},
		"지수!":      {"지수!를", "지수!가", "지수!는", "“지수!”와", "지수!로"},
		// numbers: 영 일 이 육 칠 구, 퍼센트
		400:           {"400을", "400이", "400은", "“400”과", "400으로"},
		401:           {"401을", "401이", "401은", "“401”과", "401로"},
		502:           {"502를", "502가", "502는", "“502”와", "502로"},
		"251123-0006": {"251123-0006을", "251123-0006이", "251123-0006은", "“251123-0006”과", "251123-0006으로"},
		"3.9":         {"3.9를", "3.9가", "3.9는", "“3.9”와", "3.9로"},
		"10%":         {"10%를", "10%가", "10%는", "“10%”와", "10%로"},
		// amounts, by their currencies: 원, 위안, 달러
		money.Of(5000, "KRW"):  {"₩5,000을", "₩5,000이", "₩5,000은", "“₩5,000”과", "₩5,000으로"},
		money.Of(-1202, "CNY"): {"-CN¥12.02을", "-CN¥12.02이", "-CN¥12.02은", "“-CN¥12.02”과", "-CN¥12.02으로"},
		"US$9.00":              {"US$9.00를", "US$9.00가", "US$9.00는", "“US$9.00”와", "US$9.00로"},
		// Latin letters by their names: 디, 엠, 알, 투 엘
		"1123-M4TD": {"1123-M4TD를", "1123-M4TD가", "1123-M4TD는", "“1123-M4TD”와", "1123-M4TD로"},
		"1123-7KQM": {"1123-7KQM을", "1123-7KQM이", "1123-7KQM은", "“1123-7KQM”과", "1123-7KQM으로"},
		"QR":        {"QR을", "QR이", "QR은", "“QR”과", "QR로"},
		"VIP":       {"VIP를", "VIP가", "VIP는", "“VIP”와", "VIP로"},
		// words, where they are read in one way: 텔레그램, 모닝, 애플, 티; 마켓 and 기프트
		"Telegram": {"Telegram을", "Telegram이", "Telegram은", "“Telegram”과", "Telegram으로"},
		"Morning":  {"Morning을", "Morning이", "Morning은", "“Morning”과", "Morning으로"},
		"Apple":    {"Apple을", "Apple이", "Apple은", "“Apple”과", "Apple로"},
		"Tea":      {"Tea를", "Tea가", "Tea는", "“Tea”와", "Tea로"},
		"Market":   {"Market을(를)", "Market이(가)", "Market은(는)", "“Market”와(과)", "Market(으)로"},
		// anything else
		"牛奶": {"牛奶을(를)", "牛奶이(가)", "牛奶은(는)", "“牛奶”와(과)", "牛奶(으)로"},
		"🍞":  {"🍞을(를)", "🍞이(가)", "🍞은(는)", "“🍞”와(과)", "🍞(으)로"},
		"":   {"을(를)", "이(가)", "은(는)", "“”와(과)", "(으)로"},
	} {
		for i, key := range []string{"object", "subject", "topic", "with", "by"} {
			if got := texts.Text("ko", key, said); got != want[i] {
				t.Errorf("%v: %q, not %q", said, got, want[i])
			}
		}
	}
}

func TestWhoHasNoNameIsHonouredOnceInKorean(t *testing.T) {
	t.Parallel()
	texts := Texts{byLanguage: map[string]map[string]string{"ko": {"sent": "{0} 님이 {1}을(를) 보냈습니다"}}}
	for said, want := range map[string]string{
		"지수":   "지수 님이 빵을 보냈습니다",
		"어떤 분": "어떤 분이 빵을 보냈습니다",
		"고객":   "고객님이 빵을 보냈습니다",
		"기분":   "기분 님이 빵을 보냈습니다",
	} {
		if got := texts.Text("ko", "sent", said, "빵"); got != want {
			t.Errorf("%s: %q, not %q", said, got, want)
		}
	}
}

// Every currency's amounts are read with a unit.
func TestAmountsInEveryCurrencyHaveAUnitInKorean(t *testing.T) {
	t.Parallel()
	for _, currency := range money.Currencies() {
		if written := money.Of(-123456, currency).In("ko"); !isAmount(written) {
			t.Errorf("%s: nobody can read %q", currency, written)
		}
	}
	if isAmount("1234") {
		t.Error("a number is no amount")
	}
}

func isAmount(written string) bool { _, ok := unitOf(written); return ok }

// A text that writes one form behind a value is wrong for half of all values.
func TestKoreanTextsWriteParticlesBehindValuesInBothForms(t *testing.T) {
	t.Parallel()
	glued := regexp.MustCompile(`\{\d\}[”’"']?(을|를|이|가|은|는|와|과|로|으로)([ ,.!?]|$)`)
	for key, text := range newRenderer(t).Texts.byLanguage["ko"] {
		if found := glued.FindString(text); found != "" {
			t.Errorf("%s: %q in %q", key, found, text)
		}
	}
}
