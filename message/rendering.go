package message

// Fidelity says how near to its form a messenger can show a message.
type Fidelity string

// The fidelities, the best first.
const (
	// Native: the messenger has a form of its own for it.
	Native Fidelity = "native"
	// Adapted: another of the messenger's forms says the same.
	Adapted Fidelity = "adapted"
	// Worded: text with links and words to type says the same.
	Worded Fidelity = "text"
	// Absent: it can't be shown and nothing is lost by leaving it out.
	Absent Fidelity = "none"
)

// Rendering is how a channel shows one form.
type Rendering struct {
	Fidelity Fidelity
	// As is the messenger's own name of what is shown ("Flex bubble",
	// "basicCard"), for the table in the docs.
	As string
}

// Signal is something shown for a moment and kept nowhere.
type Signal string

// The signals.
const (
	TypingOn  Signal = "typing"
	TypingOff Signal = "typing_off"
	ReadMark  Signal = "read" // what the person wrote has been read
)

// Renderings is what a channel declares of itself.
type Renderings struct {
	Forms   map[Form]Rendering
	Signals map[Signal]Rendering // TypingOff goes with TypingOn
	Quick   Rendering            // of quick replies under a message
}
