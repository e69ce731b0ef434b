// Scanning a customer's code with the camera of the phone or the till, where the
// browser can read codes itself. Elsewhere the digits are typed, or a hand
// scanner types them.
const button = () => document.querySelector('[data-scan]');

if ('BarcodeDetector' in window && navigator.mediaDevices?.getUserMedia) {
  const show = () => { const found = button(); if (found) found.hidden = false; };
  show();
  new MutationObserver(show).observe(document.body, {childList: true, subtree: true});
  document.addEventListener('click', event => { if (event.target.closest('[data-scan]')) scan(event.target.closest('form')); });
}

async function scan(form) {
  const video = document.querySelector('[data-scanner]');
  const detector = new BarcodeDetector({formats: ['qr_code', 'code_128']});
  const stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment'}});
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const until = Date.now() + 60_000;
  try {
    while (Date.now() < until && form.isConnected) {
      const [found] = await detector.detect(video);
      if (found) {
        form.elements.code.value = found.rawValue;
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
