// A payment code that is over makes way for the next, while somebody looks. Once
// it has paid, its page says so in the place of the code (the region "paid").
const code = document.querySelector('[data-expires]');
if (code) {
  // The address that knows what was paid before this code: it is what is fetched
  // again when something happens.
  history.replaceState(null, '', code.dataset.next);
  const paid = () => document.querySelector('[data-region="paid"] .result');
  // A little before it is over, so that what is shown always works.
  setTimeout(function next() {
    if (paid()) return;
    if (document.visibilityState === 'visible') location.replace(code.dataset.next);
    else document.addEventListener('visibilitychange', () => next(), {once: true});
  }, (Number(code.dataset.expires) - 5) * 1000);
}
