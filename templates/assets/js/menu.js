// The preview of menus: the foot of a phone, as the menu being edited will show it.
import {make} from './texts.js';

const form = document.querySelector('[data-menus]');
const foot = document.querySelector('[data-menu-preview]');

function word(entry) { return entry.querySelector('input[name$=".label"]').value.trim(); }

function draw(menu) {
  const columns = Array.from(menu.querySelectorAll('.menu-columns > .menu-entry'));
  foot.replaceChildren(...columns.filter(word).map(entry => {
    const below = Array.from(entry.querySelectorAll('.menu-below .menu-entry')).map(word).filter(Boolean);
    if (below.length === 0) return make('span', {}, word(entry));
    return make('details', {}, make('summary', {}, word(entry)), make('ul', {}, ...below.map(label => make('li', {}, label))));
  }));
}

if (form) {
  for (const event of ['input', 'focusin', 'click']) {
    form.addEventListener(event, ({target}) => {
      const menu = target.closest('.menu-card');
      if (menu && (event !== 'click' || !target.closest('button'))) draw(menu);
    });
  }
}
