// Editors: rows that are added and removed, pictures, tags.
import {make, t} from './texts.js';

// Rows: the template holds one with __n__ for its number.
for (const part of document.querySelectorAll('[data-rows]')) {
  const rows = part.querySelector('[data-rows-in]');
  let next = rows.querySelectorAll('[data-row]').length;
  part.querySelector('[data-add]')?.addEventListener('click', () => {
    const html = part.querySelector('template').innerHTML.replaceAll('__n__', next++);
    const added = new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
    rows.append(added);
    prepare(added);
    added.querySelector('input:not([type=hidden]), textarea, select')?.focus();
  });
  part.addEventListener('click', event => {
    if (event.target.closest('[data-remove]')) event.target.closest('[data-row]').remove();
  });
  part.addEventListener('change', event => {
    if (event.target.name?.endsWith('.form')) event.target.closest('[data-row]').dataset.form = event.target.value;
  });
}

// Pictures show at once what was chosen.
function pictures(root) {
  for (const field of root.querySelectorAll('[data-picture]')) {
    const file = field.querySelector('input[type=file]');
    const thumb = field.querySelector('.thumb');
    file.addEventListener('change', () => {
      if (!file.files[0]) return;
      thumb.querySelector('img').src = URL.createObjectURL(file.files[0]);
      thumb.hidden = false;
    });
  }
}
for (const part of document.querySelectorAll('[data-pictures]')) {
  const file = part.querySelector('input[type=file]');
  const thumbs = part.querySelector('.thumbs');
  part.addEventListener('click', event => { if (event.target.closest('[data-drop]')) event.target.closest('.thumb').remove(); });
  file.addEventListener('change', () => {
    for (const old of thumbs.querySelectorAll('.pending')) old.remove();
    for (const chosen of file.files) thumbs.append(make('span', {class: 'thumb pending'}, make('img', {alt: chosen.name, src: URL.createObjectURL(chosen)})));
  });
}

// Tags: a plain field of words between commas becomes a row of chips.
function tags(root) {
  for (const input of root.querySelectorAll('input[data-tags]')) {
    const words = () => input.value.split(/[,，、]/).map(word => word.trim()).filter(Boolean);
    const typed = make('input', {type: 'text', 'aria-label': input.labels[0]?.textContent, placeholder: t('tag')});
    const box = make('div', {class: 'input tags-input'}, typed);
    if (input.dataset.tags) {
      const known = make('datalist', {id: `${input.id}-known`}, ...input.dataset.tags.split(',').map(value => make('option', {value})));
      typed.setAttribute('list', known.id);
      box.append(known);
    }
    const draw = () => {
      for (const chip of box.querySelectorAll('.chip')) chip.remove();
      typed.before(...words().map(word => {
        const drop = make('button', {type: 'button', 'aria-label': t('drop', word)}, '×');
        drop.addEventListener('click', () => { input.value = words().filter(other => other !== word).join(', '); draw(); });
        return make('span', {class: 'chip'}, word, drop);
      }));
    };
    const take = () => {
      const all = [...words(), ...typed.value.split(/[,，、]/).map(word => word.trim()).filter(Boolean)];
      input.value = [...new Set(all)].join(', ');
      typed.value = '';
      draw();
    };
    typed.addEventListener('keydown', event => {
      if (event.isComposing) return;
      if (event.key === 'Enter' && typed.value) { event.preventDefault(); take(); }
      if (event.key === 'Backspace' && !typed.value) { input.value = words().slice(0, -1).join(', '); draw(); }
    });
    typed.addEventListener('input', () => { if (/[,，、]/.test(typed.value)) take(); });
    typed.addEventListener('blur', take);
    input.hidden = true;
    input.after(box);
    draw();
  }
}

function prepare(root) { pictures(root); tags(root); }
prepare(document);
