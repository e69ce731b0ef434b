// The texts that scripts speak, put into the page in its language.
const texts = JSON.parse(document.getElementById('texts')?.textContent || '{}');

// t gives the text of a key with {0}, {1} replaced.
export function t(key, ...args) {
  return (texts[key] ?? key).replace(/\{(\d)\}/g, (whole, i) => args[i] ?? whole);
}

// make builds an element: make('p', {class: 'soft'}, 'text', child, null).
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined && child !== ''));
  return element;
}

// key makes a random name for something that must happen only once.
export function key() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}
