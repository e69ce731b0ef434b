// What a chosen way of paying asks of the page: to go on to the provider, once,
// so that coming back does not lead there again; or a payment that the app around the page makes: WeChat's built-in browser has a
// bridge for it. Whether it was paid is told by the server, never by the app.
import {refresh} from './regions.js';

const whenReady = call => window.WeixinJSBridge ? call()
  : document.addEventListener('WeixinJSBridgeReady', call, {once: true});

document.addEventListener('click', event => {
  const button = event.target.closest('[data-invoke]');
  if (!button) return;
  const parameters = JSON.parse(button.dataset.invoke);
  whenReady(() => window.WeixinJSBridge.invoke('getBrandWCPayRequest', parameters, () => refresh()));
});

const onward = document.querySelector('a[data-go]');
if (onward) {
  history.replaceState(null, '', location.pathname);
  location.assign(onward.href);
}
