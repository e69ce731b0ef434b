// The chat as an app on this device, and notifications of answers in it. Nothing
// is asked of the person before they press a button.
import {post} from './sending.js';
import {toast} from './plaza.js';
import {t} from './texts.js';

const dialog = document.getElementById('app');
const talk = document.querySelector('.talk');
const all = (name, value) => document.querySelectorAll(value === undefined ? `[${name}]` : `[${name}="${value}"]`);
const show = (elements, shown) => { for (const element of elements) element.hidden = !shown; };
const only = (name, value) => { for (const element of all(name)) element.hidden = element.getAttribute(name) !== value; };

// What this device remembers of the chat, if it remembers anything.
const memory = {
  get: key => { try { return localStorage.getItem(`plaza ${dialog.dataset.scope} ${key}`); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(`plaza ${dialog.dataset.scope} ${key}`, value); } catch { /* then it is asked again */ } },
};

if (dialog && parent === window) begin(); // a frame in another site is no app, and browsers let it notify nobody

function begin() {
  installing();
  if (navigator.serviceWorker) working(dialog.dataset.scope);
}

// working registers the worker and, where there are push services, notifying.
async function working(scope) {
  navigator.serviceWorker.addEventListener('message', ({data}) => { if (data?.message) find(data.message); });
  const registration = await navigator.serviceWorker.register(dialog.dataset.worker, {scope}).catch(() => null);
  if (!registration) return;
  const seen = async () => {
    if (document.hidden) return;
    for (const shown of await registration.getNotifications()) shown.close();
    navigator.clearAppBadge?.().catch(() => {});
  };
  seen();
  document.addEventListener('visibilitychange', seen);
  if (registration.pushManager && 'Notification' in window && dialog.dataset.key) notifying(registration);
}

async function notifying(registration) {
  const {key, notify} = dialog.dataset;
  const csrf = talk.dataset.csrf;
  const wishes = dialog.querySelector('[data-notify-wishes]');
  show(all('data-notify-part'), true);
  show(all('data-app-item'), true);

  async function draw() {
    const on = Boolean(await registration.pushManager.getSubscription());
    const blocked = Notification.permission === 'denied';
    only('data-notify-state', blocked ? 'blocked' : on ? 'on' : 'off');
    show(dialog.querySelectorAll('[data-notify-on]'), !on && !blocked);
    show(all('data-notify-off'), on);
    show([wishes], !blocked);
    const asked = document.querySelector('.bubble-row.mine');
    show(all('data-app-hint'), !on && Notification.permission === 'default' && asked && !memory.get('hint'));
  }

  const tell = async (subscription, more) => {
    const {endpoint, keys} = subscription.toJSON();
    const answer = await post(notify, new URLSearchParams({endpoint, ...keys, ...more, csrf}));
    if (answer.status < 200 || answer.status > 299) throw new Error(answer.problem || t('notify.failed'));
    memory.set('told', String(Date.now()));
  };
  const chosen = () => Object.fromEntries([...wishes.querySelectorAll('input')].map(box => [box.name, box.checked ? 'on' : 'off']));
  // A browser whose push service can't be reached may never answer at all.
  const subscribe = () => Promise.race([registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: key}),
    new Promise((_, no) => setTimeout(() => no(new Error(t('notify.failed'))), 15_000))]);

  async function turnOn() {
    if (await Notification.requestPermission() !== 'granted') { await draw(); return; }
    await navigator.serviceWorker.ready;
    await tell(await subscribe(), chosen());
    toast(t('notify.on'));
    await draw();
  }
  async function turnOff() {
    const subscription = await registration.pushManager.getSubscription();
    if (subscription) {
      await post(`${notify}/off`, new URLSearchParams({endpoint: subscription.endpoint, csrf}));
      await subscription.unsubscribe();
    }
    memory.set('hint', 'no');
    await draw();
  }
  async function wish() {
    const subscription = await registration.pushManager.getSubscription();
    if (subscription) await tell(subscription, chosen());
  }
  // Once a day the server is told again: it may have been restored, and it
  // forgets whom no page has shown for long. A changed key makes a new one.
  async function refresh() {
    let subscription = await registration.pushManager.getSubscription();
    if (!subscription || Notification.permission !== 'granted') return;
    const bound = encode(subscription.options.applicationServerKey);
    if (bound && bound !== key) { await subscription.unsubscribe(); subscription = await subscribe(); }
    else if (Date.now() - Number(memory.get('told')) < 24 * 3600e3) return;
    await tell(subscription, {});
  }
  const act = action => async () => { try { await action(); } catch (problem) { toast(problem instanceof DOMException ? t('notify.failed') : problem.message); await draw(); } };

  for (const button of all('data-notify-on')) button.addEventListener('click', act(turnOn));
  for (const button of all('data-notify-off')) button.addEventListener('click', act(turnOff));
  for (const button of all('data-app-hint-close')) button.addEventListener('click', act(() => { memory.set('hint', 'no'); return draw(); }));
  wishes.addEventListener('change', act(wish));
  document.getElementById('say').addEventListener('submit', () => setTimeout(act(draw)));
  await refresh().catch(() => {});
  await draw();
}

// encode writes bytes as base64url, as the server writes its key.
function encode(bytes) {
  if (!bytes) return '';
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

// installing offers to make an app of the chat where the browser can. On iOS only
// the person can, by two taps that a sentence tells of.
function installing() {
  let offer = null;
  const draw = state => {
    show(all('data-install-part'), Boolean(state));
    only('data-install-state', state);
    if (state) show(all('data-app-item'), true);
  };
  if (navigator.standalone === false) draw('ios');
  addEventListener('beforeinstallprompt', event => { event.preventDefault(); offer = event; draw('offered'); });
  addEventListener('appinstalled', () => draw(null));
  dialog.querySelector('[data-install]').addEventListener('click', async () => {
    if (!offer) return;
    offer.prompt();
    const {outcome} = await offer.userChoice;
    offer = null;
    if (outcome === 'accepted') dialog.close();
    draw(null);
  });
}

// find shows the message that a notification was about.
function find(message) {
  const row = document.getElementById(`m-${message}`);
  if (!row) return;
  row.scrollIntoView({block: 'center'});
  row.classList.add('found');
  setTimeout(() => row.classList.remove('found'), 3000);
}
if (location.hash.startsWith('#m-')) {
  try { const message = decodeURIComponent(location.hash.slice(3)); addEventListener('load', () => find(message)); } catch { /* no id */ }
}
