package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"plaza/bot/line/linetest"
	"plaza/bot/standin"
)

// lineSoak is LINE's stand-in in a soak.
type lineSoak struct {
	account linetest.Account
	*linetest.Platform
}

func openLINE(webhook string, now func() time.Time, troubles *standin.Troubles) soakPlatform {
	account := linetest.Account{ID: "1234567890", Secret: "0123456789abcdef0123456789abcdef", Webhook: webhook, Redeliver: true}
	return lineSoak{account, linetest.New(account, now, troubles)}
}

func (l lineSoak) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.Platform.ServeHTTP(w, r) }

func (l lineSoak) connection() any {
	return map[string]string{"channel_secret": l.account.Secret, "channel_id": l.account.ID}
}

func (l lineSoak) meet(ctx context.Context, person string) error {
	status, err := l.Deliver(ctx, l.Text(person, "hello"))
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("webhook: status %d", status)
	}
	return err
}

// received leaves out the answer to "hello", which goes by reply token or, when
// that comes too late, by push; a second one is left in, as nobody sent it.
func (l lineSoak) received() map[receipt]int {
	got := make(map[receipt]int)
	greeted := make(map[string]bool)
	for _, one := range l.Delivered() {
		if !strings.Contains(one.Text, ", number ") && !greeted[one.To] {
			greeted[one.To] = true
			continue
		}
		got[receipt{one.To, one.Text}]++
	}
	return got
}
