// The browser's side of /live: one WebSocket for a page, resumed after every
// loss so that no event is missed and none comes twice.
//
//   import {connect} from './live.js';
//   const live = connect({onStatus: status => ...});      // 'connecting' | 'online' | 'offline' | 'ended'
//   const subscription = live.subscribe('inbox', {
//     onEvent: event => ...,     // {topic, kind, data, sequence, at}
//     onSignal: signal => ...,   // {topic, kind}: true for a moment, such as 'typing'
//     onReset: () => ...,        // too much was missed: load the data again
//     onError: error => ...,     // {code, text}: not allowed, for instance
//     since: 123,                // the number the page's data is of, if known
//   });
//   live.signal('chat:…', 'typing');   // tells others what is true for a moment
//   subscription.close();
//   live.close();
//
// A page that is rendered with data passes the sequence it was read at as
// `since` and so sees everything that happened after it was rendered. Without
// `since` events begin when onReady is called: load the data then.

const FIRST_WAIT = 500;        // ms before the first attempt to come back
const LONGEST_WAIT = 20_000;   // ms
const PING_EVERY = 25_000;     // ms between signs of life
const ANSWER_WITHIN = 10_000;  // ms until a silent connection is given up
const CONNECT_WITHIN = 15_000; // ms until an attempt is given up

// connect opens the connection when something is subscribed to, and keeps it.
// url: where /live is. onStatus(status, {code, reason, retryIn}) is called on
// every change; 'ended' is final (signed out, or closed by the page).
export function connect({url = '/live', onStatus = () => {}} = {}) {
  return new Live(new URL(url, location.href.replace(/^http/, 'ws')).href, onStatus);
}

class Live {
  #url;
  #onStatus;
  #status = '';
  #topics = new Map(); // topic → Topic
  #socket = null;
  #attempts = 0;
  #hint = null;        // ms, from the server's "reconnect"
  #timers = {};        // retry, ping, answer, connect
  #pings = 0;
  #ended = false;
  #listeners = new AbortController();

  constructor(url, onStatus) {
    this.#url = url;
    this.#onStatus = onStatus;
    const signal = this.#listeners.signal;
    addEventListener('online', () => this.#hurry(), {signal});
    addEventListener('offline', () => this.#check(), {signal});
    addEventListener('pageshow', () => this.#hurry(), {signal});
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#hurry();
    }, {signal});
  }

  get status() { return this.#status; }

  // subscribe follows a topic. Several parts of a page may follow the same one;
  // the first one's `since` counts, the others join where it is.
  subscribe(topic, handlers = {}) {
    let known = this.#topics.get(topic);
    if (!known) {
      known = {name: topic, last: handlers.since ?? null, ready: false, handlers: new Set()};
      this.#topics.set(topic, known);
      this.#request(known);
    } else if (known.ready) {
      queueMicrotask(() => handlers.onReady?.({topic, sequence: known.last}));
    }
    known.handlers.add(handlers);
    if (!this.#socket && !this.#timers.retry) this.#open();
    return {close: () => this.#leave(known, handlers)};
  }

  // signal tells others what is true for a moment; without a line nobody hears.
  signal(topic, kind) { this.#send({signal: {topic, kind}}); }

  // close ends the connection for good.
  close() { this.#end({code: 1000, reason: ''}); }

  #leave(topic, handlers) {
    topic.handlers.delete(handlers);
    if (topic.handlers.size > 0 || this.#topics.get(topic.name) !== topic) return;
    this.#topics.delete(topic.name);
    this.#send({unsubscribe: {topic: topic.name}});
  }

  #open() {
    if (this.#ended || this.#socket) return;
    this.#stop('retry');
    this.#hint = null;
    this.#tell('connecting');
    const socket = this.#socket = new WebSocket(this.#url);
    this.#start('connect', CONNECT_WITHIN, () => this.#lost(socket, {code: 1006, reason: 'no answer'}));
    socket.onopen = () => {
      this.#stop('connect');
      for (const topic of this.#topics.values()) this.#request(topic);
      this.#start('ping', PING_EVERY, () => this.#check());
      this.#tell('online');
    };
    socket.onmessage = message => {
      if (socket !== this.#socket) return;
      this.#attempts = 0;
      this.#stop('answer');
      this.#start('ping', PING_EVERY, () => this.#check());
      this.#receive(JSON.parse(message.data));
    };
    socket.onclose = close => this.#lost(socket, close);
  }

  #request(topic) {
    const subscribe = {topic: topic.name};
    if (topic.last !== null) subscribe.since = topic.last;
    topic.ready = false;
    this.#send({subscribe});
  }

  #send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  // check asks for a sign of life and gives the connection up without one.
  #check() {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    this.#send({ping: ++this.#pings});
    this.#start('answer', ANSWER_WITHIN, () => this.#lost(socket, {code: 1006, reason: 'no answer'}));
  }

  // hurry: the network or the reader is back; do not wait any longer.
  #hurry() {
    if (this.#ended) return;
    if (this.#socket) this.#check();
    else if (this.#timers.retry) this.#open();
  }

  #receive(frame) {
    const [name] = Object.keys(frame);
    const body = frame[name];
    const topic = this.#topics.get(body?.topic);
    switch (name) {
      case 'reconnect': this.#hint = body.after; return;
      case 'error':
        this.#each(topic, 'onError', body);
        return;
      case 'signal':
        this.#each(topic, 'onSignal', body);
        return;
      case 'event':
        if (!topic || (topic.last !== null && body.sequence <= topic.last)) return;
        topic.last = body.sequence;
        this.#each(topic, 'onEvent', body);
        return;
      case 'reset':
      case 'subscribed':
        if (!topic) return;
        topic.last = name === 'reset' ? body.sequence : Math.max(topic.last ?? 0, body.sequence);
        topic.ready = true;
        if (name === 'reset') this.#each(topic, 'onReset', body);
        this.#each(topic, 'onReady', body);
        return;
      case 'position':
        if (topic) topic.last = Math.max(topic.last ?? 0, body.sequence);
    }
  }

  // each calls a handler of every subscriber; one that throws harms no other.
  #each(topic, handler, body) {
    for (const handlers of [...topic?.handlers ?? []]) {
      try { handlers[handler]?.(body); } catch (error) { reportError(error); }
    }
  }

  #lost(socket, {code, reason}) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    for (const timer of ['connect', 'ping', 'answer']) this.#stop(timer);
    for (const topic of this.#topics.values()) topic.ready = false;
    if (code >= 4500 && code <= 4999) { this.#end({code, reason}); return; }
    const retryIn = this.#wait();
    this.#start('retry', retryIn, () => this.#open());
    this.#tell('offline', {code, reason, retryIn});
  }

  // wait doubles from attempt to attempt and is spread at random, so that a
  // thousand pages do not come back in the same moment.
  #wait() {
    if (this.#hint !== null) return this.#hint * (1 + Math.random() / 4);
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempts++);
    return longest / 2 + Math.random() * longest / 2;
  }

  #end({code, reason}) {
    if (this.#ended) return;
    this.#ended = true;
    this.#listeners.abort();
    for (const timer of Object.keys(this.#timers)) this.#stop(timer);
    const socket = this.#socket;
    this.#socket = null;
    this.#topics.clear();
    socket?.close(1000);
    this.#tell('ended', {code, reason});
  }

  #tell(status, details = {}) {
    if (status === this.#status && status !== 'offline') return;
    this.#status = status;
    this.#onStatus(status, details);
  }

  #start(name, after, action) {
    this.#stop(name);
    this.#timers[name] = setTimeout(() => { delete this.#timers[name]; action(); }, after);
  }

  #stop(name) {
    clearTimeout(this.#timers[name]);
    delete this.#timers[name];
  }
}
