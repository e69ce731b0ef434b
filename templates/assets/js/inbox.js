// The inbox: answers are sent without leaving the page.
import {attachments} from './attach.js';
import {composer, toast} from './plaza.js';
import {sign, tellWriting} from './presence.js';
import {refresh} from './regions.js';
import {post, sendFile} from './sending.js';
import {key, t} from './texts.js';

// The page's live line, once it has one.
let line = null;

for (const form of document.querySelectorAll('form[data-send]')) {
  const input = composer(form);
  const to = form.querySelector('[data-to]');
  const address = () => {
    const {path, topic} = to.selectedOptions[0].dataset;
    form.dataset.send = `${path}/attach`;
    form.dataset.topic = topic;
  };
  if (to) { address(); to.addEventListener('change', address); }
  tellWriting(input, () => line?.signal(form.dataset.topic, 'typing'));
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    const text = input.value;
    input.value = '';
    const answer = await post(form.action, body);
    if (answer.status >= 300 || !answer.status) {
      // The key stays: sending it again can't say it twice.
      input.value = text;
      toast(answer.problem || t('not-sent'));
      return;
    }
    form.elements.key.value = key();
    refresh();
  });
  attachments(form, async item => {
    const list = document.querySelector('.thread .messages');
    if (await sendFile(list, form.dataset.send, key(), item, form.elements.csrf.value)) refresh();
  });
}

// hear shows on the live line of the page that the person of the open
// conversation writes, and tells them that the member does.
export function hear(live) {
  line = live;
  for (const shown of document.querySelectorAll('[data-writing]')) {
    const writing = sign(() => { shown.hidden = false; }, () => { shown.hidden = true; });
    live.subscribe(shown.dataset.writing, {onSignal: ({kind}) => { if (kind === 'typing') writing.on(); }});
    // What they wrote has come. The messages are drawn anew for other reasons too,
    // such as being read.
    const list = document.querySelector('.thread .messages');
    const newest = () => [...list.querySelectorAll('.bubble-row:not(.mine)')].at(-1)?.id;
    let known = newest();
    new MutationObserver(() => { if (known !== (known = newest())) writing.off(); }).observe(list, {childList: true});
  }
}
