// Runs the official SDKs' own signers over the cases of standard input; results as JSON on standard output.
//
//   node record.js NODE_MODULES < cases.json
'use strict';
// The SDKs talk on standard output; it is kept for the result.
console.log = console.info = console.warn = console.error;
const fs = require('fs');
const path = require('path');

const modules = path.resolve(process.argv[2]);
const load = (name) => require(path.join(modules, name));

// The bundles for browsers and Mini Programs look for their hosts when they are loaded. Nothing here takes part in
// signing.
global.window = global;
global.navigator = global.navigator || { userAgent: '' };
global.wx = {
  getFileSystemManager: () => ({}),
  getSystemInfoSync: () => ({ SDKVersion: '3.0.0' }),
  getAppBaseInfo: () => ({ SDKVersion: '3.0.0' }),
  getDeviceInfo: () => ({}),
  getStorageSync: () => '',
  setStorageSync: () => {},
  canIUse: () => true,
};

const copy = (value) => JSON.parse(JSON.stringify(value));
const results = JSON.parse(fs.readFileSync(0, 'utf8')).map((one) => {
  const sdk = load(one.folder);
  const result = { id: one.id, sdk_version: load(one.folder + '/package.json').version };
  const clock = Date.now;
  try {
    if (one.now === undefined) {
      result.made = sdk.getAuthorization(copy(one.options));
    } else {
      Date.now = () => one.now * 1000; // getObjectUrl takes its times from the clock
      result.made = new sdk(copy(one.client)).getObjectUrl(copy(one.options), () => {});
    }
  } catch (error) {
    result.error = String((error && error.message) || error);
  } finally {
    Date.now = clock;
  }
  return result;
});
process.stdout.write(JSON.stringify(results));
