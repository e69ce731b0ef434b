package templates

import (
	"time"

	"plaza/money"
)

// BalanceLimits are what somebody's level lets them do with their balance, and
// what is left of it today.
type BalanceLimits struct {
	Level         string // "basic" or "verified"
	Once, Day     money.Amount
	Left          money.Amount // that can still be sent today
	Pay, PayDay   money.Amount // zero: any
	PayLeft       money.Amount
	TopUp         money.Amount
	Balance, Room money.Amount // what it may hold, and how much more
	Next          *NextLevel   // nil at the highest
}

// NextLevel is what the level above brings, and how to get there.
type NextLevel struct {
	Once, Day, Balance money.Amount
	// From is when the PIN that is set is enough; zero: none is set.
	From    time.Time
	PINPath string
}
