// How far messages were read, in both directions: the server is told how far the
// person has read, and the page shows how far they were read.
import {attended, onAttention} from './presence.js';
import {make, t} from './texts.js';

const PAUSE = 400; // ms: several messages are marked at once

// reading tells path of messages that have come, as read once somebody looks at
// them and as delivered until then, and marks the person's own in list.
export function reading(path, csrf, list) {
  const title = document.title;
  let last = '', unseen = 0, telling = 0;

  function tell() {
    clearTimeout(telling);
    telling = setTimeout(() => {
      const body = new URLSearchParams({up_to: last, state: attended() ? 'read' : 'delivered', csrf});
      fetch(path, {method: 'POST', keepalive: true, body}).catch(() => {}); // the next one says it again
    }, PAUSE);
  }

  function count(messages) {
    unseen = messages;
    document.title = unseen ? `(${unseen}) ${title}` : title;
    document.dispatchEvent(new CustomEvent('unseen', {detail: unseen}));
  }

  onAttention(() => { if (attended() && last) { count(0); tell(); } });

  return {
    // reached: the message with this id, the latest of so many that were not read,
    // is on the page.
    reached(id, fresh = 1) {
      last = id;
      if (!attended()) count(unseen + fresh);
      tell();
    },
    // seen marks the last message that a member has seen.
    seen(at) {
      const row = [...list.querySelectorAll('.bubble-row.mine')].findLast(one => one.id.includes('/') && Number(one.dataset.at) <= Date.parse(at));
      const mark = list.querySelector('[data-seen]') ?? make('span', {class: 'seen', 'data-seen': true}, t('seen'));
      row?.querySelector('.bubble-meta').append(mark);
    },
    shown: () => Boolean(list.querySelector('[data-seen]')),
  };
}
