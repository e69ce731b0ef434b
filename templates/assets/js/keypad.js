// The keypad for PINs: which key was pressed is all that this page knows, and
// all that it sends. Without script each key posts the form by itself.
const form = document.querySelector('[data-keypad]');
if (form) {
  const pressed = form.elements.pressed;
  const dots = form.querySelector('.keypad-dots');
  const length = dots.children.length;
  const show = () => {
    [...dots.children].forEach((dot, i) => dot.classList.toggle('full', i < pressed.value.length));
    dots.setAttribute('aria-label', dots.dataset.said.replace('#', pressed.value.length));
  };
  form.addEventListener('submit', event => {
    const key = event.submitter?.value;
    if (key === undefined) return;
    event.preventDefault();
    if (form.hasAttribute('aria-busy')) return;
    pressed.value = key === 'back' ? pressed.value.slice(0, -1) : pressed.value + key;
    show();
    if (pressed.value.length < length) return;
    form.setAttribute('aria-busy', 'true');
    form.submit();
  });
  // A page that comes back from the browser's memory has a keypad that is used.
  addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
}
