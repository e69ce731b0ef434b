// What is sent stays on the page until the server has it, and goes again under
// the same id after a lost connection: the id makes that harmless.
import {make, t} from './texts.js';

const ATTEMPTS = 5;
const FIRST_WAIT = 500; // ms, doubled with every attempt

// until the server has it: attempt() resolves to {status, problem}; 0 is no
// network. The row shows how it went. Resolves to whether it arrived.
export async function persist(row, attempt) {
  row.classList.remove('broken');
  for (const old of row.querySelectorAll('.refused, .again')) old.remove();
  let outcome = {status: 0};
  for (let n = 0; n < ATTEMPTS; n++) {
    outcome = await attempt();
    if (outcome.status >= 200 && outcome.status < 300) { row.classList.remove('waiting'); return true; }
    if (outcome.status && outcome.status < 500 && outcome.status !== 429) break;
    await pause(FIRST_WAIT * 2 ** n);
  }
  row.classList.add('broken');
  if (outcome.problem) row.append(make('span', {class: 'refused', role: 'alert'}, outcome.problem));
  return new Promise(done => {
    const again = make('button', {class: 'button quiet compact again', type: 'button'}, t('again'));
    again.addEventListener('click', () => done(persist(row, attempt)), {once: true});
    row.append(again);
  });
}

// pause ends early when the network is back.
function pause(ms) {
  return new Promise(done => {
    const end = () => { clearTimeout(timer); removeEventListener('online', end); done(); };
    const timer = setTimeout(end, ms);
    addEventListener('online', end);
  });
}

// post sends a form as a script does.
export async function post(path, body) {
  try {
    const answer = await fetch(path, {method: 'POST', body, headers: {Accept: 'application/json'}});
    return {status: answer.status, problem: answer.ok ? '' : await problemOf(() => answer.json())};
  } catch { return {status: 0}; }
}

async function problemOf(read) { try { return (await read()).detail; } catch { return ''; } }

// upload sends a file as it is, under a key, and tells how far it is (0 to 1).
export function upload(path, key, {file, name, voice, length}, csrf, onProgress) {
  const query = new URLSearchParams({key, name: name ?? ''});
  if (voice) { query.set('voice', '1'); query.set('length', length); }
  return new Promise(done => {
    const request = new XMLHttpRequest();
    request.open('POST', `${path}?${query}`);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    if (csrf) request.setRequestHeader('X-CSRF-Token', csrf);
    request.upload.onprogress = event => { if (event.lengthComputable) onProgress(event.loaded / event.total); };
    request.onload = async () => done({status: request.status, problem: request.status < 300 ? '' : await problemOf(() => JSON.parse(request.responseText))});
    request.onerror = request.onabort = request.ontimeout = () => done({status: 0});
    request.send(file);
  });
}

// sendFile shows a file that is on its way in a list, and sees it through.
export async function sendFile(list, path, key, item, csrf) {
  const picture = item.file.type.startsWith('image/') && !/hei[cf]/.test(item.file.type);
  const shown = picture ? make('figure', {class: 'bubble picture'}, make('img', {src: URL.createObjectURL(item.file), alt: item.name ?? ''}))
    : make('div', {class: 'bubble'}, item.name || t(item.voice ? 'event.voice' : 'event.file'));
  const progress = make('progress', {max: 1, value: 0, 'aria-label': t('uploading')});
  const row = make('li', {class: 'bubble-row mine waiting', id: `m-${key}`}, shown, progress);
  list.append(row);
  row.scrollIntoView({block: 'end'});
  const arrived = await persist(row, () => upload(path, key, item, csrf, part => { progress.value = part; }));
  progress.remove();
  return arrived;
}

// A recording that this browser cannot play is still a file to keep.
document.addEventListener('error', event => {
  const player = event.target;
  if (!(player instanceof HTMLMediaElement) || !player.closest('.media')) return;
  player.replaceWith(make('a', {class: 'attached', href: player.src, download: ''}, t(player instanceof HTMLVideoElement ? 'event.video' : 'event.voice')));
}, true);
