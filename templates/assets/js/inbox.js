// The inbox: answers are sent without leaving the page.
import {composer} from './plaza.js';
import {refresh} from './regions.js';
import {key, t} from './texts.js';
import {toast} from './plaza.js';

for (const form of document.querySelectorAll('form[data-send]')) {
  const input = composer(form);
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    const text = input.value;
    input.value = '';
    const answer = await fetch(form.action, {method: 'POST', body}).catch(() => null);
    if (!answer?.ok) {
      // The key stays: sending it again can't say it twice.
      input.value = text;
      toast(t('not-sent'));
      return;
    }
    form.elements.key.value = key();
    refresh();
  });
}
