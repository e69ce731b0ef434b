// Regions of a page that follow what happens: they are fetched anew, as the
// server draws them, and put in place. data-region names one; data-end keeps a
// list at its end.
import {connect} from './live.js';
import {showStatus} from './plaza.js';

const PAUSE = 250; // ms between two refreshes of a busy page
let running = false, wanted = false;

// refresh fetches this page and replaces its regions. Calls while one is under
// way are answered by one more.
export async function refresh() {
  wanted = true;
  if (running) return;
  running = true;
  while (wanted) {
    wanted = false;
    try {
      const answer = await fetch(location.href, {headers: {Accept: 'text/html', 'X-Fragment': document.visibilityState}});
      if (answer.redirected || !answer.ok) break;
      replace(await answer.text());
    } catch { break; } // no network: the line's return brings the next one
    await new Promise(done => setTimeout(done, PAUSE));
  }
  running = false;
}

// replace puts the regions of a drawn page in place; only names one of them.
export function replace(html, only) {
  const drawn = new DOMParser().parseFromString(html, 'text/html');
  for (const region of document.querySelectorAll(only ? `[data-region="${only}"]` : '[data-region]')) {
    const fresh = drawn.querySelector(`[data-region="${region.dataset.region}"]`);
    const busy = region.contains(document.activeElement) && document.activeElement.matches('input, textarea, select');
    // What is open stays, unless the page has nothing to unfold there any more.
    const open = region.querySelector('dialog[open]') || fresh?.querySelector('details') && region.querySelector('details[open]');
    if (!fresh || busy || open || same(region, fresh)) continue;
    const atEnd = region.scrollHeight - region.scrollTop - region.clientHeight < 48;
    const known = new Set(Array.from(region.querySelectorAll('[id]'), element => element.id));
    region.replaceChildren(...fresh.childNodes);
    for (const element of region.querySelectorAll('[id]')) if (!known.has(element.id)) element.classList.add('fresh');
    if ('end' in region.dataset && atEnd) region.scrollTop = region.scrollHeight;
  }
}

function same(a, b) { return a.innerHTML === b.innerHTML; }

// follow refreshes the regions with every event of the page's topics, and gives
// the page's live line, if it has one.
export function follow() {
  const {live: url, since, topics} = document.body.dataset;
  if (!url) return null;
  const live = connect({url, onStatus: showStatus});
  for (const topic of topics.split(' ')) {
    if (topic) live.subscribe(topic, {since: Number(since), onEvent: refresh, onReset: refresh});
  }
  return live;
}

// A page that nobody may listen from looks again, as long as it says so and
// somebody looks at it.
const again = document.querySelector('[data-again]');
const timer = again && setInterval(() => {
  if (!document.querySelector('[data-again]')) clearInterval(timer);
  else if (document.visibilityState === 'visible') refresh();
}, again.dataset.again * 1000);

for (const region of document.querySelectorAll('[data-end]')) region.scrollTop = region.scrollHeight;

// Forms whose answer is a region of the page they lead to: data-swap names it.
document.addEventListener('submit', async event => {
  const form = event.target;
  if (!form.dataset.swap || event.defaultPrevented) return;
  event.preventDefault();
  const answer = await fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))}).catch(() => null);
  if (!answer) { form.removeAttribute('data-swap'); form.requestSubmit(); return; }
  replace(await answer.text(), form.dataset.swap);
});
