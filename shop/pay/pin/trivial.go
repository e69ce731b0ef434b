package pin

import (
	"slices"
	"strings"
)

// Digits is how long a PIN is.
const Digits = 6

// isPIN says whether a text can be one.
func isPIN(text string) bool {
	return len(text) == Digits && strings.Trim(text, "0123456789") == ""
}

// popular are PINs that people choose for how they sound or lie under the
// thumb, beside the patterns that trivial knows. The lists of leaked passwords
// that were published agree on the first dozens of them.
var popular = []string{
	"520520", "521521", "520131", "521314", "131420", "147258", "258369", "159357", "159753", "147852", "258456",
	"789456", "456789", "741852", "852963", "963852", "369258", "142536", "168168", "888168", "112358", "314159",
	"696969", "007007", "100200", "102030", "123654", "321456", "123789", "987123", "147147", "258258", "369369",
	"100100", "010203", "101010", "123321", "654456", "112211", "121314", "131313",
}

// trivial says whether a PIN is among what anybody would try first: few
// different digits, a run up or down, a pattern that repeats, or a popular one.
// It does not refuse dates: that would take a PIN in twelve away, and a guesser
// who knows a birthday has five tries at three ways of writing it.
func trivial(pin string) bool {
	different := map[byte]bool{}
	for i := range len(pin) {
		different[pin[i]] = true
	}
	if len(different) < 3 || pin[:3] == pin[3:] || pin[:2] == pin[2:4] && pin[2:4] == pin[4:] {
		return true
	}
	doubled := pin[0] == pin[1] && pin[2] == pin[3] && pin[4] == pin[5] // 112233
	if doubled && run([]byte{pin[0], pin[2], pin[4]}) {
		return true
	}
	return run([]byte(pin)) || slices.Contains(popular, pin)
}

// run says whether digits go up or down by one, over the nine too.
func run(digits []byte) bool {
	step := (digits[1] - digits[0] + 10) % 10
	if step != 1 && step != 9 {
		return false
	}
	for i := 1; i < len(digits); i++ {
		if (digits[i]-digits[i-1]+10)%10 != step {
			return false
		}
	}
	return true
}
