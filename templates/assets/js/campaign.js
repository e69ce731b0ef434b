// The preview of a campaign: what is being written, as a phone will show it.
import {bubble} from './bubbles.js';

const form = document.querySelector('[data-campaign]');
const screen = document.querySelector('[data-campaign] [data-preview]');

// samples fills placeholders with what stands for them.
function samples(text) {
  for (const item of form.querySelectorAll('[data-insert]')) text = text.replaceAll(item.dataset.insert, item.dataset.sample);
  return text.replace(/\{\{[^{}|]*\|([^{}]*)\}\}/g, '$1');
}

// content reads the form as the server will: a title makes a card of it.
function content() {
  const value = name => samples(form.elements[name]?.value.trim() ?? '');
  const image = form.querySelector('[data-picture] .thumb:not([hidden]) img')?.src;
  const code = form.elements.code?.value;
  const url = value('url');
  const link = code ? new URL(`/q/${code}`, location.href).href : '';
  if (value('title')) {
    const buttons = value('button') && url ? [{label: value('button'), url}] : [];
    const apart = 'apart' in form.dataset ? value('text') : '';
    const card = {form: 'card', cards: [{title: value('title'), text: apart ? '' : value('text'), image, url, qr: link, buttons}]};
    return apart ? [{form: 'text', text: apart}, card] : [card];
  }
  const parts = [];
  if (value('text')) parts.push({form: 'text', text: value('text')});
  if (image) parts.push({form: 'image', image});
  if (link) parts.push({form: 'qr', url: link, text: ''});
  return parts;
}

function draw() {
  screen.replaceChildren(...content().map((out, i) => bubble({id: `preview-${i}`, at: new Date(), out}, {say: '', zone: form.dataset.zone})));
}

if (form && screen) {
  form.addEventListener('input', draw);
  form.addEventListener('change', () => setTimeout(draw));
  form.addEventListener('focusin', draw, {once: true});
  draw();
}
