// Runs one published build of cos-js-sdk-v5 in a fake web page and writes down every request that it makes.
//
//   node record.js BUILD.js < cases.json > results.json
//
// The build is evaluated afresh for each case, because it keeps its upload ids in module state. Nothing leaves the
// process. Names of headers are written, and the values of `content-type` and of what stays the same; no times and
// no random parts. The fake does what browsers do, as the standards say: setRequestHeader drops forbidden names
// (Fetch), a body of text without a content type gets one (XMLHttpRequest), and a script sees of an answer only the
// safelisted headers and those that the bucket's CORS rules expose.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const vm = require('vm');

const { Clock, errorText, stepOf, answerBody, credentials, asked, main } = require('../fake.js');

const PARAMETERS = [
  'exports', 'require', 'module', 'window', 'self', 'document', 'location', 'navigator', 'localStorage', 'crypto',
  'XMLHttpRequest', 'fetch', 'Blob', 'File', 'FileReader', 'DOMParser', 'console', 'setTimeout', 'clearTimeout',
  'setInterval', 'clearInterval', 'process', 'Buffer', 'WebSocket',
];
const build = vm.compileFunction(fs.readFileSync(process.argv[2], 'utf8'), PARAMETERS, { filename: 'build.js' });

// Fetch standard: names that a script cannot set.
const FORBIDDEN = new Set([
  'accept-charset', 'accept-encoding', 'access-control-request-headers', 'access-control-request-method', 'connection',
  'content-length', 'cookie', 'cookie2', 'date', 'dnt', 'expect', 'host', 'keep-alive', 'origin', 'referer', 'set-cookie',
  'te', 'trailer', 'transfer-encoding', 'upgrade', 'via',
]);
// Fetch standard: what a script sees of an answer from elsewhere without being allowed to.
const SAFELISTED = new Set([
  'cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified', 'pragma',
]);
// Values that are the same in every run and that say something of the client.
const TOLD = new Set(['content-type', 'cache-control', 'x-cos-sdk-retry']);

// Every piece of the fake file reads as these bytes.
const SLICE = 'cosaudit';
const SLICE_MD5 = crypto.createHash('md5').update(SLICE).digest('hex');

class Blob {
  constructor(parts, options) {
    this.size = (parts || []).reduce((sum, part) => sum + (part.length || part.size || part.byteLength || 0), 0);
    this.type = (options && options.type) || '';
  }
  slice(start, end, type) {
    const part = new Blob();
    part.size = Math.max(0, Math.min(end, this.size) - start);
    part.type = type || '';
    return part;
  }
}

class File extends Blob {
  constructor(size, type) {
    super();
    this.size = size;
    this.type = type;
    this.name = '1.jpg';
    this.lastModified = 1700000000000;
    this.lastModifiedDate = new Date(1700000000000);
  }
}

function kindOf(body) {
  if (body === null || body === undefined) return 'none';
  if (typeof body === 'string') return body ? 'text' : 'empty';
  return body instanceof Blob ? 'blob' : Object.prototype.toString.call(body);
}

class Case {
  constructor(given) {
    this.given = given;
    this.clock = new Clock();
    this.requests = [];
    this.signed = [];
    this.faults = {};
    for (const [step, kinds] of Object.entries(given.faults || {})) this.faults[step] = kinds.slice();
    this.error = null;
    this.callbacks = 0;
    this.secure = new Set(); // what is asked for that only secure contexts have
  }

  log(api, method, url, headers, body, more) {
    const [, scheme, host, path, search] = /^([A-Za-z]+):\/\/([^/?#]*)([^?#]*)\??(.*)$/.exec(url);
    const pairs = search ? search.split('&').map((pair) => pair.split('=')) : [];
    const query = pairs.map((pair) => pair[0]);
    const step = stepOf(method, query, this.given.operation);
    const values = {};
    for (const [name, value] of Object.entries(headers)) if (TOLD.has(name)) values[name] = value;
    const request = {
      api,
      method,
      scheme,
      host,
      path: path || '/', // what HTTP sends for an empty path
      step,
      query,
      headers: Object.keys(headers).sort(),
      values,
      body: kindOf(body),
      fault: null,
      ...more,
    };
    const part = pairs.find((pair) => pair[0] === 'partNumber');
    if (part) request.part = Number(part[1]);
    if (!(part && request.part !== 1)) { // parts go in parallel: faults meet the first one
      const kinds = this.faults[step];
      if (kinds && kinds.length) request.fault = kinds.shift();
    }
    this.requests.push(request);
    return request;
  }

  // Status, headers and body that COS gives; null: the browser gives an error of the network instead.
  answer(request) {
    const id = { 'x-cos-request-id': 'r1' };
    const error = (code) => `<?xml version='1.0'?><Error><Code>${code}</Code><Message>forced</Message></Error>`;
    switch (request.fault) {
      case 'network': // no connection, or an answer that CORS hides: a script cannot tell them apart
        return null;
      case '5xx':
        return [503, id, error('ServiceUnavailable')];
      case '5xx-bare':
        return [503, {}, 'busy'];
      case '4xx':
        return [403, id, error('AccessDenied')];
      case '4xx-bare':
        return [403, {}, 'refused'];
      default: {
        const size = Math.min(this.given.size, this.chunk || 1048576);
        const headers = { ...id, etag: `"${SLICE_MD5}"`, 'content-length': '0', 'content-type': 'application/xml' };
        return [request.method === 'DELETE' ? 204 : 200, headers, answerBody(request.step, this.given, size, SLICE_MD5)];
      }
    }
  }

  xhr() {
    const play = this;
    const { expose } = this.given;
    const exposed = (name) => SAFELISTED.has(name) || expose === null || expose.includes(name);
    return class {
      constructor() {
        this.upload = {};
        this.readyState = 0;
        this.status = 0;
        this.statusText = '';
        this.response = '';
        this.responseText = '';
        this.responseType = '';
        this.withCredentials = false;
        this.asked = {};
        this.got = {};
      }
      open(method, url) {
        this.method = method.toUpperCase();
        this.url = url;
      }
      setRequestHeader(name, value) {
        const lower = name.toLowerCase();
        if (FORBIDDEN.has(lower) || /^(proxy|sec)-/.test(lower)) return;
        const text = String(value);
        this.asked[lower] = lower in this.asked ? `${this.asked[lower]}, ${text}` : text;
      }
      send(body) {
        const bodiless = this.method === 'GET' || this.method === 'HEAD';
        const sent = bodiless ? null : body;
        const listens = Object.keys(this.upload).some((name) => /^on/.test(name) && this.upload[name]);
        // The browser names the type of a body for which the script names none.
        let own = null;
        if (!('content-type' in this.asked)) {
          if (typeof sent === 'string') own = 'text/plain;charset=UTF-8';
          else if (sent instanceof Blob && sent.type) own = sent.type;
        }
        const more = { credentials: Boolean(this.withCredentials), listens, own_type: own };
        const request = play.log('XMLHttpRequest', this.method, this.url, this.asked, sent, more);
        const answer = play.answer(request);
        this.timer = play.clock.set(() => {
          this.readyState = 4;
          if (answer === null) {
            if (this.onerror) this.onerror({ type: 'error' });
            return;
          }
          const [status, headers, text] = answer;
          this.status = status;
          this.got = headers;
          this.response = text;
          this.responseText = text;
          if (this.onload) this.onload({ type: 'load' });
        }, 1);
      }
      abort() {
        play.clock.clear(this.timer);
      }
      getAllResponseHeaders() {
        const names = Object.keys(this.got).filter(exposed);
        return names.map((name) => `${name}: ${this.got[name]}\r\n`).join('');
      }
      getResponseHeader(name) {
        const lower = name.toLowerCase();
        return exposed(lower) && lower in this.got ? this.got[lower] : null;
      }
    };
  }

  load() {
    const play = this;
    const module = { exports: {} };
    const silent = () => {};
    const console = { log: silent, warn: silent, error: silent, info: silent, debug: silent };
    const needs = (name) => { throw new Error(`the build asks for the package ${name}`); };
    const storage = {};
    const localStorage = {
      getItem: (key) => (key in storage ? storage[key] : null),
      setItem: (key, value) => { storage[key] = String(value); },
      removeItem: (key) => { delete storage[key]; },
    };
    const location = { protocol: this.given.page, host: 'shop.example.com', href: `${this.given.page}//shop.example.com/` };
    // What browsers keep from pages that are not secure is noted when it is asked for.
    const watched = (object, name, names) => {
      for (const one of names) {
        Object.defineProperty(object, one, { get: () => { play.secure.add(`${name}.${one}`); return undefined; } });
      }
      return object;
    };
    const navigator = watched({ userAgent: 'Mozilla/5.0' }, 'navigator', ['serviceWorker', 'locks', 'clipboard', 'storage']);
    const webCrypto = watched({ getRandomValues: (array) => array.fill(4) }, 'crypto', ['subtle', 'randomUUID']);
    class FileReader {
      readAsBinaryString() {
        play.clock.set(() => { this.result = SLICE; this.onload && this.onload({ target: this }); }, 0);
      }
      readAsArrayBuffer() {
        const bytes = new TextEncoder().encode(SLICE).buffer;
        play.clock.set(() => { this.result = bytes; this.onload && this.onload({ target: this }); }, 0);
      }
    }
    const fetch = (url, init) => {
      const { method = 'GET', headers = {}, body = null } = init || {};
      this.log('fetch', method, url, headers, body, { credentials: false, listens: false, own_type: null });
      return new Promise(silent);
    };
    const set = (run, delay) => this.clock.set(run, delay);
    const clear = (serial) => this.clock.clear(serial);
    const window = watched(
      { location, navigator, localStorage, crypto: webCrypto, fetch, Promise, setTimeout: set, clearTimeout: clear },
      'window',
      ['caches', 'cookieStore', 'isSecureContext'],
    );
    window.XMLHttpRequest = this.xhr();
    window.DOMParser = class {}; // older versions look whether it is there, and use one of their own
    build(
      module.exports, needs, module, window, window, undefined, location, navigator, localStorage, webCrypto,
      window.XMLHttpRequest, fetch, Blob, File, FileReader, undefined, console, set, clear, () => 0, silent,
    );
    this.window = window;
    return module.exports;
  }

  file() {
    const { size, body } = this.given;
    if (body === 'text') return 'x'.repeat(size);
    if (body === 'blob') return new File(size, '').slice(0, size);
    return new File(size, body); // its type
  }

  async run() {
    const { given } = this;
    const COS = this.load();
    const done = (error) => {
      this.callbacks += 1;
      if (error && this.error === null) this.error = errorText(error) || 'error';
    };
    try {
      const note = (call) => this.signed.push(asked(call));
      const options = { ...given.options, ...credentials(given.credentials, this.clock, note) };
      const cos = new COS(options);
      this.chunk = Math.max(1048576, options.ChunkSize || 0);
      const params = { Bucket: given.bucket, Region: given.region, Key: given.key, ...given.extra };
      if (given.operation === 'downloadFile') {
        if (given.credentials === 'none') params.Sign = false;
        cos.getObjectUrl(params, (error, data) => {
          done(error);
          if (error) return;
          const xhr = new this.window.XMLHttpRequest(); // the page's own code: no headers, so no preflight
          xhr.open('GET', data.Url);
          xhr.send();
        });
      } else {
        if (typeof cos[given.operation] !== 'function') throw new Error(`no such operation: ${given.operation}`);
        if (/^(put|post|upload|slice)/.test(given.operation)) params.Body = this.file();
        if (given.operation === 'getBucket') { delete params.Key; params.Prefix = given.key; }
        if (given.operation === 'abortUploadTask') { params.UploadId = 'u1'; if (given.level) params.Level = given.level; }
        if (given.operation === 'abortUploadTask' && given.level === 'bucket') delete params.Key;
        cos[given.operation](params, done);
      }
      await this.clock.drain();
    } catch (error) {
      this.error = `thrown: ${errorText(error) || 'error'}`;
      this.callbacks += 1;
    }
    if (!this.callbacks) this.error = 'no answer';
    return { requests: this.requests, signed: this.signed, error: this.error, secure: [...this.secure].sort() };
  }
}

main((given) => new Case(given).run());
