// A payment code that is over makes way for the next, while somebody looks.
const code = document.querySelector('[data-expires]');
if (code) {
  // A little before it is over, so that what is shown always works.
  setTimeout(function next() {
    if (document.visibilityState === 'visible') location.replace(code.dataset.next);
    else document.addEventListener('visibilitychange', () => next(), {once: true});
  }, (Number(code.dataset.expires) - 5) * 1000);
}
