package pin

import (
	"strings"
)

// Entry is what somebody has typed so far.
type Entry struct {
	Keypad string // its number
	// Pressed are the keys, "0" the first to "9" the last, or the digits
	// themselves where Plain.
	Pressed string
	// Plain says that the PIN was typed as such: by who can't see the keypad.
	Plain bool
}

// Back is the key that takes the last one back.
const Back = "back"

// ReadEntry reads what a page sends: the keypad's number, the keys that were
// pressed before, the one just now (empty with script, which sends them all
// together) or, instead, the PIN as such. Errors: ErrEntry.
func ReadEntry(keypad, pressed, key, plain string) (Entry, error) {
	entry := Entry{Keypad: keypad, Pressed: pressed}
	switch {
	case !numberShape.MatchString(keypad):
		return Entry{}, ErrKeypad
	case plain != "":
		if !isPIN(plain) {
			return Entry{}, ErrEntry.In("pin")
		}
		return Entry{Keypad: keypad, Pressed: plain, Plain: true}, nil
	case key == Back:
		entry.Pressed = pressed[:max(len(pressed)-1, 0)]
	default:
		entry.Pressed += key
	}
	if len(pressed) > Digits || len(entry.Pressed) > Digits || len(key) > len(Back) ||
		strings.Trim(entry.Pressed, "0123456789") != "" {
		return Entry{}, ErrEntry
	}
	return entry, nil
}

// Complete says whether all is typed.
func (e Entry) Complete() bool { return isPIN(e.Pressed) }

// read is the PIN.
func (e Entry) read(order [10]byte) string {
	if e.Plain {
		return e.Pressed
	}
	pin := make([]byte, Digits)
	for i := range pin {
		pin[i] = '0' + order[e.Pressed[i]-'0']
	}
	return string(pin)
}

// The names under which a proof goes through package pay.
const (
	proofKeypad  = "pin.keypad"
	proofPressed = "pin.pressed"
	proofPlain   = "pin.plain"
	proofDevice  = "pin.device"
	proofAddress = "pin.address"
	proofAgent   = "pin.agent"
)

// Proof is an entry as package pay hands it on.
func (e Entry) Proof(from From) map[string]string {
	proof := map[string]string{proofKeypad: e.Keypad, proofPressed: e.Pressed, proofDevice: from.Device, proofAddress: from.Address, proofAgent: from.Agent}
	if e.Plain {
		proof[proofPlain] = "yes"
	}
	return proof
}

// entryOf is the entry of a proof; ok is false if there is none.
func entryOf(proof map[string]string) (entry Entry, from From, ok bool) {
	entry = Entry{Keypad: proof[proofKeypad], Pressed: proof[proofPressed], Plain: proof[proofPlain] != ""}
	return entry, From{Device: proof[proofDevice], Address: proof[proofAddress], Agent: proof[proofAgent]}, entry.Keypad != ""
}
