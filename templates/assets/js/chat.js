// The web chat: says things, hears the answers, keeps its place.
import {bubble} from './bubbles.js';
import {attachments} from './attach.js';
import './app.js';
import {embedded} from './embedded.js';
import {connect} from './live.js';
import {reading} from './reading.js';
import {sign, tellWriting} from './presence.js';
import {persist, post, sendFile} from './sending.js';
import {composer, showStatus} from './plaza.js';
import {key, make, t} from './texts.js';

const talk = document.querySelector('.talk');
const room = talk.querySelector('.messages');
const list = document.getElementById('messages');
const form = document.getElementById('say');
const toEnd = talk.querySelector('[data-to-end]');
const path = talk.dataset.chat;
const context = {say: `${path}/say`, csrf: talk.dataset.csrf, zone: talk.dataset.zone};
const marks = reading(`${path}/read`, context.csrf, list);

const atEnd = () => room.scrollHeight - room.scrollTop - room.clientHeight < 80;
let stuck = true; // at the end, and to be kept there
const goToEnd = () => { stuck = true; room.scrollTop = room.scrollHeight; toEnd.hidden = true; };

// add shows a message once, wherever it comes from.
function add(message) {
  if (document.getElementById(`m-${message.id}`)) return;
  const waiting = message.in && document.getElementById(`m-${message.in.key?.replace(/^(say|menu):/, '')}`);
  const stay = !stuck && !message.in;
  const drawn = bubble(message, context);
  if (waiting) { waiting.remove(); place(drawn); return; }
  if (message.out) writing.off();
  dayLine(message.at);
  drawn.classList.add('new');
  place(drawn);
  if (stay) toEnd.hidden = false; else goToEnd();
  if (message.out) marks.reached(message.id);
}

// place puts a message where the history has it. Ids sort as messages do, and
// events need not: a receipt is sent while the answer to "pay" is being made.
function place(row) {
  const next = [...list.children].find(other => other === typing || (other.id.includes('/') && other.id > row.id));
  list.insertBefore(row, next ?? null);
}

// dayLine draws a line before the first message of a day.
function dayLine(at) {
  const date = new Date(at);
  const day = new Intl.DateTimeFormat('sv', {timeZone: context.zone}).format(date);
  const last = [...list.querySelectorAll('[data-day]')].at(-1)?.dataset.day;
  if (day === last) return;
  const language = document.documentElement.lang;
  const words = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {dateStyle: 'long', timeZone: context.zone}).format(date);
  list.append(make('li', {class: 'day-line', 'data-day': day}, words));
}

// say sends a message. It is shown at once, and sent again with the same id
// until the server has it: the id makes that harmless.
async function say(fields, shown) {
  const id = key();
  const row = bubble({id, at: new Date(), in: {kind: 'text', text: shown}}, context);
  row.classList.add('waiting', 'new');
  dayLine(new Date());
  list.append(row);
  goToEnd();
  await deliver(id, fields, row);
}

async function deliver(id, fields, row) {
  const body = new URLSearchParams({...fields, id, csrf: context.csrf});
  await persist(row, () => post(context.say, body));
}

// writing shows that the account writes: a member, its program, or the bot when
// it takes its time.
const typing = make('li', {class: 'bubble-row', 'aria-label': t('typing')}, make('div', {class: 'bubble typing'}, make('i'), make('i'), make('i')));
const writing = sign(() => { list.append(typing); if (stuck) goToEnd(); }, () => typing.remove());

const input = composer(form);
embedded(talk, () => { input.focus(); goToEnd(); });
attachments(form, item => { dayLine(new Date()); sendFile(list, `${path}/attach`, key(), item, context.csrf); goToEnd(); });
form.addEventListener('submit', event => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  input.value = '';
  input.focus();
  say({text}, text);
});

// Buttons in messages and in the menu are forms with a payload.
talk.addEventListener('submit', event => {
  const button = event.submitter;
  if (event.target === form || (button?.name !== 'payload' && button?.name !== 'entry')) return;
  event.preventDefault();
  const label = button.textContent.trim();
  if (button.name === 'entry') button.closest('details')?.removeAttribute('open');
  say(button.name === 'entry' ? {entry: button.value} : {payload: button.value, text: label}, label);
});

// Earlier messages are put above, and the reader stays where they are.
talk.addEventListener('click', async event => {
  const link = event.target.closest('[data-earlier]');
  if (!link) return;
  event.preventDefault();
  link.setAttribute('aria-busy', 'true');
  const answer = await fetch(link.href).catch(() => null);
  if (!answer?.ok) { link.removeAttribute('aria-busy'); return; }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const height = room.scrollHeight, top = room.scrollTop;
  const first = list.querySelector('[data-day]')?.dataset.day;
  const rows = [...page.getElementById('messages').children].filter(row => !row.id || !document.getElementById(row.id));
  if (marks.shown()) for (const row of rows) row.querySelector('[data-seen]')?.remove();
  if (rows.some(row => row.dataset.day === first)) list.querySelector('[data-day]').remove();
  list.prepend(...rows);
  const next = page.querySelector('[data-earlier]');
  if (next) link.replaceWith(next); else link.remove();
  room.scrollTop = top + room.scrollHeight - height;
});

toEnd.addEventListener('click', goToEnd);
room.addEventListener('scroll', () => { stuck = atEnd(); if (stuck) toEnd.hidden = true; }, {passive: true});
// A keyboard that opens and a picture that arrives must not hide the end.
const keep = new ResizeObserver(() => { if (stuck) goToEnd(); });
keep.observe(room);
keep.observe(list);

const shows = new Set(['message.received', 'message.sent']);
const {live: url, since, topics = ''} = document.body.dataset;
if (url) {
  const live = connect({url, onStatus: showStatus});
  for (const topic of topics.split(' ').filter(Boolean)) {
    live.subscribe(topic, {
      since: Number(since),
      onEvent: ({kind, data}) => {
        if (shows.has(kind) && data?.message) add(data.message);
        else if (kind === 'conversation.seen') marks.seen(data.at);
      },
      onSignal: ({kind}) => { if (kind === 'typing') writing.on(); else if (kind === 'typing_off') writing.off(); },
      onReset: () => location.reload(),
    });
    tellWriting(input, () => live.signal(topic, 'typing'));
  }
}
const last = [...list.querySelectorAll('.bubble-row:not(.mine)')].at(-1);
const unread = Number(talk.dataset.unread);
if (last && unread) marks.reached(last.id.slice(2), unread);
goToEnd();
