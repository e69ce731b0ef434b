package egress

import "sync"

// Shares divide the calls that may be under way at a time: whoever calls slow
// addresses must not keep others waiting. The zero value gives everybody none.
type Shares struct {
	// Each is how many calls one caller may have under way.
	Each int

	mu    sync.Mutex
	calls map[string]int
}

// Enter says whether a caller may have one more; then Leave has to follow.
func (s *Shares) Enter(caller string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = make(map[string]int)
	}
	if s.calls[caller] >= s.Each {
		return false
	}
	s.calls[caller]++
	return true
}

// Leave ends a call.
func (s *Shares) Leave(caller string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[caller]--; s.calls[caller] == 0 {
		delete(s.calls, caller)
	}
}
