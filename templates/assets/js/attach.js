// Photographs, files and voice notes of a composer: choosing, shrinking,
// recording. What is ready goes to send({file, name, voice, length}).
import {toast} from './plaza.js';
import {t} from './texts.js';

const LONGEST = 5 * 60_000;  // ms of a voice note
const SHORTEST = 700;        // ms: less is a finger that slipped
const WIDEST = 2048;         // pixels of a photograph that leaves the phone
const HEAVY = 1 << 20;       // bytes from which a photograph is worth shrinking

export function attachments(form, send) {
  choosing(form, send);
  recording(form, send);
  const input = form.querySelector('textarea');
  input.addEventListener('paste', event => {
    const files = [...event.clipboardData?.files ?? []];
    if (!files.length) return;
    event.preventDefault();
    take(files, send);
  });
}

async function take(files, send) {
  for (const file of files) send({file: await prepared(file), name: file.name});
}

function choosing(form, send) {
  const chooser = form.querySelector('[data-files]');
  form.addEventListener('click', event => {
    const button = event.target.closest('[data-pick]');
    if (!button) return;
    button.closest('details').open = false;
    chooser.accept = button.dataset.pick;
    if (button.dataset.capture) chooser.setAttribute('capture', button.dataset.capture); else chooser.removeAttribute('capture');
    chooser.click();
  });
  chooser.addEventListener('change', () => { take([...chooser.files], send); chooser.value = ''; });
}

// prepared makes a photograph smaller before it travels, and makes a JPEG of
// what only this device can read (HEIC). What cannot be drawn goes as it is: the
// server says what is wrong with it.
async function prepared(file) {
  const foreign = /hei[cf]/.test(file.type) || /\.hei[cf]$/i.test(file.name);
  if (!foreign && (file.size < HEAVY || !/^image\/(jpeg|png|webp)$/.test(file.type))) return file;
  try {
    const pixels = await createImageBitmap(file, {imageOrientation: 'from-image'});
    const scale = Math.min(1, WIDEST / Math.max(pixels.width, pixels.height));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(pixels.width * scale)), Math.max(1, Math.round(pixels.height * scale)));
    const ink = canvas.getContext('2d');
    ink.fillStyle = '#fff';
    ink.fillRect(0, 0, canvas.width, canvas.height);
    ink.drawImage(pixels, 0, 0, canvas.width, canvas.height);
    const smaller = await canvas.convertToBlob({type: 'image/jpeg', quality: .85});
    return foreign || smaller.size < file.size ? smaller : file;
  } catch { return file; }
}

// formats of recordings, the ones that play everywhere first.
const formats = ['audio/mp4;codecs=mp4a.40.2', 'audio/mp4', 'audio/webm;codecs=opus', 'audio/ogg;codecs=opus'];

function recording(form, send) {
  const start = form.querySelector('[data-record]');
  const bar = form.querySelector('[data-recording]');
  const clock = bar.querySelector('[data-clock]');
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) { start.remove(); return; }
  let recorder = null, began = 0, ticking = 0, wanted = false;
  const stop = keep => { wanted = keep; if (recorder?.state === 'recording') recorder.stop(); };
  start.addEventListener('click', async () => {
    if (recorder) return;
    const stream = await navigator.mediaDevices.getUserMedia({audio: true}).catch(() => null);
    if (!stream) { toast(t('no-microphone')); return; }
    recorder = new MediaRecorder(stream, {mimeType: formats.find(format => MediaRecorder.isTypeSupported(format)), audioBitsPerSecond: 32_000});
    const pieces = [];
    recorder.ondataavailable = event => pieces.push(event.data);
    recorder.onstop = () => {
      const length = Math.round(performance.now() - began);
      for (const track of stream.getTracks()) track.stop();
      clearInterval(ticking);
      form.classList.remove('recording-now');
      bar.hidden = true;
      const type = recorder.mimeType;
      recorder = null;
      if (wanted && length >= SHORTEST) send({file: new Blob(pieces, {type}), name: '', voice: true, length});
    };
    began = performance.now();
    recorder.start(1000);
    clock.textContent = '0:00';
    form.classList.add('recording-now');
    bar.hidden = false;
    bar.querySelector('[data-finish]').focus();
    ticking = setInterval(() => {
      const seconds = Math.floor((performance.now() - began) / 1000);
      clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
      if (seconds * 1000 >= LONGEST) stop(true);
    }, 250);
  });
  bar.querySelector('[data-finish]').addEventListener('click', () => stop(true));
  bar.querySelector('[data-discard]').addEventListener('click', () => stop(false));
  addEventListener('keydown', event => { if (event.key === 'Escape' && recorder) stop(false); });
  addEventListener('pagehide', () => stop(false));
}
