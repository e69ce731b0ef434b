// The public pages: prices that follow the choice, orders that follow events.
import './plaza.js';
import './invoke.js';
import './paycode.js';
import './keypad.js';
import './messenger.js';
import {follow} from './regions.js';

for (const form of document.querySelectorAll('[data-product]')) {
  const price = form.querySelector('p[data-price]');
  form.addEventListener('change', event => {
    if (event.target.name === 'variant' && price) price.textContent = event.target.dataset.price;
  });
}

follow();
