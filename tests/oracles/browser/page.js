// What the page does: sends the requests that it is given, with fetch or XMLHttpRequest, and says what it saw.
'use strict';

function bodyOf(kind) {
  switch (kind) {
    case 'text': return 'a=1';
    case 'bytes': return new Uint8Array([97]);
    case 'blob': return new Blob(['a']);
    case 'image': return new Blob(['a'], { type: 'image/png' });
    case 'text-file': return new File(['a'], 'a.txt', { type: 'text/plain' });
    case 'form': { const form = new FormData(); form.append('key', 'a'); return form; }
    case 'fields': return new URLSearchParams({ key: 'a' });
    case 'stream': return new Blob(['a']).stream();
    default: return null;
  }
}

async function byFetch(given) {
  const headers = new Headers();
  for (const [name, value] of given.headers) headers.append(name, value);
  const options = { method: given.method, headers, credentials: given.credentials, mode: 'cors' };
  if (given.body) options.body = bodyOf(given.body);
  if (given.body === 'stream') options.duplex = 'half';
  const response = await fetch(given.url, options);
  await response.arrayBuffer();
  return { status: response.status, names: [...response.headers.keys()] };
}

function byXhr(given) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(given.method, given.url);
    for (const [name, value] of given.headers) xhr.setRequestHeader(name, value);
    xhr.withCredentials = given.credentials === 'include';
    if (given.listens) xhr.upload.onprogress = () => {};
    xhr.onload = () => {
      const lines = xhr.getAllResponseHeaders().trim();
      const names = lines ? lines.split(/[\r\n]+/).map((line) => line.split(':')[0].toLowerCase()) : [];
      resolve({ status: xhr.status, names });
    };
    xhr.onerror = () => reject(new TypeError('XMLHttpRequest failed'));
    xhr.send(bodyOf(given.body));
  });
}

async function once(given) {
  try {
    return await (given.api === 'xhr' ? byXhr(given) : byFetch(given));
  } catch (error) {
    return { error: String(error) };
  }
}

// What `make` resolves to for each of them, some at a time.
async function each(all, make) {
  const results = new Array(all.length);
  let next = 0;
  async function worker() {
    while (next < all.length) {
      const number = next++;
      results[number] = await make(all[number]);
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker));
  return results;
}

// All requests of one page; each is sent `times` times, one after the other.
function sendAll(all) {
  return each(all, async (given) => {
    let result;
    for (let time = 0; time < given.times; time++) result = await once(given);
    return result;
  });
}

// One upload with the official SDK, which the page has loaded. Keys that a server made for it, so the SDK signs.
function upload(given) {
  const now = Math.floor(Date.now() / 1000);
  const keys = { TmpSecretId: 'AKID', TmpSecretKey: 'key', SecurityToken: 't', XCosSecurityToken: 't' };
  const cos = new COS({ getAuthorization: (_, done) => done({ ...keys, StartTime: now - 60, ExpiredTime: now + 1800 }) });
  const body = new File([new Uint8Array(given.size)], '1.jpg', { type: 'image/jpeg' });
  return new Promise((resolve) => {
    const target = { Bucket: given.bucket, Region: given.region, Key: given.key, Body: body };
    cos.uploadFile({ ...target, onProgress: () => {} }, (error) => resolve(!error));
  });
}

// All uploads of one page: does each come to its end?
function uploadAll(all) {
  return each(all, upload);
}
