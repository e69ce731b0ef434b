// The chat in a frame of another site's page: it tells that page's script how
// much is unread and when to close, and hears whether it is open. It speaks with
// a page of the sites that the account names, and with no other.
import {setOpen} from './presence.js';

const KEPT = 'plaza-embedder'; // what the chat leads to and comes back from has no such parameter

// embedderOf is the origin of the page around this one; empty if there is none
// that may be.
function embedderOf(origins) {
  if (parent === window) return '';
  let asked = new URLSearchParams(location.search).get('embed');
  try {
    asked ??= sessionStorage.getItem(KEPT);
    if (asked) sessionStorage.setItem(KEPT, asked);
  } catch { /* nothing is kept in this frame */ }
  return origins.includes(asked) ? asked : '';
}

// embedded sets up the chat for its frame; opened is called when it opens.
export function embedded(talk, opened) {
  const site = embedderOf((talk.dataset.origins ?? '').split(' ').filter(Boolean));
  if (!site) return;
  const tell = (what, more = {}) => parent.postMessage({plaza: what, ...more}, site);
  document.body.classList.add('embedded');
  setOpen(false); // until it is said to be open: what nobody sees is not read

  addEventListener('message', ({source, origin, data}) => {
    if (source !== parent || origin !== site) return;
    if (data?.plaza === 'hello') tell('ready');
    if (data?.plaza === 'open') { setOpen(true); opened(); }
    if (data?.plaza === 'closed') setOpen(false);
  });
  document.addEventListener('unseen', ({detail}) => tell('unread', {count: detail}));

  const button = talk.querySelector('[data-close-frame]');
  button.hidden = false;
  button.addEventListener('click', () => tell('close'));
  addEventListener('keydown', event => { // first of all: what is open in the chat closes before it
    if (event.key === 'Escape' && !document.querySelector('dialog[open], details.menu[open]')) tell('close');
  }, true);
  // Other sites do not belong into this frame.
  addEventListener('click', event => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (link && link.origin !== location.origin) { link.target = '_blank'; link.rel = 'noopener'; }
  }, true);
}
