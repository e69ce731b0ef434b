// The web chat in the page of another site: a button in the corner and, in a
// frame of its own, the chat. The two tell one another by messages whether it is
// open and how much is unread, and nothing else.
(plaza => {
  'use strict';
  const script = document.currentScript;
  const server = new URL(script.src).origin, here = location.origin;
  const complain = text => console.warn(`Plaza: ${text}`);
  if (!plaza.origins.includes(here)) return complain(`the chat of ${plaza.account} may not be shown on ${here}. Add this site under Settings, Website.`);
  if (!/^https:|^http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:|$)/.test(server)) return complain(`browsers keep no conversation in a frame from ${server}, which has no TLS.`);
  if (document.querySelector(`plaza-chat[account="${plaza.account}"]`)) return;

  const language = [document.documentElement.lang, ...navigator.languages].map(tag => tag.slice(0, 2)).find(tag => plaza.texts[tag]) ?? plaza.language;
  const texts = plaza.texts[language], name = plaza.names[language];
  const fill = (text, value) => text.replace('{0}', value);
  const remembered = `plaza-chat-${plaza.account}`;
  const memory = { // of this site, not of the server: a frame is only loaded for who has opened it once
    get used() { try { return localStorage.getItem(remembered); } catch { return null; } },
    use() { try { localStorage.setItem(remembered, 'used'); } catch { /* then it is loaded when it is opened */ } },
  };

  const make = (tag, attributes, ...children) => {
    const element = document.createElementNS(/^(svg|path)$/.test(tag) ? 'http://www.w3.org/2000/svg' : 'http://www.w3.org/1999/xhtml', tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const icon = (kind, path) => make('svg', {class: kind, viewBox: '0 0 24 24', 'aria-hidden': 'true'}, make('path', {d: path}));
  const badge = make('span', {class: 'badge', 'aria-hidden': 'true', hidden: ''});
  const button = make('button', {type: 'button', 'aria-expanded': 'false', 'aria-controls': 'panel'},
    icon('talk', 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4.5 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z'), icon('shut', 'm6 6 12 12M18 6 6 18'), badge);
  const panel = make('div', {id: 'panel', role: 'dialog', 'aria-label': fill(texts.title, name)});
  const box = make('div', {class: script.dataset.side === 'left' ? 'box left' : 'box', lang: language}, panel, button);
  const host = make('plaza-chat', {account: plaza.account});
  const style = new CSSStyleSheet(); // allowed where a site's policy allows no inline styles
  style.replaceSync(`
    :host { all: initial; }
    .box { --colour: ${plaza.colour}; position: fixed; z-index: 2147483000; inset: auto 20px 20px auto; font: 600 12px/20px system-ui, sans-serif; }
    .box.left { inset-inline: 20px auto; }
    button { position: relative; display: grid; place-items: center; width: 56px; height: 56px; padding: 0; border: 2px solid #fff; border-radius: 50%; background: var(--colour); color: #fff; cursor: pointer; box-shadow: 0 4px 20px rgb(0 0 0 / 28%); }
    button:focus-visible { outline: 3px solid var(--colour); outline-offset: 3px; }
    svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
    .open .talk, .box:not(.open) .shut { display: none; }
    .badge { position: absolute; inset: -6px -6px auto auto; min-width: 12px; padding: 0 5px; border: 2px solid #fff; border-radius: 12px; background: #b3261e; text-align: center; }
    .badge[hidden] { display: none; }
    #panel { position: absolute; inset: auto 0 72px auto; width: 384px; height: min(620px, 100dvh - 112px); overflow: hidden; border-radius: 16px; background: Canvas; box-shadow: 0 8px 40px rgb(0 0 0 / 30%); visibility: hidden; opacity: 0; translate: 0 8px; }
    .left #panel { inset-inline: 0 auto; }
    .open #panel { visibility: visible; opacity: 1; translate: none; transition: opacity .15s, translate .15s; }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media (max-width: 480px) {
      .open #panel { position: fixed; inset: 0; width: auto; height: 100dvh; border-radius: 0; }
      .open.ready button { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { .open #panel { transition: none; } }`);
  const root = host.attachShadow({mode: 'open'});
  root.adoptedStyleSheets = [style];
  root.append(box);

  let frame = null, unread = 0;
  const isOpen = () => box.classList.contains('open');
  const tell = what => frame.contentWindow.postMessage({plaza: what}, server);
  function describe() {
    badge.hidden = !unread || isOpen();
    badge.textContent = unread > 99 ? '99+' : unread;
    const does = isOpen() ? texts.close : fill(texts.open, name);
    button.setAttribute('aria-label', badge.hidden ? does : `${does} · ${fill(texts.unread, unread)}`);
    button.setAttribute('aria-expanded', isOpen());
  }
  function load() {
    if (frame) return;
    frame = make('iframe', {title: fill(texts.title, name), src: `${server}${plaza.path}?embed=${encodeURIComponent(here)}`, allow: 'camera; microphone; clipboard-write',
      sandbox: 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads'});
    // What the chat leads to (the shop, an order) does not answer: then the button
    // stays in sight, even on a phone.
    frame.addEventListener('load', () => { box.classList.remove('ready'); tell('hello'); });
    panel.append(frame);
  }
  function open() {
    load();
    memory.use();
    box.classList.add('open');
    describe();
    frame.focus();
    if (box.classList.contains('ready')) tell('open');
  }
  function close() {
    box.classList.remove('open');
    describe();
    if (box.classList.contains('ready')) tell('closed');
    button.focus();
  }
  button.addEventListener('click', () => { if (isOpen()) close(); else open(); });
  host.addEventListener('keydown', event => { if (event.key === 'Escape' && isOpen()) close(); });
  addEventListener('message', ({source, origin, data}) => {
    if (!frame || source !== frame.contentWindow || origin !== server) return;
    switch (data?.plaza) {
      case 'ready': // the chat is there
        box.classList.add('ready');
        tell(isOpen() ? 'open' : 'closed');
        break;
      case 'unread': unread = Math.max(0, Math.trunc(Number(data.count)) || 0); describe(); break;
      case 'close': if (isOpen()) close();
    }
  });

  const show = () => {
    describe();
    document.body.append(host);
    if (memory.used) load();
  };
  if (document.body) show(); else addEventListener('DOMContentLoaded', show);
})
