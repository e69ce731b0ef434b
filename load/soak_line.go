package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"plaza/bot/line/linetest"
)

// lineSoak is LINE's stand-in in a soak.
type lineSoak struct {
	account linetest.Account
	*linetest.Platform
}

func openLINE(setting soakSetting) soakPlatform {
	account := linetest.Account{ID: "1234567890", Secret: "0123456789abcdef0123456789abcdef", Webhook: setting.webhook, Redeliver: true}
	platform := linetest.New(account, setting.now, setting.troubles)
	platform.Client = &http.Client{Transport: setting.gate}
	return lineSoak{account, platform}
}

func (l lineSoak) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.Platform.ServeHTTP(w, r) }

func (l lineSoak) connection() any {
	return map[string]string{"channel_secret": l.account.Secret, "channel_id": l.account.ID}
}

// meet has LINE deliver one message, again while the program is too busy to take
// it in time.
func (l lineSoak) meet(ctx context.Context, person string) error {
	event := l.Text(person, "hello")
	for range 5 {
		status, err := l.Deliver(ctx, event)
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("webhook: status %d", status)
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
	return errors.New("webhook: not taken in time, time after time")
}

func (l lineSoak) received() map[receipt]int {
	got, answered := make(map[receipt]int), make(answers)
	for _, one := range l.Delivered() {
		if of := (receipt{one.To, one.Text}); !answered.has(of) {
			got[of]++
		}
	}
	return got
}
