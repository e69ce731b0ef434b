// The inbox: answers are sent without leaving the page.
import {attachments} from './attach.js';
import {composer, toast} from './plaza.js';
import {refresh} from './regions.js';
import {post, sendFile} from './sending.js';
import {key, t} from './texts.js';

for (const form of document.querySelectorAll('form[data-send]')) {
  const input = composer(form);
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
