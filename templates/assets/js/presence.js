// Who is there: whether somebody looks at this page, and that somebody writes.

const TELL_EVERY = 3000; // ms: what is shown lasts longer than that
const SHOWN_FOR = 6000;  // ms

// attended says whether somebody looks at the page: it is visible and, where it
// lies in a frame of another page, that is open.
let open = true;
export const attended = () => open && !document.hidden;

// setOpen is told by a frame whether it is open.
export function setOpen(value) { open = value; changed(); }

const watchers = new Set();
const changed = () => { for (const watcher of watchers) watcher(); };
document.addEventListener('visibilitychange', changed);

// onAttention calls back when somebody begins or ceases to look.
export function onAttention(watcher) { watchers.add(watcher); }

// tellWriting tells, every few seconds, that somebody writes in a field.
export function tellWriting(input, tell) {
  let told = 0;
  input.addEventListener('input', () => {
    if (!input.value.trim() || Date.now() - told < TELL_EVERY) return;
    told = Date.now();
    tell();
  });
  input.form.addEventListener('submit', () => { told = 0; }); // what is written next is another message
}

// sign shows something until it is told to hide it, or has heard nothing for a
// few seconds: who stops writing says nothing.
export function sign(show, hide) {
  let ends = 0;
  const end = () => { clearTimeout(ends); hide(); };
  return {
    on() { clearTimeout(ends); show(); ends = setTimeout(hide, SHOWN_FOR); },
    off: end,
  };
}
