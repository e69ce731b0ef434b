// Draws messages as bubbles: the same as the server does in
// layout/messages.html (a test compares the two).
import {make, t} from './texts.js';

// The currencies that have not two decimals (ISO 4217; browsers follow cash,
// which leaves the sen of a rupiah out).
export const decimals = {JPY: 0, KRW: 0, KWD: 3, VND: 0};

// money writes an amount as the server does, in the page's language.
export function money({minor, currency}) {
  const places = decimals[currency] ?? 2;
  return new Intl.NumberFormat(document.documentElement.lang, {style: 'currency', currency, minimumFractionDigits: places, maximumFractionDigits: places})
    .format(minor / 10 ** places);
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

// local: only what starts at our own root may be loaded into the page.
const local = url => Boolean(url) && url.startsWith('/') && !url.startsWith('//');

function press(button, {say, csrf}) {
  if (button.url) return make('a', {href: link(button.url)}, button.label);
  if (!say) return make('span', {}, button.label); // a preview
  const send = make('button', {name: 'payload', value: button.payload ?? ''}, button.label);
  return make('form', {method: 'post', action: say},
    csrf ? make('input', {type: 'hidden', name: 'csrf', value: csrf}) : null,
    make('input', {type: 'hidden', name: 'text', value: button.label}), send);
}

function actions(buttons, context) {
  return buttons?.length ? make('div', {class: 'actions'}, ...buttons.map(button => press(button, context))) : null;
}

function open(url, label = t('event.open')) { return make('div', {class: 'actions'}, make('a', {href: link(url)}, label)); }

function text(words, name = 'text') { return words ? make('span', {class: name}, words) : null; }

function said(words) { return words ? make('div', {class: 'bubble'}, words) : null; }

function prices({price, was}) {
  return [price ? text(money(price), 'price') : null, was ? make('s', {class: 'tiny soft number'}, money(was)) : null];
}

function card(content, context) {
  return make('div', {class: 'bubble panel'},
    content.image ? make('img', {class: 'cover', src: link(content.image), alt: '', loading: 'lazy'}) : null,
    content.qr ? make('div', {class: 'code'}, qr(content.qr)) : null,
    make('div', {class: 'inside'}, text(content.title, 'title'), text(content.text), ...prices(content)),
    content.buttons?.length ? actions(content.buttons, context) : content.url ? open(content.url) : null);
}

function carousel(out, context) {
  return [said(out.text), make('div', {class: 'carousel', tabindex: 0, role: 'group', 'aria-label': t('event.cards')},
    ...(out.cards ?? []).map(content => card(content, context)))];
}

function entry(content, context) {
  const title = content.url ? make('a', {href: link(content.url)}, content.title) : content.title;
  return make('li', {}, content.image ? make('img', {src: link(content.image), alt: '', loading: 'lazy'}) : null,
    make('div', {class: 'inside'}, make('span', {class: 'title'}, title), text(content.text), ...prices(content), actions(content.buttons, context)));
}

function receipt(out, context) {
  const content = out.receipt;
  if (!content) return [];
  return [make('div', {class: 'bubble panel'}, out.text ? make('div', {class: 'said'}, out.text) : null, make('div', {class: 'receipt'},
    make('div', {class: 'heading'}, text(content.title, 'title'), make('span', {class: 'tiny soft number'}, content.number)),
    text(content.state, 'tiny'),
    make('ul', {class: 'lines'}, ...(content.lines ?? []).map(line => make('li', {},
      make('span', {}, line.quantity ? `${line.name} × ${line.quantity}` : line.name), make('span', {class: 'number'}, money(line.amount))))),
    make('div', {class: 'total'}, make('span', {}, t('total')), make('span', {class: 'number'}, money(content.total)))),
  out.buttons?.length ? actions(out.buttons, context) : content.url ? open(content.url) : null)];
}

function picture(url, alt, caption) {
  return make('figure', {class: 'bubble picture'}, make('img', {src: link(url), alt: alt ?? '', loading: 'lazy'}),
    caption ? make('figcaption', {}, caption) : null);
}

// facts are the length and the size, as far as they are known.
function facts({length = 0, size = 0}) {
  const known = [], seconds = Math.floor((length + 500) / 1000);
  if (length > 0) known.push(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`);
  if (size >= 1 << 20) known.push(`${Math.floor(size / (1 << 20))}.${Math.floor(size % (1 << 20) * 10 / (1 << 20))} MB`);
  else if (size > 0) known.push(`${Math.max(1, Math.floor(size / 1024))} KB`);
  return known.join(' · ');
}

// media draws a recording, a video or a file. Those of other hosts may not be
// played in the page; they are links.
function media(form, content, words) {
  if (!content) return [];
  const own = local(content.url), src = link(content.url);
  let shown = make('a', {class: 'attached', href: src, download: content.name ?? ''}, make('span', {class: 'cut'}, content.name || t(`event.${form}`)));
  if (own && form === 'voice') shown = make('audio', {controls: true, preload: 'none', src});
  if (own && form === 'video') shown = make('video', {controls: true, preload: content.preview ? 'none' : 'metadata', playsinline: true, src, poster: content.preview ? link(content.preview) : null});
  return [make('div', {class: `bubble media ${form}`}, shown, text(facts(content), 'tiny soft'), text(words))];
}

function place(content, words) {
  if (!content) return [];
  const [lat, lon] = [content.latitude.toFixed(6), content.longitude.toFixed(6)];
  const map = `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=17/${lat}/${lon}`;
  return [make('div', {class: 'bubble panel place'},
    make('div', {class: 'inside'}, text(content.title || t('event.location'), 'title'), text(content.address), text(words)),
    make('div', {class: 'actions'}, make('a', {href: map, target: '_blank', rel: 'noopener noreferrer'}, t('event.map'))))];
}

// styled nests the styles of a run of rich text as the server does.
function styled(run) {
  let shown = document.createTextNode(run.text);
  if (run.code) shown = make('code', {}, shown);
  if (run.strike) shown = make('s', {}, shown);
  if (run.italic) shown = make('i', {}, shown);
  if (run.bold) shown = make('b', {}, shown);
  return run.url ? make('a', {href: link(run.url)}, shown) : shown;
}

function coupon(content) {
  if (!content) return [];
  return [make('div', {class: 'bubble panel coupon'},
    make('div', {class: 'inside'}, text(content.title, 'title'), text(content.text), make('code', {}, content.code), text(content.until, 'tiny soft')),
    content.url ? open(content.url, t('event.use')) : null)];
}

function buttons(name) {
  return (out, context) => [make('div', {class: name}, make('div', {class: 'said'}, out.text), actions(out.buttons, context))];
}

function list(out, context) {
  return [make('div', {class: 'bubble panel wide'}, make('div', {class: 'said strong'}, out.text),
    make('ul', {class: 'entries'}, ...(out.cards ?? []).map(content => entry(content, context))), actions(out.buttons, context))];
}

// forms draw an outbound message; each gives a list of elements.
const forms = {
  rich: out => [make('div', {class: 'bubble'}, ...(out.runs ?? []).map(styled))],
  image: out => [picture(out.image, out.text, out.text)],
  voice: out => media('voice', out.media, out.text),
  video: out => media('video', out.media, out.text),
  file: out => media('file', out.media, out.text),
  location: out => place(out.place, out.text),
  sticker: out => [out.sticker?.emoji ? make('div', {class: 'sticker'}, out.sticker.emoji) : make('div', {class: 'bubble event'}, t('event.sticker'))],
  card: (out, context) => (out.cards ?? []).map(content => card(content, context)),
  cards: carousel,
  product: carousel,
  list,
  buttons: buttons('bubble panel'),
  menu: buttons('bubble panel options'),
  qr: out => [make('div', {class: 'bubble panel'}, make('div', {class: 'code'}, qr(out.url)), make('div', {class: 'inside'}, make('span', {class: 'text'}, out.text)), open(out.url))],
  receipt,
  order: receipt,
  coupon: out => coupon(out.coupon),
};

function inbound(message) {
  const {kind, media_url: url} = message;
  const known = t(`event.${kind}`);
  const words = known.startsWith('event.') ? `[${message.payload || kind}]` : known;
  if (local(url) && (kind === 'image' || kind === 'sticker')) return [picture(url, words, message.text)];
  if (local(url)) return media(kind, {url, name: message.file_name, size: message.media_size, length: message.media_length}, message.text);
  if (kind === 'location' && (message.latitude || message.longitude)) {
    return place({title: message.text, latitude: message.latitude ?? 0, longitude: message.longitude ?? 0});
  }
  return [message.text ? said(message.text) : make('div', {class: 'bubble event'}, words)];
}

function outbound(message, context) {
  const draw = forms[message.form];
  const drawn = draw ? draw(message, context) : [make('div', {class: 'bubble'}, message.text || t('event.handover'))];
  if (!message.quick?.length) return drawn;
  return [...drawn, make('div', {class: 'replies', role: 'group', 'aria-label': t('event.replies')}, ...message.quick.map(button => press(button, context)))];
}

// bubble draws one message as its subscriber sees it: {id, at, in | out}, as the
// live events message.received and message.sent carry it. context: say, where
// buttons post to; csrf; zone, the account's time zone.
export function bubble(message, context) {
  const at = new Date(message.at);
  const clock = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', timeZone: context.zone}).format(at);
  const content = message.in ? inbound(message.in) : outbound(message.out, context);
  return make('li', {class: message.in ? 'bubble-row mine' : 'bubble-row', id: `m-${message.id}`, 'data-at': at.getTime()},
    ...content, make('div', {class: 'bubble-meta'}, message.out?.speaker ? make('span', {}, message.out.speaker) : null,
      message.at ? make('time', {datetime: at.toISOString()}, clock) : null));
}
