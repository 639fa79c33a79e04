// Runs one published version of qcloud-cos-sts with invented keys. What it would send is kept and goes nowhere: the
// modules that send are replaced before the package is loaded.
//
//   node record.js PACKAGE_FOLDER < cases.json > results.json
'use strict';
const fs = require('fs');
const path = require('path');
const Module = require('module');

const folder = path.resolve(process.argv[2]);
let sent = null;

function request(options) {
  sent = options.form;
}
function axios(options) {
  sent = Object.fromEntries(new URLSearchParams(options.data));
  return new Promise(() => {});
}
const qs = { stringify: (params) => new URLSearchParams(params).toString() };

let app = null;
function express() {
  app = { all: (route, handler) => { if (route === '/sts') app.handler = handler; }, use() {}, listen() {} };
  return app;
}
const fakes = { request, axios, qs, express, 'body-parser': { json: () => () => {} } };
const load = Module._load;
Module._load = function (name, ...rest) {
  return name in fakes ? fakes[name] : load.call(this, name, ...rest);
};

const STS = require(folder);

// The text of the policy parameter, decoded as STS does; `undefined` where the helper was given none.
function policyText() {
  return decodeURIComponent(sent.Policy === undefined ? sent.policy : sent.Policy);
}

// JSON as it goes over the wire: without what is undefined.
function wire(value) {
  return JSON.parse(JSON.stringify(value));
}

const demoFile = path.join(folder, 'demo', 'sts-server.js');
const demoText = fs.readFileSync(demoFile, 'utf8');
const demoConfig = /var config = \{[\s\S]*?\n\};/;
if (!demoConfig.test(demoText)) throw new Error('the demo has no configuration to replace');

function demo(given) {
  const text = demoText.replace(demoConfig, 'var config = __given;');
  const run = new Function('require', '__given', 'console', text);
  const keys = { secretId: 'AKIDinvented', secretKey: 'invented', proxy: '', durationSeconds: 1800 };
  run((name) => (name === '../index' ? STS : require(name)), { ...keys, ...given }, { log() {} });
  sent = null;
  app.handler({}, { send() {} }, () => {});
  return JSON.parse(policyText());
}

const kinds = {
  getPolicy: (given) => wire(STS.getPolicy(given)),
  getPolicyTwice: (given) => [wire(STS.getPolicy(given)), wire(STS.getPolicy(given))],
  demo,
  // the demo's names given to getCredential itself
  getCredential: (given) => {
    sent = null;
    STS.getCredential({ secretId: 'AKIDinvented', secretKey: 'invented', ...given }, () => {});
    return { policy: policyText(), duration: Number(sent.DurationSeconds || sent.durationSeconds) };
  },
  getRoleCredential: (given) => {
    if (!STS.getRoleCredential) return { missing: true };
    sent = null;
    STS.getRoleCredential({ secretId: 'AKIDinvented', secretKey: 'invented', roleArn: 'qcs::cam::invented', ...given }, () => {});
    return { policy: policyText(), duration: Number(sent.DurationSeconds) };
  },
};

const results = JSON.parse(fs.readFileSync(0, 'utf8')).map(({ kind, given }) => {
  try {
    return { made: kinds[kind](given) };
  } catch (error) {
    return { error: error.name };
  }
});
process.stdout.write(JSON.stringify(results));
