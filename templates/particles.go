package templates

import (
	"strings"
	"unicode"
)

// How a word ends when it is read aloud in Korean. ㄹ is a consonant, but (으)로
// takes it as a vowel.
const (
	unsure    = ""
	vowel     = "vowel"
	rieul     = "ㄹ"
	consonant = "consonant"
)

// particles are those that Korean has in two forms, by how the word before them
// ends. A text writes both behind a placeholder ("{0}을(를)"), as Koreans do
// where they can't know; the one that fits what is filled in is kept.
var particles = map[string]map[string]string{
	"을(를)": {vowel: "를", rieul: "을", consonant: "을"},
	"이(가)": {vowel: "가", rieul: "이", consonant: "이"},
	"은(는)": {vowel: "는", rieul: "은", consonant: "은"},
	"와(과)": {vowel: "와", rieul: "과", consonant: "과"},
	"(으)로": {vowel: "로", rieul: "로", consonant: "으로"},
}

// withParticle takes the particle, in both forms, that text begins with, behind
// closing quotes, and gives the one that follows value. Without a particle, or
// where nobody can tell, text stays as it is.
func withParticle(value, text string) (before, rest string) {
	bare := strings.TrimLeftFunc(text, closes)
	for both, forms := range particles {
		if rest, ok := strings.CutPrefix(bare, both); ok {
			if form, ok := forms[endingOf(value)]; ok {
				return text[:len(text)-len(bare)] + form, rest
			}
		}
	}
	return "", text
}

// honorific stands behind names.
const honorific = " 님"

// withHonorific takes the honorific that text begins with, and gives what of it
// follows value: a customer is 고객님, in one word, and who is called 분 has been
// honoured already. All end in a consonant, so what follows stays right.
func withHonorific(value, text string) (before, rest string) {
	rest, ok := strings.CutPrefix(text, honorific)
	switch {
	case ok && strings.HasSuffix(value, "고객"):
		return "님", rest
	case ok && strings.HasSuffix(value, " 분"):
		return "", rest
	}
	return "", text
}

// closes says whether a sign closes what stands before it and is not read.
func closes(r rune) bool {
	return unicode.In(r, unicode.Pe, unicode.Pf) || strings.ContainsRune(`"'.!?`, r)
}

// endingOf is how what people write ends, as Koreans read it: 한글 by its last
// syllable, an amount by its currency, a number by its last digit, Latin letters
// as a word or one by one. Where it could be read in more ways, it is unsure.
func endingOf(said string) string {
	said = strings.TrimRightFunc(strings.TrimSpace(said), closes)
	letters := []rune(said)
	if len(letters) == 0 {
		return unsure
	}
	last := letters[len(letters)-1]
	switch {
	case last >= '가' && last <= '힣':
		return endingOfSyllable(last)
	case last >= '0' && last <= '9':
		if unit, ok := unitOf(said); ok {
			return endingOf(unit)
		}
		return endingOfSyllable([]rune("영일이삼사오육칠팔구")[last-'0'])
	case last == '%':
		return vowel // 퍼센트
	}
	return endingOfLatin(letters)
}

// endingOfSyllable reads the last letter off a syllable: Unicode has them in the
// order of their 28 finals, the first of which is none.
func endingOfSyllable(syllable rune) string {
	switch (syllable - '가') % 28 {
	case 0:
		return vowel
	case 8:
		return rieul
	}
	return consonant
}

// units are how the signs that money.Amount.In begins with in Korean are read,
// behind the number.
var units = map[string]string{
	"₩": "원", "CN¥": "위안", "JP¥": "엔", "¥": "엔", "US$": "달러", "$": "달러", "HK$": "달러", "NT$": "달러", "SGD": "달러",
	"AU$": "달러", "CA$": "달러", "NZ$": "달러", "€": "유로", "£": "파운드", "THB": "밧", "₫": "동", "MYR": "링깃",
	"IDR": "루피아", "₱": "페소", "₹": "루피", "MOP": "파타카", "CHF": "프랑", "KWD": "디나르",
}

// unitOf is how the unit of an amount is read; false for what is no amount.
func unitOf(said string) (string, bool) {
	sign := strings.TrimRight(strings.TrimPrefix(said, "-"), "0123456789.,")
	unit, ok := units[strings.TrimSpace(sign)]
	return unit, ok
}

// endingOfLatin reads what ends in Latin letters. Short capitals, and those of a
// number such as 7KQ2M, are read by their names (L is 엘); anything else is a
// word, of which only some endings are read in one way.
func endingOfLatin(letters []rune) string {
	end := len(letters)
	start, capitals := end, true
	for start > 0 && latin(letters[start-1]) {
		start--
		capitals = capitals && unicode.IsUpper(letters[start])
	}
	word := strings.ToLower(string(letters[start:]))
	numbered := start > 0 && unicode.IsDigit(letters[start-1])
	switch {
	case word == "":
		return unsure
	case capitals && (numbered || len(word) <= 3), len(word) == 1:
		return endingOfName(word[len(word)-1])
	case strings.HasSuffix(word, "l"), strings.HasSuffix(word, "le"):
		return rieul
	case strings.HasSuffix(word, "m"), strings.HasSuffix(word, "n"), strings.HasSuffix(word, "ng"):
		return consonant
	case strings.ContainsRune("bcegkpqt", rune(word[len(word)-1])):
		return unsure // Shop is 숍, stamp 스탬프
	}
	return vowel
}

// endingOfName is how the name of a letter ends: 엘, 엠, 엔 and 알 alone end in a
// consonant.
func endingOfName(letter byte) string {
	switch letter {
	case 'l', 'r':
		return rieul
	case 'm', 'n':
		return consonant
	}
	return vowel
}

func latin(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
