// A program written for WeChat: "wechat" takes the pushes, "co-wechat-api" calls
// the API. Only the hosts are changed. It prints the port it listens on; the test
// makes it call the API by /call.
'use strict';

const http = require('http');
const url = require('url');
const fs = require('fs');
const os = require('os');
const path = require('path');
const API = require('co-wechat-api');
const OAuth = require('co-wechat-oauth');
const wechat = require('wechat');

const {host, appid, secret, token, encodingAESKey} = JSON.parse(process.argv[2]);

const api = new API(appid, secret);
api.prefix = `${host}/cgi-bin/`;
api.mpPrefix = `${host}/cgi-bin/`;
api.snsPrefix = `${host}/sns/`;
const send = api.request; // some calls have the host built in
api.request = (address, ...rest) => send.call(api, address.replace('https://api.weixin.qq.com', host), ...rest);

const oauth = new OAuth(appid, secret);
const request = oauth.request;
oauth.request = (address, options) => request.call(oauth, address.replace('https://api.weixin.qq.com', host), options);

const heard = []; // everything that was pushed
const slow = new Set(); // contents that were pushed once and not answered

const callback = wechat({token, appid, encodingAESKey}, async (req, res) => {
  const message = req.weixin;
  heard.push(message);
  if (message.MsgType === 'event') {
    switch (message.Event) {
      case 'subscribe': return res.reply(`welcome ${message.EventKey}`.trim());
      case 'SCAN': return res.reply(`scanned ${message.EventKey}`);
      case 'CLICK': return res.reply(`clicked ${message.EventKey}`);
      default: return res.reply('');
    }
  }
  switch (message.Content) {
    case 'custom': // calls back before it answers, as many programs do
      await api.sendText(message.FromUserName, 'by the API');
      return res.reply('');
    case 'news':
      return res.reply([{title: 'Bread', description: 'at four', picurl: 'https://shop.example/bread.jpg', url: 'https://shop.example/bread'}]);
    case 'agent':
      return res.transfer2CustomerService();
    case 'broken':
      res.writeHead(200);
      return res.end('{"not": "xml"}');
    case 'again': // fails the first time
      if (!slow.has(message.MsgId)) {
        slow.add(message.MsgId);
        res.writeHead(500);
        return res.end();
      }
      return res.reply('at the second attempt');
    default:
      return res.reply(`you said ${message.Content}`);
  }
});

// upload writes what it was given to a file, because the SDK uploads files.
async function upload(method, name, content, ...rest) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'plaza-')), name);
  fs.writeFileSync(file, Buffer.from(content, 'base64'));
  try {
    return await api[method](file, ...rest);
  } finally {
    fs.rmSync(path.dirname(file), {recursive: true});
  }
}

async function call({method, args = []}) {
  if (method === 'heard') return heard;
  if (method === 'upload') return upload(...args);
  if (method.startsWith('oauth.')) return oauth[method.slice(6)](...args);
  const result = await api[method](...args);
  return Buffer.isBuffer(result) ? {base64: result.toString('base64')} : result;
}

const server = http.createServer((req, res) => {
  req.query = url.parse(req.url, true).query;
  if (req.url !== '/call') {
    return callback(req, res, error => { res.writeHead(500); res.end(String(error)); });
  }
  const chunks = [];
  req.on('data', chunk => chunks.push(chunk));
  req.on('end', async () => {
    let answer;
    try {
      answer = {result: await call(JSON.parse(Buffer.concat(chunks)))};
    } catch (error) {
      answer = {code: error.code, error: String(error)};
    }
    res.writeHead(200, {'Content-Type': 'application/json'});
    res.end(JSON.stringify(answer));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit()); // ends with the test
