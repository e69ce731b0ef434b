// The chat's worker: shows notifications, and a page of its own while there is
// no network. It keeps the offline page and the assets of one version, and never
// an answer that is somebody's. `app` is put in front by the server.

addEventListener('install', event => event.waitUntil((async () => {
  const cache = await caches.open(app.cache);
  await cache.addAll([app.offline, ...app.shell]);
  await skipWaiting();
})()));

addEventListener('activate', event => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(app.family) && name !== app.cache) await caches.delete(name);
  await clients.claim();
})()));

addEventListener('fetch', event => {
  const {request} = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') { if (url.pathname === app.scope) event.respondWith(open(event)); }
  else if (url.pathname.startsWith(app.assets) && !url.search) event.respondWith(asset(request));
});

// open gets the page from the server, always; without it, the offline page in
// the language that the last one was in.
async function open(event) {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(keepOffline(answer.headers.get('Content-Language')).catch(() => {}));
    return answer;
  } catch {
    return await caches.match(app.offline, {cacheName: app.cache}) ?? Response.error();
  }
}

async function keepOffline(language) {
  const cache = await caches.open(app.cache);
  const kept = await cache.match(app.offline);
  if (language && kept?.headers.get('Content-Language') !== language) await cache.add(app.offline);
}

// asset: its address says what is in it, so what is kept is right.
async function asset(request) {
  const cache = await caches.open(app.cache);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.status === 200) await cache.put(request, answer.clone());
  return answer;
}

// Nobody is told of what they look at; else there is one notification, which
// the next takes the place of.
addEventListener('push', event => event.waitUntil((async () => {
  let told = {};
  try { told = event.data.json(); } catch { /* not from our server's hand, or of another version */ }
  const pages = await clients.matchAll({type: 'window', includeUncontrolled: true});
  if (pages.some(page => ours(page.url) && page.visibilityState === 'visible')) return;
  await registration.showNotification(told.title || app.name, {
    body: told.body || '', lang: told.lang || '', icon: told.icon || app.icon, tag: app.scope, renotify: true,
    timestamp: Date.parse(told.at) || Date.now(), data: {url: told.url || app.scope},
  });
  await navigator.setAppBadge?.(told.count || undefined).catch(() => {});
})()));

addEventListener('notificationclick', event => {
  event.notification.close();
  event.waitUntil((async () => {
    const url = new URL(event.notification.data?.url ?? app.scope, location.origin);
    const target = ours(url.href) ? url : new URL(app.scope, location.origin);
    const pages = await clients.matchAll({type: 'window', includeUncontrolled: true});
    const page = pages.find(page => ours(page.url));
    if (!page) { await clients.openWindow(target.href); return; }
    page.postMessage({message: decodeURIComponent(target.hash.slice(3))});
    await page.focus();
  })());
});

// The browser has changed the subscription by itself: the server gets the new one.
addEventListener('pushsubscriptionchange', event => event.waitUntil((async () => {
  const options = event.oldSubscription?.options ?? {userVisibleOnly: true, applicationServerKey: app.key};
  const made = event.newSubscription ?? await registration.pushManager.subscribe(options);
  const {endpoint, keys} = made.toJSON();
  await fetch(app.notify, {method: 'POST', headers: {Accept: 'application/json'}, body: new URLSearchParams({endpoint, ...keys})});
  if (event.oldSubscription && event.oldSubscription.endpoint !== endpoint) {
    await fetch(`${app.notify}/off`, {method: 'POST', headers: {Accept: 'application/json'}, body: new URLSearchParams({endpoint: event.oldSubscription.endpoint})});
  }
})()));

function ours(address) {
  const url = new URL(address);
  return url.origin === location.origin && (url.pathname === app.scope || `${url.pathname}/` === app.scope);
}
