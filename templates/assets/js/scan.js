// Scanning a customer's code with the camera of the phone or the till. Where the
// browser has no reader of codes, the server reads the frames. A hand scanner
// types the digits, and so can a person.
const frameWidth = 640; // enough for a code that fills a third of the picture

if (navigator.mediaDevices?.getUserMedia) {
  const show = () => { const found = document.querySelector('[data-scan]'); if (found) found.hidden = false; };
  show();
  new MutationObserver(show).observe(document.body, {childList: true, subtree: true});
  document.addEventListener('click', event => {
    const button = event.target.closest('[data-scan]');
    if (button) scan(button.closest('form'), button.dataset.scan);
  });
}

async function scan(form, readPath) {
  const video = document.querySelector('[data-scanner]');
  const refused = document.querySelector('[data-scan-refused]');
  const stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment'}}).catch(() => null);
  refused.hidden = stream !== null;
  if (!stream) return;
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const read = await ownReader() ?? serverReader(readPath, form.elements.csrf.value);
  const until = Date.now() + 60_000;
  try {
    while (Date.now() < until && form.isConnected) {
      const code = await read(video);
      if (code) {
        form.elements.code.value = code;
        form.requestSubmit();
        return;
      }
      await new Promise(done => setTimeout(done, 150));
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.hidden = true;
  }
}

// ownReader is the browser's, if it has one that reads our codes.
async function ownReader() {
  const formats = ['qr_code', 'code_128'];
  const known = 'BarcodeDetector' in window ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  if (!formats.every(format => known.includes(format))) return null;
  const detector = new BarcodeDetector({formats});
  return async video => (await detector.detect(video))[0]?.rawValue;
}

// serverReader sends one frame after another, never two at once.
function serverReader(path, csrf) {
  const canvas = document.createElement('canvas');
  return async video => {
    if (!video.videoWidth) return '';
    canvas.width = Math.min(frameWidth, video.videoWidth);
    canvas.height = Math.round(video.videoHeight * canvas.width / video.videoWidth);
    canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
    const frame = await new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.7));
    const headers = {Accept: 'application/json', 'Content-Type': 'image/jpeg', 'X-CSRF-Token': csrf};
    const answer = await fetch(path, {method: 'POST', body: frame, headers}).catch(() => null);
    return answer?.status === 200 ? (await answer.json()).code : '';
  };
}
