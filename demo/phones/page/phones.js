// The phones: asks what is on their screens, draws it, and does what is tapped.

const words = JSON.parse(document.documentElement.dataset.words);
const say = (name, blanks = {}) => (words[name] ?? name).replace(/\{(\w+)\}/g, (all, blank) => blanks[blank] ?? all);

const problem = document.querySelector('.problem');
const scanner = document.querySelector('dialog');
const drawn = new Map(); // messenger: what is drawn, as text

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function complain(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

async function post(path, body) {
  const json = !(body instanceof Blob);
  try {
    const answer = await fetch(`/phones/${path}`, {
      method: 'POST', body: json ? JSON.stringify(body) : body,
      headers: {'Content-Type': json ? 'application/json' : 'application/octet-stream'},
    });
    complain(answer.ok ? '' : say('refused', {reason: await answer.text()}));
  } catch {
    complain(say('offline'));
  }
  await refresh();
}

function link(label, address) {
  return element('a', {href: address, target: '_blank', rel: 'noopener', textContent: label});
}

function pressable(messenger, label, number, className = '') {
  return element('button', {type: 'button', className, textContent: label, onclick: () => post(`${messenger}/press`, {press: number})});
}

function drawButton(messenger, button) {
  if (button.entries?.length) {
    return element('details', {}, element('summary', {textContent: button.label}), ...button.entries.map(one => drawButton(messenger, one)));
  }
  if (button.link) return link(button.label || say('open'), button.link);
  if (button.press) return pressable(messenger, button.label, button.press);
  return element('span', {textContent: button.label});
}

function drawText(messenger, spans) {
  return spans.map(span => {
    if (span.link) return link(span.text, span.link);
    if (span.press) return pressable(messenger, span.text, span.press, 'press');
    return span.text;
  });
}

function drawBubble(messenger, bubble) {
  const box = element('div', {className: 'bubble'});
  if (bubble.picture) {
    const picture = element('img', {src: bubble.picture, alt: bubble.title ?? ''});
    box.append(bubble.link ? element('a', {href: bubble.link, target: '_blank', rel: 'noopener'}, picture) : picture);
  }
  if (bubble.note) box.append(element('small', {textContent: say(`note_${bubble.note}`)}), ' ');
  if (bubble.title) box.append(element('strong', {textContent: bubble.title}));
  if (bubble.text) box.append(element('span', {}, ...drawText(messenger, bubble.text)));
  if (bubble.lines) {
    box.append(element('dl', {}, ...bubble.lines.flatMap(line => [
      element('dt', {textContent: line.name ?? ''}), element('dd', {textContent: line.value})])));
  }
  const buttons = (bubble.buttons ?? []).map(one => drawButton(messenger, one));
  if (bubble.link && !bubble.picture && !bubble.text?.some(span => span.link === bubble.link)) buttons.push(link(say('open'), bubble.link));
  if (buttons.length) box.append(element('div', {className: 'buttons'}, ...buttons));
  return box;
}

function drawRow(messenger, bubble) {
  const row = element('li', {className: bubble.mine ? 'mine' : ''});
  if (bubble.cards) {
    row.classList.add('wide');
    row.append(element('div', {className: 'cards', tabIndex: 0}, ...bubble.cards.map(card => drawBubble(messenger, card))));
  } else {
    row.append(drawBubble(messenger, bubble));
  }
  return row;
}

function drawPhone(screen) {
  const phone = document.querySelector(`[data-messenger="${screen.messenger}"]`);
  const before = drawn.get(screen.messenger) ?? {last: 0, menu: '', follows: null};
  const list = phone.querySelector('.screen');
  const fresh = screen.bubbles.filter(bubble => bubble.id > before.last);
  if (screen.bubbles.length && screen.bubbles.at(-1).id < before.last) location.reload(); // another demo has begun
  if (fresh.length) {
    list.append(...fresh.map(bubble => drawRow(screen.messenger, bubble)));
    requestAnimationFrame(() => { list.scrollTop = list.scrollHeight; });
    for (const picture of list.querySelectorAll('img:not([data-seen])')) {
      picture.dataset.seen = '';
      picture.addEventListener('load', () => { list.scrollTop = list.scrollHeight; }, {once: true});
    }
  }
  const menu = JSON.stringify(screen.menu ?? []);
  if (menu !== before.menu) phone.querySelector('.menu').replaceChildren(...(screen.menu ?? []).map(one => drawButton(screen.messenger, one)));
  if (screen.follows !== before.follows) {
    phone.querySelector('.stranger').hidden = screen.follows;
    phone.querySelector('.stranger p').textContent = say('follow_hint', {person: screen.person});
    phone.querySelector('.block').hidden = !screen.follows;
    list.setAttribute('aria-label', say('screen', {person: screen.person, messenger: say(screen.messenger)}));
  }
  drawn.set(screen.messenger, {last: fresh.at(-1)?.id ?? before.last, menu, follows: screen.follows});
}

let asking;
function refresh() {
  asking ??= fetch('/phones/state').then(answer => answer.json()).catch(() => complain(say('offline'))).then(state => {
    if (!state) return;
    if (problem.textContent === say('offline')) complain('');
    state.phones.forEach(drawPhone);
    for (const box of document.querySelectorAll('.faults input')) box.checked = !!state.faults[box.name];
  }).finally(() => { asking = undefined; });
  return asking;
}

for (const box of document.querySelectorAll('.faults input')) {
  box.addEventListener('change', () => post('faults',
    Object.fromEntries([...document.querySelectorAll('.faults input')].map(one => [one.name, one.checked]))));
}

for (const phone of document.querySelectorAll('.phone')) {
  const messenger = phone.dataset.messenger;
  const on = (selector, event, call) => phone.querySelector(selector)?.addEventListener(event, call);
  on('.follow', 'click', () => post(`${messenger}/follow`, {}));
  on('.block', 'click', () => post(`${messenger}/block`, {}));
  on('.locate', 'click', () => post(`${messenger}/locate`, {place: {latitude: 31.2304, longitude: 121.4737, name: say('place_name')}}));
  on('.compose', 'submit', event => {
    event.preventDefault();
    const field = event.target.elements.text;
    if (!field.value.trim()) return;
    post(`${messenger}/say`, {text: field.value});
    field.value = '';
  });
  on('.picture', 'change', event => {
    const [file] = event.target.files;
    event.target.value = '';
    if (file) post(`${messenger}/picture`, file);
  });
  on('.scan', 'click', () => {
    scanner.dataset.messenger = messenger;
    scanner.querySelector('form').reset();
    scanner.returnValue = '';
    scanner.showModal();
  });
}

scanner.addEventListener('close', () => {
  if (scanner.returnValue !== 'scan') return;
  const {code, file} = scanner.querySelector('form').elements;
  if (file.files.length) post(`${scanner.dataset.messenger}/scan-picture`, file.files[0]);
  else if (code.value.trim()) post(`${scanner.dataset.messenger}/scan`, {text: code.value});
});

refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 1000);
