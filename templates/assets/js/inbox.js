// The inbox: answers are sent without leaving the page.
import {attachments} from './attach.js';
import {composer, toast} from './plaza.js';
import {refresh} from './regions.js';
import {post, sendFile} from './sending.js';
import {key, t} from './texts.js';

const TYPING_EVERY = 4000; // ms: messengers show it for about five seconds

for (const form of document.querySelectorAll('form[data-send]')) {
  const input = composer(form);
  let told = 0;
  input.addEventListener('input', () => {
    if (!input.value || Date.now() - told < TYPING_EVERY) return;
    told = Date.now();
    post(form.action.replace(/reply$/, 'typing'), new URLSearchParams({csrf: form.elements.csrf.value}));
  });
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
