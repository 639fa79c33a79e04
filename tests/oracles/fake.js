// What the recorders of the client SDKs share: virtual time, errors in words, reading cases and writing results.
'use strict';

const fs = require('fs');

const AUTHORIZATION =
  'q-sign-algorithm=sha1&q-ak=AKID&q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=00';

// Timers are the fake's: waiting costs nothing and the order is always the same.
class Clock {
  constructor() {
    this.now = 0;
    this.serial = 0;
    this.queue = [];
  }
  set(run, delay) {
    this.serial += 1;
    this.queue.push({ at: this.now + (Number(delay) || 0), serial: this.serial, run });
    return this.serial;
  }
  clear(serial) {
    this.queue = this.queue.filter((timer) => timer.serial !== serial);
  }
  async drain() {
    for (let turns = 0; turns < 100000; turns++) {
      await new Promise(setImmediate); // promises of the SDK first
      if (!this.queue.length) return;
      this.queue.sort((a, b) => a.at - b.at || a.serial - b.serial);
      const timer = this.queue.shift();
      this.now = Math.max(this.now, timer.at);
      timer.run();
    }
    throw new Error('the case does not end');
  }
}

// Versions wrap errors in each other in their own ways: the first text that is found is the one that says most.
function errorText(error, depth = 0) {
  if (typeof error === 'string') return error;
  if (!error || typeof error !== 'object' || depth > 4) return null;
  for (const name of ['error', 'err', 'Error', 'Code', 'message', 'errMsg', 'Message']) {
    const text = error[name] !== error && errorText(error[name], depth + 1);
    if (text) return text;
  }
  return null;
}

// The step of an upload that a request to COS is, by its method and the names in its query.
function stepOf(method, names, operation) {
  if (names.includes('uploads')) return method === 'GET' ? 'ListMultipartUploads' : 'InitiateMultipartUpload';
  if (names.includes('uploadId')) {
    return { PUT: 'UploadPart', GET: 'ListParts', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' }[method];
  }
  if (method === 'GET') return operation === 'getBucket' ? 'GetBucket' : 'GetObject';
  return { PUT: 'PutObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] || method;
}

// The body with which COS answers a step.
function answerBody(step, given, size, md5) {
  const { key, bucket, resume } = given;
  const stored = key.replace(/^\//, '').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const storage = (given.extra || {}).StorageClass || 'Standard'; // an upload of another class is none to resume
  const upload = `<Upload><Key>${stored}</Key><UploadId>u1</UploadId><StorageClass>${storage}</StorageClass></Upload>`;
  switch (step) {
    case 'ListMultipartUploads':
      return `<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><IsTruncated>false</IsTruncated>${resume || given.operation === 'abortUploadTask' ? upload : ''}</ListMultipartUploadsResult>`;
    case 'ListParts': {
      const etag = resume === 'mismatch' ? '00000000000000000000000000000000' : md5;
      return `<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><ETag>"${etag}"</ETag><Size>${size}</Size></Part></ListPartsResult>`;
    }
    case 'InitiateMultipartUpload':
      return `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${stored}</Key><UploadId>u2</UploadId></InitiateMultipartUploadResult>`;
    case 'CompleteMultipartUpload':
      return `<CompleteMultipartUploadResult><Location>x</Location><ETag>"0"</ETag></CompleteMultipartUploadResult>`;
    case 'GetBucket':
      return `<ListBucketResult><Name>${bucket}</Name><IsTruncated>false</IsTruncated></ListBucketResult>`;
    default:
      return '';
  }
}

// The constructor's options for a way of signing. `note` is told of each call of getAuthorization.
function credentials(kind, clock, note) {
  // A key about to expire is asked for again at every request, so every scope is seen.
  const now = Math.floor(Date.now() / 1000);
  const key = { TmpSecretId: 'AKID', TmpSecretKey: 'secret', StartTime: now - 60, ExpiredTime: now + 20 };
  const made = {
    temporary: () => ({ ...key, SecurityToken: 'token', XCosSecurityToken: 'token' }),
    'temporary-SecurityToken': () => ({ ...key, SecurityToken: 'token' }),
    'temporary-XCosSecurityToken': () => ({ ...key, XCosSecurityToken: 'token' }),
    'server-temporary': () => ({ Authorization: AUTHORIZATION, SecurityToken: 'token', XCosSecurityToken: 'token' }),
    'server-temporary-SecurityToken': () => ({ Authorization: AUTHORIZATION, SecurityToken: 'token' }),
    'server-temporary-XCosSecurityToken': () => ({ Authorization: AUTHORIZATION, XCosSecurityToken: 'token' }),
    'server-permanent': () => ({ Authorization: AUTHORIZATION }),
    'server-text': () => AUTHORIZATION,
  }[kind];
  if (kind === 'none') return {};
  if (kind === 'permanent') return { SecretId: 'AKID', SecretKey: 'secret' };
  return { getAuthorization: (asked, callback) => { note(asked); clock.set(() => callback(made()), 1); } };
}

// One call of getAuthorization as it is written down.
function asked(call) {
  const headers = call.Headers || {};
  const host = Object.keys(headers).filter((name) => name.toLowerCase() === 'host');
  return {
    method: (call.Method || '').toUpperCase(),
    pathname: call.Pathname === undefined ? null : call.Pathname,
    key: call.Key === undefined ? null : call.Key,
    query: Object.keys(call.Query || {}).sort(),
    headers: Object.keys(headers).map((name) => name.toLowerCase()).sort(),
    host: host.length ? headers[host[0]] : null,
    scope: call.Scope || null,
  };
}

// Runs each case that stands on standard input; `play` makes a result of a case.
function main(play) {
  process.on('unhandledRejection', () => {}); // a promise of the SDK that nobody awaits
  const run = async () => {
    const results = [];
    for (const given of JSON.parse(fs.readFileSync(0, 'utf8'))) results.push(await play(given));
    process.stdout.write(JSON.stringify(results));
  };
  run().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
}

module.exports = { Clock, errorText, stepOf, answerBody, credentials, asked, main };
