// Draws messages as bubbles: the same as the server does in
// layout/messages.html (a test compares the two).
import {make, t} from './texts.js';

const symbols = {CNY: '¥', KRW: '₩', USD: '$', EUR: '€', JPY: 'JP¥', GBP: '£', HKD: 'HK$', TWD: 'NT$', SGD: 'S$'};

// money writes an amount as the server does.
export function money({minor, currency}) {
  const places = new Intl.NumberFormat('en', {style: 'currency', currency}).resolvedOptions().maximumFractionDigits;
  const number = (Math.abs(minor) / 10 ** places).toLocaleString('en', {minimumFractionDigits: places, maximumFractionDigits: places});
  return (minor < 0 ? '-' : '') + (symbols[currency] ?? `${currency} `) + number;
}

// link keeps what leads to the web or to a call, and nothing else.
function link(url) {
  try {
    return ['http:', 'https:', 'tel:', 'mailto:'].includes(new URL(url, location.href).protocol) ? url : '#';
  } catch { return '#'; }
}

function qr(url) {
  const source = new URL('../qr.svg', import.meta.url);
  source.searchParams.set('to', url);
  return make('img', {class: 'qr', src: source.pathname + source.search, alt: t('event.qr')});
}

function actions(buttons, {say, csrf}) {
  return make('div', {class: 'actions'}, ...buttons.map(button => {
    if (button.url) return make('a', {href: link(button.url)}, button.label);
    if (!say) return make('span', {}, button.label); // a preview
    const send = make('button', {name: 'payload', value: button.payload ?? ''}, button.label);
    return make('form', {method: 'post', action: say},
      csrf ? make('input', {type: 'hidden', name: 'csrf', value: csrf}) : null,
      make('input', {type: 'hidden', name: 'text', value: button.label}), send);
  }));
}

function open(url) { return make('div', {class: 'actions'}, make('a', {href: link(url)}, t('event.open'))); }

function card(content, context) {
  return make('div', {class: 'bubble panel'},
    content.image ? make('img', {class: 'cover', src: link(content.image), alt: '', loading: 'lazy'}) : null,
    content.qr ? make('div', {class: 'code'}, qr(content.qr)) : null,
    make('div', {class: 'inside'}, make('span', {class: 'title'}, content.title),
      content.text ? make('span', {class: 'text'}, content.text) : null,
      content.price ? make('span', {class: 'price'}, money(content.price)) : null),
    content.buttons?.length ? actions(content.buttons, context) : content.url ? open(content.url) : null);
}

function receipt(content) {
  return make('div', {class: 'bubble panel'}, make('div', {class: 'receipt'},
    make('div', {class: 'heading'}, make('span', {class: 'title'}, content.title), make('span', {class: 'tiny soft number'}, content.number)),
    content.state ? make('span', {class: 'tiny'}, content.state) : null,
    make('ul', {class: 'lines'}, ...(content.lines ?? []).map(line => make('li', {},
      make('span', {}, line.quantity ? `${line.name} × ${line.quantity}` : line.name), make('span', {class: 'number'}, money(line.amount))))),
    make('div', {class: 'total'}, make('span', {}, t('total')), make('span', {class: 'number'}, money(content.total)))),
  content.url ? open(content.url) : null);
}

function picture(url, alt) {
  return make('div', {class: 'bubble picture'}, make('img', {src: link(url), alt: alt ?? '', loading: 'lazy'}));
}

// forms draw an outbound message; each gives a list of elements.
const forms = {
  image: out => [picture(out.image, out.text)],
  card: (out, context) => (out.cards ?? []).map(content => card(content, context)),
  cards: (out, context) => [out.text ? make('div', {class: 'bubble'}, out.text) : null,
    make('div', {class: 'carousel', tabindex: 0, role: 'group', 'aria-label': t('event.cards')}, ...(out.cards ?? []).map(content => card(content, context)))],
  buttons: (out, context) => [make('div', {class: 'bubble panel'}, make('div', {class: 'said'}, out.text), out.buttons?.length ? actions(out.buttons, context) : null)],
  qr: out => [make('div', {class: 'bubble panel'}, make('div', {class: 'code'}, qr(out.url)), make('div', {class: 'inside'}, make('span', {class: 'text'}, out.text)), open(out.url))],
  receipt: out => out.receipt ? [receipt(out.receipt)] : [],
};

function inbound(message) {
  if (message.kind === 'image' && message.media_url) return [picture(message.media_url, t('event.image'))];
  if (message.text) return [make('div', {class: 'bubble'}, message.text)];
  const known = t(`event.${message.kind}`);
  const words = known.startsWith('event.') ? `[${message.payload || message.kind}]` : known;
  return [make('div', {class: 'bubble event'}, words)];
}

function outbound(message, context) {
  const draw = forms[message.form];
  return draw ? draw(message, context) : [make('div', {class: 'bubble'}, message.text || t('event.handover'))];
}

// bubble draws one message as its subscriber sees it: {id, at, in | out}, as the
// live events message.received and message.sent carry it. context: say, where
// buttons post to; csrf; zone, the account's time zone.
export function bubble(message, context) {
  const at = new Date(message.at);
  const clock = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', timeZone: context.zone}).format(at);
  const content = message.in ? inbound(message.in) : outbound(message.out, context);
  return make('li', {class: message.in ? 'bubble-row mine' : 'bubble-row', id: `m-${message.id}`, 'data-at': at.getTime()},
    ...content, make('div', {class: 'bubble-meta'},
      message.at ? make('time', {datetime: at.toISOString()}, clock) : null));
}
