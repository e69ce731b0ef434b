// What every page can do: menus, dialogs, questions, copying, fields that
// depend on others. All of it enhances forms and links that work without it.
import {make, t} from './texts.js';

document.documentElement.classList.add('scripted');

// Tabs wider than a phone begin where the page stands, not at the first.
for (const tab of document.querySelectorAll('.tabs > [aria-current]')) {
  const bar = tab.parentElement.getBoundingClientRect(), here = tab.getBoundingClientRect();
  tab.parentElement.scrollLeft += here.left + here.width / 2 - bar.left - bar.width / 2;
}

// toast says a sentence for a few seconds.
export function toast(text) {
  const shown = make('p', {class: 'toast'}, text);
  document.getElementById('toasts')?.append(shown);
  setTimeout(() => shown.remove(), 5000);
  return shown;
}

// ask puts a question; resolves to whether it was answered with yes.
function ask(question) {
  return new Promise(resolve => {
    const yes = make('button', {class: 'button primary', value: 'yes'}, t('yes'));
    const dialog = make('dialog', {'aria-label': question},
      make('form', {method: 'dialog', class: 'stack'}, make('p', {class: 'strong'}, question),
        make('div', {class: 'row end-row'}, make('button', {class: 'button', value: ''}, t('no')), yes)));
    dialog.addEventListener('close', () => { resolve(dialog.returnValue === 'yes'); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  });
}

// Forms and buttons that ask before they act.
document.addEventListener('submit', async event => {
  const form = event.target;
  const question = event.submitter?.dataset.ask ?? form.dataset.ask;
  if (!question || form.dataset.sure) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!await ask(question)) return;
  form.dataset.sure = 'yes';
  form.requestSubmit(event.submitter);
  delete form.dataset.sure;
}, true);

// A form that must not be sent twice by an impatient finger. The server holds
// its key too; this only spares the reader the doubt.
document.addEventListener('submit', event => {
  if (!event.target.matches('[data-once]') || event.defaultPrevented) return;
  const button = event.submitter ?? event.target.querySelector('button:not([type=button])');
  setTimeout(() => { if (button) { button.disabled = true; button.setAttribute('aria-busy', 'true'); } });
});
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('[data-once] [aria-busy]')) { button.disabled = false; button.removeAttribute('aria-busy'); }
});

document.addEventListener('click', event => {
  const target = event.target instanceof Element ? event.target : null;
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(target)) menu.open = false;
  const button = target?.closest('button');
  if (!button) return;
  if (button.dataset.dialog) document.getElementById(button.dataset.dialog)?.showModal();
  if ('close' in button.dataset) button.closest('dialog')?.close();
  if ('print' in button.dataset) print();
  if (button.dataset.copy) copy(document.getElementById(button.dataset.copy));
  if (button.dataset.insert) insert(button);
  if (button.dataset.step) step(button);
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) { menu.open = false; menu.querySelector('summary').focus(); }
});

async function copy(field) {
  field.select();
  try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand('copy'); }
  toast(t('copied'));
}

// The field a placeholder goes into is the text field used last.
let field = null;
document.addEventListener('focusin', event => { if (event.target.matches?.('textarea, input.input:not([type])')) field = event.target; });
function insert(button) {
  const target = field?.isConnected ? field : button.closest('form')?.querySelector('textarea');
  button.closest('details').open = false;
  if (!target) return;
  target.setRangeText(button.dataset.insert, target.selectionStart, target.selectionEnd, 'end');
  target.focus();
  target.dispatchEvent(new Event('input', {bubbles: true}));
}

function step(button) {
  const input = button.parentElement.querySelector('input');
  const before = input.value;
  if (button.dataset.step > 0) input.stepUp(); else input.stepDown();
  if (input.value !== before) input.dispatchEvent(new Event('change', {bubbles: true}));
}

// Parts of a form that count for one choice only: data-when="name=value".
function dependents(form) {
  for (const part of form.querySelectorAll('[data-when]')) {
    const [name, value] = part.dataset.when.split('=');
    const chosen = new FormData(form).get(name);
    part.hidden = chosen !== value;
  }
}
for (const form of document.forms) if (form.querySelector('[data-when]')) dependents(form);
document.addEventListener('change', event => {
  const form = event.target.form;
  if (form?.querySelector('[data-when]')) dependents(form);
  if (event.target.closest('[data-filter]') && event.target.type !== 'search') form.requestSubmit();
});

for (const dialog of document.querySelectorAll('dialog[open]')) { dialog.close(); dialog.showModal(); }
// A form that comes back with a problem shows it, wherever on the page it is.
const problem = document.querySelector('main .problem');
if (problem?.closest('form')) {
  const holder = problem.closest('.field, fieldset') ?? problem;
  (holder.querySelector('[aria-invalid], input:not([type=hidden]), textarea, select') ?? holder).focus({preventScroll: true});
  holder.scrollIntoView({block: 'center'});
}
for (const form of document.querySelectorAll('form[data-autosubmit]')) form.requestSubmit();

// A line that stays while there is no network.
let offline = null;
addEventListener('offline', () => { offline ??= make('p', {class: 'toast'}, t('offline')); document.getElementById('toasts')?.append(offline); });
addEventListener('online', () => { offline?.remove(); offline = null; });

// Text fields of one row grow with what is typed, and Enter sends them.
export function composer(form) {
  const input = form.querySelector('textarea');
  input.addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); if (input.value.trim()) form.requestSubmit(); }
  });
  return input;
}

// showStatus shows how the live line is doing, by a light and in a word.
export function showStatus(status) {
  const shade = {online: 'connected', offline: 'error', ended: 'error'}[status] ?? '';
  for (const light of document.querySelectorAll('[data-live-light]')) { light.className = `light ${shade}`; light.hidden = false; }
  for (const word of document.querySelectorAll('[data-live-state]')) { word.textContent = t(`live.${status}`); word.hidden = false; }
}
