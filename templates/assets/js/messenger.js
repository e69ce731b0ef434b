// What a page can do inside a messenger's own browser.
import {make} from './texts.js';

const {messengerScript, messengerSign, vouch} = document.body.dataset;

// Telegram gives a page that it opens inside itself a statement of who has
// opened it, behind the address's "#". Elsewhere such an address is somebody's
// attempt to sign a stranger in: only Telegram's own window has the proxy.
const inTelegram = window.TelegramWebviewProxy?.postEvent || window.external?.notify;
const statements = new URLSearchParams(location.hash.slice(1)).getAll('tgWebAppData');
if (vouch && inTelegram && statements.length === 1) {
  history.replaceState(null, '', location.pathname + location.search); // not to be passed on
  const done = `stated ${statements[0].slice(-64)}`;
  if (!sessionStorage.getItem(done)) {
    sessionStorage.setItem(done, '1'); // it counts once
    fetch(vouch, {method: 'POST', body: new URLSearchParams({statement: statements[0]})})
      .then(answer => { if (answer.ok) location.reload(); }, () => {});
  }
}

// WeChat's script lets the page share itself with its picture, and scan.
if (messengerScript) {
  const script = make('script', {src: messengerScript});
  script.addEventListener('load', () => configure(window.wx));
  document.head.append(script);
}

async function configure(wx) {
  const address = location.href.split('#')[0];
  const answer = await fetch(`${messengerSign}?${new URLSearchParams({address})}`, {headers: {Accept: 'application/json'}}).catch(() => null);
  if (!wx || !answer?.ok) return;
  wx.ready(() => { share(wx); scanning(wx); });
  wx.config({...await answer.json(), jsApiList: ['updateAppMessageShareData', 'updateTimelineShareData', 'scanQRCode']});
}

function share(wx) {
  const picture = document.querySelector('main img, header img')?.src ?? new URL('/favicon.ico', location.href).href;
  const shown = {
    title: document.title, desc: document.querySelector('main p')?.textContent.trim().slice(0, 100) || document.title,
    link: location.origin + location.pathname, imgUrl: picture,
  };
  wx.updateAppMessageShareData(shown);
  wx.updateTimelineShareData({title: shown.title, link: shown.link, imgUrl: shown.imgUrl});
}

// A code of this server is opened here; any other one is left to WeChat.
function scanning(wx) {
  for (const button of document.querySelectorAll('[data-scan]')) {
    button.hidden = false;
    button.addEventListener('click', () => wx.scanQRCode({needResult: 1, scanType: ['qrCode'], success: found => {
      const address = URL.canParse(found.resultStr) ? new URL(found.resultStr) : null;
      if (address?.origin === location.origin) location.assign(address.href);
      else wx.scanQRCode({needResult: 0});
    }}));
  }
}
