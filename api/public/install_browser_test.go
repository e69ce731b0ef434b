package public_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"plaza/bot"
	"plaza/message"
)

// subscribing stands in for the part of a browser that asks its maker's push
// service for a subscription: Chromium without a window has none. Everything
// else is the browser's own.
const subscribing = `PushManager.prototype.subscribe = async function (options) {
	window.asked = options;
	const made = {...SUBSCRIPTION, options: {applicationServerKey: null}, unsubscribe: async () => { window.made = null; return true; }};
	made.toJSON = () => ({endpoint: made.endpoint, keys: made.keys});
	return window.made = made;
};
PushManager.prototype.getSubscription = async () => window.made ?? null; true`

// phoneTab is a browser's page on a phone.
type phoneTab struct {
	t   *testing.T
	ctx context.Context
}

func openPhone(t *testing.T) phoneTab {
	t.Helper()
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	p := phoneTab{t, ctx}
	step(p, chromedp.EmulateViewport(390, 844))
	return p
}

func step[T any](p phoneTab, action chromedp.Action[T]) T {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, action)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// until waits for a condition. A page may be on its way to the next one: then
// there is no answer yet.
func (p phoneTab) until(condition string) {
	p.t.Helper()
	deadline, look := time.After(time.Minute), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for {
		holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`Boolean(`+condition+`)`))
		if err == nil && holds {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			p.t.Fatalf("in vain: %s (%v)", condition, err)
		}
	}
}

// answer runs a script that takes its time.
func (p phoneTab) answer(script string) string {
	p.t.Helper()
	return step(p, chromedp.Evaluate[string](`(async () => String(`+script+`))()`, chromedp.EvalAwaitPromise))
}

func (p phoneTab) shot(name string) {
	p.t.Helper()
	folder := os.Getenv("PLAZA_PREVIEW")
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), step(p, chromedp.CaptureScreenshot()), 0o600); err != nil {
		p.t.Error(err)
	}
}

// registration waits for the worker of a scope.
func (p phoneTab) registration(scope string) serviceworker.RegistrationID {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	found := make(chan serviceworker.RegistrationID, 64)
	err := chromedp.Listen(ctx, func(event any) {
		updated, ok := event.(*serviceworker.EventWorkerRegistrationUpdated)
		for i := 0; ok && i < len(updated.Registrations); i++ {
			if strings.HasSuffix(updated.Registrations[i].ScopeURL, scope) && !updated.Registrations[i].IsDeleted {
				found <- updated.Registrations[i].RegistrationID
			}
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, serviceworker.Enable, cdp.Empty{}); err != nil {
		p.t.Fatal(err)
	}
	select {
	case id := <-found:
		return id
	case <-ctx.Done():
		p.t.Fatalf("no worker for %s", scope)
		return ""
	}
}

// TestTheChatIsAnAppThatTellsOfAnswersAndSaysWhenThereIsNoNetwork goes the whole
// way in a real browser: install, ask for notifications, be told, lose the line.
func TestTheChatIsAnAppThatTellsOfAnswersAndSaysWhenThereIsNoNetwork(t *testing.T) {
	w, pushes := reached(t)
	corner := w.Merchant("corner")
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	p := openPhone(t)
	step(p, chromedp.Navigate(server.URL+"/chat/corner"))
	p.until(`document.querySelector('form.follow button')`)
	step(p, chromedp.Evaluate[bool](`document.querySelector('form.follow button').click(), true`))
	p.until(`!document.querySelector('form.follow') && document.readyState === 'complete'`)
	p.until(`location.pathname === '/chat/corner/'`)
	if scope := p.answer(`(await navigator.serviceWorker.ready).scope`); scope != server.URL+"/chat/corner/" {
		t.Fatalf("the worker sees %s", scope)
	}
	manifest, err := chromedp.Call(p.ctx, page.GetAppManifest, page.GetAppManifestParams{})
	if err != nil || len(manifest.Errors) > 0 || !strings.Contains(manifest.URL, "/chat/corner/manifest.webmanifest") {
		t.Errorf("the manifest: %+v, %v", manifest, err)
	}
	wrong, err := chromedp.Call(p.ctx, page.GetInstallabilityErrors, cdp.Empty{})
	if err != nil {
		t.Error(err)
	}
	for _, each := range wrong.InstallabilityErrors {
		t.Errorf("it can't be installed: %s %v", each.ErrorID, each.ErrorArguments)
	}

	key, err := w.Notify.PublicKey(t.Context())
	w.Must(err)
	made := pushes.Subscribe(key)
	subscription, err := json.Marshal(map[string]any{"endpoint": made.Endpoint, "keys": map[string]string{"p256dh": made.Public, "auth": made.Secret}})
	w.Must(err)
	step(p, chromedp.Evaluate[bool](strings.Replace(subscribing, "SUBSCRIPTION", string(subscription), 1)))
	if _, err := chromedp.Call(p.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: server.URL}); err != nil {
		t.Fatal(err)
	}
	p.until(`!document.querySelector('[data-app-item]').hidden`)
	if reach, err := w.Notify.Reach(t.Context(), corner.ID); err != nil || reach != 0 {
		t.Errorf("somebody is told who has not asked for it: %d, %v", reach, err)
	}
	step(p, chromedp.Evaluate[bool](`document.querySelector('[data-app-item]').click(), true`))
	p.until(`document.getElementById('app').open`)
	p.shot("app-dialog")
	step(p, chromedp.Evaluate[bool](`document.querySelector('#app [data-notify-on]').click(), true`))
	p.until(`!document.querySelector('[data-notify-off]').hidden && !document.querySelector('[data-notify-state=on]').hidden`)
	if asked := p.answer(`JSON.stringify(window.asked)`); asked != `{"userVisibleOnly":true,"applicationServerKey":"`+key+`"}` {
		t.Errorf("asked for %s", asked)
	}
	p.shot("app-on")
	if reach, err := w.Notify.Reach(t.Context(), corner.ID); err != nil || reach != 1 {
		t.Fatalf("%d can be told, %v", reach, err)
	}

	registration := p.registration("/chat/corner/")
	person := personOf(t, w, corner.ID)
	p.until(`performance.getEntriesByType('resource').some(e => e.name.endsWith('/read') && e.responseStatus === 204)`)
	step(p, chromedp.Navigate(server.URL+"/a/corner")) // the chat is not in view
	w.Pass(time.Second)
	w.Must(w.Bot.SendAs(t.Context(), bot.ByAgent, person, "answer", message.Text("Your bread is ready.")))
	w.Pass(6 * time.Second)
	w.Must(w.Notify.Work(t.Context()))
	w.Notify.Wait()
	taken := pushes.Taken()
	if len(taken) != 1 {
		t.Fatalf("%+v, refused %v", taken, pushes.Refused())
	}
	deliver := serviceworker.DeliverPushMessageParams{Origin: server.URL, RegistrationID: registration, Data: taken[0].Content}
	shown := `(await (await navigator.serviceWorker.getRegistration('/chat/corner/')).getNotifications()).map(n => [n.title, n.body, n.tag, n.lang, n.data.url].join('|')).join()`
	var got string
	for deadline := time.Now().Add(30 * time.Second); got == "" && time.Now().Before(deadline); {
		// The browser drops one that its worker, just waking up on a busy machine, does
		// not take in time; as with push services, the same again replaces it.
		if _, err := chromedp.Call(p.ctx, serviceworker.DeliverPushMessage, deliver); err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(4 * time.Second); got == "" && time.Now().Before(until); {
			got = p.answer(shown)
		}
	}
	history, _, err := w.Bot.History(t.Context(), corner.ID, person.ID, "", 1)
	w.Must(err)
	if want := corner.Name("en") + "|Your bread is ready.|/chat/corner/|en|"; !strings.HasPrefix(got, want) {
		t.Errorf("shown %q, want %q", got, want)
	}

	// Who opens the chat at the message sees it, and the notification goes.
	step(p, chromedp.Navigate(server.URL+got[strings.LastIndex(got, "|")+1:]))
	p.until(`document.querySelector('.bubble-row.found')?.id === ` + quote("m-"+history[0].ID))
	step(p, chromedp.Evaluate[bool](`window.await_notifications = 1; (async function look() { await_notifications = (await (await navigator.serviceWorker.ready).getNotifications()).length; setTimeout(look, 50); })(), true`))
	p.until(`await_notifications === 0`)

	// What the worker keeps is of nobody.
	kept := p.answer(`(await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(r => new URL(r.url).pathname)))).flat().join(' ')`)
	for _, path := range strings.Fields(kept) {
		if path != "/chat/corner/offline" && !strings.HasPrefix(path, "/assets/") {
			t.Errorf("kept: %s", path)
		}
	}
	server.Close()
	step(p, chromedp.Evaluate[bool](`location.reload(), true`))
	p.until(`document.querySelector('main.offline h1')?.textContent === 'No connection'`)
	p.until(`getComputedStyle(document.querySelector('main.offline')).display === 'grid'`)
	p.shot("app-offline")
}

func quote(text string) string {
	encoded, _ := json.Marshal(text) // a string always can be
	return string(encoded)
}
