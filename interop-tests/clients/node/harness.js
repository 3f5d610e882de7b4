// What a scenario program needs besides the library: checks, waits with a limit, and the lines that the runner reads.
import assert from 'node:assert/strict';
import readline from 'node:readline';

// Milliseconds that any single wait may take.
const TIMEOUT = 20_000;

export class NotApplicable extends Error {}

export const address = {
  protocol: 'amqp',
  hostname: process.env.AMQP_HOST,
  port: Number(process.env.AMQP_PORT),
  username: process.env.AMQP_USER,
  password: process.env.AMQP_PASSWORD,
  vhost: process.env.AMQP_VHOST,
};

/** A name of this run's own for a queue or an exchange. */
export const name = (suffix) => `${process.env.AMQP_PREFIX}.${suffix}`;

/** A body in which every position is told apart from its neighbours. */
export function bodyOf(size) {
  const body = Buffer.alloc(size);
  for (let i = 0; i < size; i++) body[i] = i % 251;
  return body;
}

/** The promise's result, or an error that says what was waited for. */
export function within(promise, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end in ${TIMEOUT} ms of waiting for ${what}`)), TIMEOUT);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** Collects what arrives and lets one wait for a number of items. */
export class Inbox {
  items = [];
  #waiters = [];

  push(item) {
    this.items.push(item);
    this.#waiters = this.#waiters.filter(({ count, resolve }) => {
      if (this.items.length < count) return true;
      resolve(this.items);
      return false;
    });
  }

  atLeast(count, what) {
    if (this.items.length >= count) return Promise.resolve(this.items);
    return within(
      new Promise((resolve) => this.#waiters.push({ count, resolve })),
      `${count} ${what}`,
    ).catch((error) => {
      throw new Error(`${error.message}; ${this.items.length} came`);
    });
  }
}

/** Has the runner restart the broker; resolves when it serves again. */
export async function restartBroker() {
  const input = readline.createInterface({ input: process.stdin });
  console.log('CONTROL restart');
  const [line] = await Promise.race([
    new Promise((resolve) => input.once('line', (text) => resolve([text]))),
    new Promise((resolve) => input.once('close', () => resolve(['end of input']))),
  ]);
  input.close();
  assert.equal(line, 'restarted');
}

function fail(error) {
  console.error(error);
  console.log(`FAIL ${String(error.message).replace(/\s+/g, ' ')}`);
  process.exit(1);
}

/** Runs the scenario named on the command line and ends the process as the runner expects it. */
export async function run(scenarios) {
  // Errors thrown by event handlers and consumers end up here.
  process.on('uncaughtException', fail);
  try {
    await scenarios[process.argv[2]]();
    console.log('PASS');
    process.exit(0);
  } catch (error) {
    if (!(error instanceof NotApplicable)) fail(error);
    console.log(`NOT_APPLICABLE ${error.message}`);
    process.exit(77);
  }
}
