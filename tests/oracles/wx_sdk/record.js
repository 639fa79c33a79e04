// Runs one published build of cos-wx-sdk-v5 against a fake `wx` and writes down every request that it makes.
//
//   node record.js BUILD.js < cases.json > results.json
//
// The build is evaluated afresh for each case, because it reads the base library version and keeps its upload
// ids in module state. Timers are the fake's: virtual time, so waiting costs nothing and the order is always the
// same. Only names of headers, query and form fields are written, never values that hold a time or a random part.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const vm = require('vm');

const { Clock, errorText, stepOf, answerBody, credentials, asked, main } = require('../fake.js');

// The first names are the fake's; the others do not exist in a Mini Program, where every module is called with
// undefined for them.
const PARAMETERS = [
  'exports', 'require', 'module', 'wx', 'console', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval',
  'window', 'document', 'self', 'location', 'navigator', 'localStorage', 'fetch', 'XMLHttpRequest', 'WebSocket',
  'process', 'Buffer',
];
const build = vm.compileFunction(fs.readFileSync(process.argv[2], 'utf8'), PARAMETERS, { filename: 'build.js' });

// Versions of the WeChat base library in which the functions that the SDK asks `wx.canIUse` about appeared.
const SINCE = { getAppBaseInfo: '2.20.1', getDeviceInfo: '2.20.1' };

function older(left, right) {
  const a = left.split('.').map(Number);
  const b = right.split('.').map(Number);
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}

// Every slice of the fake file has these bytes; the SDK never compares a slice's length with what it asked for.
const SLICE = new Uint8Array([99, 111, 115, 97, 117, 100, 105, 116]).buffer;
const SLICE_MD5 = crypto.createHash('md5').update(Buffer.from(SLICE)).digest('hex');

function apiStep(api, method, names, operation) {
  if (api === 'uploadFile') return 'PostObject';
  if (api === 'downloadFile') return 'GetObject';
  return stepOf(method, names, operation);
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
    this.storage = {};
  }

  log(api, method, url, header, formData) {
    const [, scheme, host, path, search] = /^([A-Za-z]+):\/\/([^/?#]*)([^?#]*)\??(.*)$/.exec(url);
    const pairs = search ? search.split('&').map((pair) => pair.split('=')) : [];
    const query = pairs.map((pair) => pair[0]);
    const step = apiStep(api, method, query, this.given.operation);
    const request = {
      api,
      method,
      scheme,
      host,
      path: path || '/', // what HTTP sends for an empty path
      step,
      query,
      headers: Object.keys(header || {}).map((name) => name.toLowerCase()).sort(),
      form: formData ? Object.keys(formData) : [],
      fault: null,
    };
    if (formData) request.form_key = formData.key;
    const part = pairs.find((pair) => pair[0] === 'partNumber');
    if (part) request.part = Number(part[1]);
    if (!(part && request.part !== 1)) { // parts go in parallel: faults meet the first one
      const kinds = this.faults[step];
      if (kinds && kinds.length) request.fault = kinds.shift();
    }
    this.requests.push(request);
    return request;
  }

  answer(params, request) {
    const fail = (text) => this.clock.set(() => params.fail && params.fail({ errMsg: `${request.api}:fail ${text}` }), 1);
    const reply = (statusCode, header, data) =>
      this.clock.set(() => params.success && params.success({ statusCode, header, data, errMsg: 'ok' }), 1);
    const id = { 'x-cos-request-id': 'r1' };
    const error = (code) => `<?xml version='1.0'?><Error><Code>${code}</Code><Message>forced</Message></Error>`;
    switch (request.fault) {
      case 'network':
        return fail('');
      case 'timeout':
        return fail('timeout');
      case '5xx':
        return reply(503, id, error('ServiceUnavailable'));
      case '5xx-bare':
        return reply(503, {}, 'busy');
      case '4xx':
        return reply(403, id, error('AccessDenied'));
      case '4xx-bare':
        return reply(403, {}, 'refused');
      default: {
        const status = request.step === 'PostObject' || request.method !== 'DELETE' ? 200 : 204;
        const body = answerBody(request.step, this.given, Math.min(this.given.size, 1048576), SLICE_MD5);
        return reply(status, { ...id, ETag: `"${SLICE_MD5}"`, etag: `"${SLICE_MD5}"` }, body);
      }
    }
  }

  wx() {
    const base = this.given.base_library;
    const info = { SDKVersion: base, platform: 'ios', version: '8.0.50', brand: 'x', model: 'x', system: 'iOS 17' };
    const send = (api) => (params) => {
      const method = (params.method || (api === 'uploadFile' ? 'POST' : 'GET')).toUpperCase();
      this.answer(params, this.log(api, method, params.url, params.header, params.formData));
      return { abort() {}, onProgressUpdate() {}, onHeadersReceived() {}, offProgressUpdate() {} };
    };
    const later = (params, result) => this.clock.set(() => params.success && params.success(result), 0);
    const stats = {
      size: this.given.size,
      mode: 33188,
      lastAccessedTime: 1700000000,
      lastModifiedTime: 1700000000,
      isDirectory: () => false,
      isFile: () => true,
    };
    const files = {
      readFile: (params) => later(params, { data: SLICE }),
      stat: (params) => later(params, { stats }),
      getFileInfo: (params) => later(params, { size: this.given.size }),
    };
    const wx = {
      request: send('request'),
      uploadFile: send('uploadFile'),
      downloadFile: send('downloadFile'),
      getFileSystemManager: () => files,
      getSystemInfoSync: () => info,
      getSystemInfo: (params) => later(params || {}, info),
      getNetworkType: (params) => later(params || {}, { networkType: 'wifi' }),
      canIUse: (name) => !(name in SINCE) || !older(base, SINCE[name]),
      getStorageSync: (key) => this.storage[key] || '',
      setStorageSync: (key, value) => { this.storage[key] = value; },
      removeStorageSync: (key) => { delete this.storage[key]; },
      getStorage: (params) => later(params, { data: '' }),
      setStorage: (params) => later(params, {}),
    };
    for (const name of Object.keys(SINCE)) if (wx.canIUse(name)) wx[name] = () => info;
    return wx;
  }

  load(wx) {
    const module = { exports: {} };
    const silent = () => {};
    const console = { log: silent, warn: silent, error: silent, info: silent };
    const needs = (name) => { throw new Error(`the build asks for the package ${name}`); };
    const set = (run, delay) => this.clock.set(run, delay);
    const clear = (serial) => this.clock.clear(serial);
    build(module.exports, needs, module, wx, console, set, clear, () => 0, silent);
    return module.exports;
  }

  async run() {
    const { given } = this;
    const wx = this.wx();
    const COS = this.load(wx);
    const done = (error) => {
      this.callbacks += 1;
      if (error && this.error === null) this.error = errorText(error) || 'error';
    };
    try {
      const note = (call) => this.signed.push(asked(call));
      const cos = new COS({ ...given.options, ...credentials(given.credentials, this.clock, note) });
      const path = 'wxfile://tmp/1.jpg';
      const params = { Bucket: given.bucket, Region: given.region, Key: given.key, ...given.extra };
      if (given.operation === 'downloadFile') {
        if (given.credentials === 'none') params.Sign = false;
        if (typeof cos.getObjectUrl !== 'function') throw new Error('no such operation: getObjectUrl');
        cos.getObjectUrl(params, (error, data) => {
          done(error);
          if (!error) wx.downloadFile({ url: data.Url });
        });
      } else {
        if (typeof cos[given.operation] !== 'function') throw new Error(`no such operation: ${given.operation}`);
        if (given.operation === 'putObject') params.Body = given.text ? 'cosaudit' : SLICE;
        if (/^(post|upload|slice)/.test(given.operation)) params.FilePath = path;
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
    if (/body format error/.test(this.error || '') && !given.text) {
      return new Case({ ...given, text: true }).run(); // the oldest version takes no buffer, only text
    }
    return { requests: this.requests, signed: this.signed, error: this.error };
  }
}

main((given) => new Case(given).run());
