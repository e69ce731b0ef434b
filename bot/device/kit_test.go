package device_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/bot/device"
	"plaza/message"
	"plaza/shop/crashtest"
)

const shop = "01SHOP"

// hall is a Service with everything around it, on a store with a plug.
type hall struct {
	*device.Service
	t      *testing.T
	plug   *crashtest.Engine
	at     atomic.Int64
	mu     sync.Mutex
	linked map[string][]string
	heard  map[string]string // link by user and key: the same key says it once
	ended  map[string]int    // by the device's id
	locked map[string]int    // by the person's id
}

func open(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, linked: map[string][]string{}, heard: map[string]string{}, ended: map[string]int{}, locked: map[string]int{}}
	h.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	db, plug := crashtest.Open(t, slices.Concat(device.Schemas(), vault.Schemas())...)
	h.plug = plug
	h.Service = device.New(device.Dependencies{DB: db, Identities: h, People: h, Sender: h, Texts: h,
		Sealer: vault.New(db, vault.NewMasterKey(), h.now),
		KnownSince: func(context.Context, message.Person) (time.Time, error) {
			return h.now().Add(-30 * 24 * time.Hour), nil
		},
		Zone: func(context.Context, string) (*time.Location, error) { return time.UTC, nil },
		End: func(_ context.Context, of device.Device) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.ended[of.ID]++
			return nil
		},
		Lock: func(_ context.Context, who message.Person) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.locked[who.ID]++
			return nil
		},
		PublicURL: "https://plaza.example", Now: h.now, Logger: slog.New(slog.DiscardHandler)})
	// The account's key is made when it is first needed, which is none of the
	// writes that the tests count.
	h.must(h.See(t.Context(), person(shop, "first"), browser("first"), device.SignIn))
	h.heard = map[string]string{}
	return h
}

func (h *hall) now() time.Time { return time.UnixMilli(h.at.Load()).UTC() }

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) Linked(_ context.Context, _, subscriber string) ([]string, error) {
	if linked := h.linked[subscriber]; linked != nil {
		return linked, nil
	}
	return []string{subscriber}, nil
}

func (h *hall) Person(_ context.Context, account, id string) (message.Person, error) {
	_, channel, user, _ := message.SplitSubscriberID(id)
	return message.Person{ID: id, Account: account, Channel: channel, User: user, Language: "en"}, nil
}

func (h *hall) Text(_, key string, args ...any) string {
	return fmt.Sprint(append([]any{key, " "}, args...)...)
}

func (h *hall) Send(_ context.Context, to message.Person, key string, out ...message.Outbound) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard[to.ID+" "+key] = out[0].Buttons[0].URL
	return nil
}

// links are the secrets in what was said.
func (h *hall) links() (secrets []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, link := range h.heard {
		secrets = append(secrets, link[len("https://plaza.example"+device.NotMePath(shop, "")):])
	}
	return secrets
}

// restart is what a node does after a crash.
func (h *hall) restart() (crashed bool) {
	h.t.Helper()
	crashed = h.plug.Restart()
	h.at.Add(time.Minute.Milliseconds())
	h.must(h.Recover(h.t.Context()))
	return crashed
}

func person(account, name string) message.Person {
	return message.Person{ID: message.SubscriberID(account, "line", name), Account: account, Channel: "line", User: name, Language: "en"}
}

func browser(mark string) device.Browser {
	return device.Browser{Mark: mark, Agent: "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36"}
}
