package main

import (
	"os"
	"runtime/debug"
)

// gcPercent lets more garbage gather before it is collected than Go's own 100.
// A collection costs as much as there is alive, which is little and bounded here
// (caches, connections), while messages make much garbage: collecting it took a
// tenth of the processor under load. GOGC in the environment goes before.
const gcPercent = 300

// tuneMemory sets that, for a server.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
