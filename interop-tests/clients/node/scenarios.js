// amqplib, with its promise API.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import amqplib from 'amqplib';
import { address, bodyOf, Inbox, name, NotApplicable, restartBroker, run, within } from './harness.js';

const FRAME_MAX = 131072;

async function connected(use, options = {}) {
  const connection = await within(amqplib.connect({ ...address, ...options }), 'a connection');
  const failed = new Promise((_, reject) => connection.once('error', reject));
  try {
    return await Promise.race([use(connection), failed]);
  } finally {
    await connection.close().catch(() => undefined);
  }
}

const bytes = (text) => Buffer.from(text);

const count = async (channel, queue) => (await channel.checkQueue(queue)).messageCount;

async function drain(channel, queue) {
  const messages = [];
  for (let message; (message = await channel.get(queue, { noAck: true })); ) messages.push(message);
  return messages;
}

const bodies = async (channel, queue) => (await drain(channel, queue)).map((message) => message.content.toString());

/** Consumes; a null instead of a message says that the queue was deleted, as these scenarios do at their end. */
const consume = (channel, queue, handle, options) =>
  channel.consume(queue, (message) => message && handle(message), options);

/** Holds as many messages unacknowledged as its prefetch allows, and acknowledges the oldest only to make room. */
class Worker {
  holding = true;
  unacked = [];
  received = [];

  constructor(channel, prefetch, inbox) {
    Object.assign(this, { channel, prefetch, inbox });
  }

  async start(queue) {
    await this.channel.prefetch(this.prefetch);
    await consume(this.channel, queue, (message) => this.onMessage(message));
  }

  onMessage(message) {
    assert.equal(message.fields.redelivered, false);
    this.unacked.push(message);
    assert.ok(this.unacked.length <= this.prefetch, `${this.unacked.length} unacked with prefetch ${this.prefetch}`);
    this.received.push(message.content.toString());
    this.inbox.push(message.content.toString());
    if (!this.holding) this.makeRoom();
  }

  makeRoom() {
    if (this.unacked.length === this.prefetch) this.channel.ack(this.unacked.shift());
  }

  release() {
    this.holding = false;
    this.makeRoom();
  }

  async finish() {
    for (const message of this.unacked) this.channel.ack(message);
    await this.channel.close();
  }
}

const work_queue = () =>
  connected(async (connection) => {
    const total = 200;
    const channel = await connection.createConfirmChannel();
    for (const prefetch of [1, 10]) {
      const queue = name(`work-${prefetch}`);
      await channel.assertQueue(queue, { durable: true });
      const sent = Array.from({ length: total }, (_, i) => `task ${i}`);
      for (const body of sent) channel.sendToQueue(queue, bytes(body), { persistent: true });
      await within(channel.waitForConfirms(), 'confirms');

      const inbox = new Inbox();
      const workers = [];
      for (let i = 0; i < 3; i++) {
        const worker = new Worker(await connection.createChannel(), prefetch, inbox);
        await worker.start(queue);
        workers.push(worker);
      }
      await inbox.atLeast(3 * prefetch, 'messages in full windows');
      assert.deepEqual(workers.map((worker) => worker.received.length), [prefetch, prefetch, prefetch]);
      assert.equal(await count(channel, queue), total - 3 * prefetch);

      for (const worker of workers) worker.release();
      const received = await inbox.atLeast(total, 'messages');
      assert.deepEqual([...received].sort(), [...sent].sort());
      for (const worker of workers) await worker.finish();
      assert.equal(await count(channel, queue), 0);
      await channel.deleteQueue(queue);
    }
  });

const publish_subscribe = () =>
  connected(async (connection) => {
    const channel = await connection.createChannel();
    const exchange = name('fanout');
    await channel.assertExchange(exchange, 'fanout', { durable: false });
    const inboxes = [];
    for (let i = 0; i < 3; i++) {
      const { queue } = await channel.assertQueue('', { exclusive: true });
      assert.match(queue, /^amq\.gen-/);
      await channel.bindQueue(queue, exchange, '');
      const inbox = new Inbox();
      await consume(channel, queue, (message) => inbox.push(message.content.toString()), { noAck: true });
      inboxes.push(inbox);
    }
    const sent = Array.from({ length: 50 }, (_, i) => `news ${i}`);
    for (const body of sent) channel.publish(exchange, 'ignored', bytes(body));
    for (const inbox of inboxes) assert.deepEqual(await inbox.atLeast(sent.length, 'news'), sent);
    await channel.deleteExchange(exchange);
  });

const routing = () =>
  connected(async (connection) => {
    const channel = await connection.createConfirmChannel();
    const exchange = name('direct');
    await channel.assertExchange(exchange, 'direct', { durable: false });
    const bound = { errors: ['error'], all: ['info', 'warning', 'error'], none: ['fatal'] };
    for (const [suffix, keys] of Object.entries(bound)) {
      await channel.assertQueue(name(suffix), { exclusive: true });
      for (const key of keys) await channel.bindQueue(name(suffix), exchange, key);
    }
    const sent = ['info', 'warning', 'error', 'debug', 'error', 'Error'];
    for (const key of sent) channel.publish(exchange, key, bytes(key));
    await within(channel.waitForConfirms(), 'confirms');
    for (const [suffix, keys] of Object.entries(bound)) {
      assert.deepEqual(await bodies(channel, name(suffix)), sent.filter((key) => keys.includes(key)), suffix);
    }
    await channel.unbindQueue(name('all'), exchange, 'info');
    channel.publish(exchange, 'info', bytes('unbound'));
    await within(channel.waitForConfirms(), 'confirms');
    assert.equal(await count(channel, name('all')), 0);
    await channel.deleteExchange(exchange);
  });

const topics = () =>
  connected(async (connection) => {
    const channel = await connection.createConfirmChannel();
    const exchange = name('topic');
    const keys = ['stock.usd.nyse', 'stock.eur.xetra', 'stock', 'news.eur', 'news.eur.sport.live', 'stock.usd', ''];
    const bindings = {
      'stock.*.*': ['stock.usd.nyse', 'stock.eur.xetra'],
      'stock.#': ['stock.usd.nyse', 'stock.eur.xetra', 'stock', 'stock.usd'],
      '*.eur.#': ['stock.eur.xetra', 'news.eur', 'news.eur.sport.live'],
      '#.live': ['news.eur.sport.live'],
      '*': ['stock'],
      '#': keys,
    };
    await channel.assertExchange(exchange, 'topic', { durable: false });
    for (const pattern of Object.keys(bindings)) {
      await channel.assertQueue(name(pattern), { exclusive: true });
      await channel.bindQueue(name(pattern), exchange, pattern);
    }
    for (const key of keys) channel.publish(exchange, key, bytes(key));
    await within(channel.waitForConfirms(), 'confirms');
    for (const [pattern, expected] of Object.entries(bindings)) {
      assert.deepEqual(await bodies(channel, name(pattern)), expected, pattern);
    }
    await channel.deleteExchange(exchange);
  });

const headers = () =>
  connected(async (connection) => {
    const channel = await connection.createConfirmChannel();
    const exchange = name('headers');
    await channel.assertExchange(exchange, 'headers', { durable: false });
    const bindings = {
      all: { 'x-match': 'all', format: 'pdf', pages: 3 },
      any: { 'x-match': 'any', format: 'pdf', pages: 3 },
      default: { format: 'zip' },
    };
    for (const [suffix, table] of Object.entries(bindings)) {
      await channel.assertQueue(name(suffix), { exclusive: true });
      await channel.bindQueue(name(suffix), exchange, '', table);
    }
    const sent = {
      both: { format: 'pdf', pages: 3, more: true },
      one: { format: 'pdf', pages: 4 },
      other: { pages: 3 },
      zip: { format: 'zip' },
      neither: { format: 'PDF', pages: '3' },
      nothing: {},
    };
    for (const [body, table] of Object.entries(sent)) channel.publish(exchange, '', bytes(body), { headers: table });
    await within(channel.waitForConfirms(), 'confirms');
    assert.deepEqual(await bodies(channel, name('all')), ['both']);
    assert.deepEqual(await bodies(channel, name('any')), ['both', 'one', 'other']);
    assert.deepEqual(await bodies(channel, name('default')), ['zip']);
    await channel.deleteExchange(exchange);
  });

const rpc_direct_reply_to = () =>
  connected((server) =>
    connected(async (client) => {
      const queue = name('rpc');
      const serving = await server.createChannel();
      await serving.assertQueue(queue, { exclusive: true });
      await consume(serving, queue, (request) => {
        const { replyTo, correlationId } = request.properties;
        const answer = replyTo.startsWith('amq.rabbitmq.reply-to.') ? request.content.toString().toUpperCase() : replyTo;
        serving.sendToQueue(replyTo, bytes(answer), { correlationId });
        serving.ack(request);
      });

      const calling = await client.createChannel();
      const replies = new Inbox();
      await consume(calling, 'amq.rabbitmq.reply-to', (reply) => replies.push(reply), { noAck: true });
      for (let i = 0; i < 100; i++) {
        calling.sendToQueue(queue, bytes(`question ${i}`), { replyTo: 'amq.rabbitmq.reply-to', correlationId: `${i}` });
      }
      const got = await replies.atLeast(100, 'replies');
      assert.deepEqual(
        got.map((reply) => [reply.properties.correlationId, reply.content.toString()]),
        Array.from({ length: 100 }, (_, i) => [`${i}`, `QUESTION ${i}`]),
      );
    }),
  );

const confirms = () =>
  connected(async (connection) => {
    const total = 1000;
    const channel = await connection.createConfirmChannel();
    const queue = name('confirms');
    await channel.assertQueue(queue, { durable: true });
    const confirmed = new Inbox();
    for (let i = 0; i < total; i++) {
      channel.sendToQueue(queue, bytes(`message ${i}`), { persistent: true }, (error) => confirmed.push(error ?? 'ack'));
    }
    const outcomes = await confirmed.atLeast(total, 'confirms');
    assert.ok(outcomes.every((outcome) => outcome === 'ack'), 'a message was not confirmed');
    assert.equal(await count(channel, queue), total);
    await channel.deleteQueue(queue);
  });

const returns = () =>
  connected(async (connection) => {
    const channel = await connection.createConfirmChannel();
    const queue = name('returns');
    await channel.assertQueue(queue, { exclusive: true });
    const events = new Inbox();
    channel.on('return', (message) => events.push(message));
    channel.sendToQueue(
      name('nowhere'), bytes('lost'), { mandatory: true, messageId: 'm1', headers: { a: 1 } }, (error) => events.push(error ?? 'ack'));
    channel.sendToQueue(queue, bytes('arrives'), { mandatory: true }, (error) => events.push(error ?? 'ack'));
    const [returned, ...after] = await events.atLeast(3, 'events');
    assert.deepEqual(after, ['ack', 'ack'], 'the return comes before its confirm');
    assert.equal(returned.fields.replyCode, 312);
    assert.equal(returned.fields.replyText, 'NO_ROUTE');
    assert.equal(returned.fields.exchange, '');
    assert.equal(returned.fields.routingKey, name('nowhere'));
    assert.equal(returned.properties.messageId, 'm1');
    assert.deepEqual({ ...returned.properties.headers }, { a: 1 });
    assert.equal(returned.content.toString(), 'lost');
    assert.deepEqual(await bodies(channel, queue), ['arrives']);
    assert.equal(events.items.length, 3);
  });

const dead_letter_retry = () =>
  connected(async (connection) => {
    const attemptsAllowed = 3;
    const channel = await connection.createConfirmChannel();
    const [work, retry, parking] = ['work', 'retry', 'parking'].map(name);
    const [retryExchange, workExchange] = ['retry-exchange', 'work-exchange'].map(name);
    await channel.assertExchange(retryExchange, 'direct', { durable: true });
    await channel.assertExchange(workExchange, 'direct', { durable: true });
    await channel.assertQueue(work, { durable: true, deadLetterExchange: retryExchange });
    await channel.assertQueue(retry, { durable: true, messageTtl: 100, deadLetterExchange: workExchange });
    await channel.assertQueue(parking, { durable: true });
    await channel.bindQueue(work, workExchange, 'job');
    await channel.bindQueue(retry, retryExchange, 'job');

    const jobs = Array.from({ length: 5 }, (_, i) => `job ${i}`);
    const attempts = [];
    const done = new Inbox();
    await consume(channel, work, (message) => {
      const deaths = message.properties.headers['x-death'] ?? [];
      const rejected = deaths.find((death) => death.queue === work && death.reason === 'rejected')?.count ?? 0;
      attempts.push(`${message.content}: ${rejected}`);
      if (rejected + 1 < attemptsAllowed) {
        channel.reject(message, false);
      } else {
        channel.sendToQueue(parking, message.content, message.properties, (error) => {
          channel.ack(message);
          done.push(error ?? 'parked');
        });
      }
    });
    for (const job of jobs) channel.publish(workExchange, 'job', bytes(job), { persistent: true });
    assert.deepEqual(await done.atLeast(jobs.length, 'parked jobs'), jobs.map(() => 'parked'));

    assert.deepEqual(attempts.sort(), jobs.flatMap((job) => [0, 1, 2].map((n) => `${job}: ${n}`)));
    const parked = await drain(channel, parking);
    assert.deepEqual(parked.map((message) => message.content.toString()), jobs);
    for (const { properties } of parked) {
      const [expired, rejected, ...more] = properties.headers['x-death'];
      assert.equal(more.length, 0);
      for (const death of [expired, rejected]) {
        assert.equal(death.time['!'], 'timestamp');
        delete death.time;
      }
      assert.deepEqual(expired, { count: 2, reason: 'expired', queue: retry, exchange: retryExchange, 'routing-keys': ['job'] });
      assert.deepEqual(rejected, { count: 2, reason: 'rejected', queue: work, exchange: workExchange, 'routing-keys': ['job'] });
      assert.equal(properties.headers['x-first-death-queue'], work);
      assert.equal(properties.headers['x-first-death-reason'], 'rejected');
      assert.equal(properties.headers['x-first-death-exchange'], workExchange);
    }
    for (const queue of [work, retry, parking]) {
      assert.equal(await count(channel, queue), 0);
      await channel.deleteQueue(queue);
    }
    await channel.deleteExchange(workExchange);
    await channel.deleteExchange(retryExchange);
  });

const transactions = () => {
  throw new NotApplicable('amqplib has no tx.select, tx.commit and tx.rollback in its API');
};

async function bodiesComeBack(sizes, options) {
  await connected(async (connection) => {
    const channel = await connection.createConfirmChannel();
    const queue = name('large');
    await channel.assertQueue(queue, { durable: true });
    for (const size of sizes) channel.sendToQueue(queue, bodyOf(size), { persistent: true });
    await within(channel.waitForConfirms(), 'confirms');
    const inbox = new Inbox();
    await consume(channel, queue, (message) => inbox.push(message.content), { noAck: true });
    const received = await inbox.atLeast(sizes.length, 'bodies');
    assert.deepEqual(received.map((body) => body.length), sizes);
    assert.ok(received.every((body) => body.equals(bodyOf(body.length))), 'a body came back changed');
    await channel.deleteQueue(queue);
  }, options);
}

const large_bodies = async () => {
  const payload = FRAME_MAX - 8;
  await bodiesComeBack([
    0, 1, payload - 1, payload, payload + 1, FRAME_MAX - 1, FRAME_MAX, FRAME_MAX + 1, 2 * payload, 2 * payload + 1,
    5 * 1024 * 1024,
  ], { frameMax: FRAME_MAX });
  // The smallest frame that the protocol knows.
  await bodiesComeBack([0, 1, 4087, 4088, 4089, 100_000], { frameMax: 4096 });
};

const properties_and_headers = () =>
  connected(async (connection) => {
    const sent = {
      contentType: 'application/json', contentEncoding: 'utf-8', deliveryMode: 2, priority: 7, correlationId: 'c-1',
      replyTo: 'somewhere', expiration: '60000', messageId: 'm-1', timestamp: 1700000000, type: 'order.created',
      userId: address.username, appId: 'amqplib',
    };
    // [what is sent, what comes back if it is not the same]: amqplib reads the types that it was told as numbers.
    const table = {
      text: ['größer'], empty: [''], long: ['x'.repeat(5000)], bytes: [Buffer.from([0, 255])],
      yes: [true], no: [false], void: [null],
      int8: [-42], int16: [-30000], int32: [-2_000_000_000], int64: [-(2 ** 52)], double: [2.5],
      uint8: [{ '!': 'uint8', value: 200 }, 200], uint16: [{ '!': 'uint16', value: 60000 }, 60000],
      uint32: [{ '!': 'uint32', value: 4_000_000_000 }, 4_000_000_000], float: [{ '!': 'float', value: 0.5 }, 0.5],
      time: [{ '!': 'timestamp', value: 1700000000 }], decimal: [{ '!': 'decimal', value: { places: 2, digits: 314 } }],
      array: [[]], table: [{ a: 1, b: { c: [1, 'two', null, { d: false }] } }], 'empty table': [{}],
    };
    const headers = Object.fromEntries(Object.entries(table).map(([key, [value]]) => [key, value]));
    const channel = await connection.createConfirmChannel();
    const queue = name('properties');
    await channel.assertQueue(queue, { exclusive: true });
    channel.sendToQueue(queue, bytes('{}'), { ...sent, headers });
    channel.sendToQueue(queue, bytes('bare'), {});
    await within(channel.waitForConfirms(), 'confirms');
    const [full, bare] = await drain(channel, queue);
    for (const [key, value] of Object.entries(sent)) assert.equal(full.properties[key], value, key);
    for (const [key, [value, back = value]] of Object.entries(table)) {
      assert.deepEqual(full.properties.headers[key], back, `header ${key}`);
    }
    assert.deepEqual(Object.keys(full.properties.headers), Object.keys(table), 'headers and their order');
    for (const [key, value] of Object.entries(bare.properties)) {
      if (key === 'headers') assert.deepEqual(value, {});
      else assert.equal(value, undefined, key);
    }
  });

const reconnect_after_restart = async () => {
  const exchange = name('durable');
  const queue = name('durable');
  const sent = Array.from({ length: 100 }, (_, i) => `message ${i}`);
  await connected(async (connection) => {
    const channel = await connection.createConfirmChannel();
    await channel.assertExchange(exchange, 'direct', { durable: true });
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, exchange, 'key');
    for (const body of sent) channel.publish(exchange, 'key', bytes(body), { persistent: true });
    await within(channel.waitForConfirms(), 'confirms');
  });

  // The library's own recovery: setup runs after every connect, the one after the restart included.
  const inbox = new Inbox();
  let connects = 0;
  const connection = await within(amqplib.connect(address, {
    recovery: {
      initialDelay: 50,
      maxDelay: 500,
      async setup(model) {
        connects++;
        if (connects === 1) return;
        const channel = await model.createConfirmChannel();
        channel.publish(exchange, 'key', bytes('afterwards'), { persistent: true });
        await channel.waitForConfirms();
        await consume(channel, queue, (message) => {
          channel.ack(message);
          inbox.push([message.content.toString(), message.fields.redelivered]);
        });
      },
    },
  }), 'a connection');
  const disconnected = once(connection, 'disconnect');
  await restartBroker();
  const [reason] = await within(disconnected, 'the end of the connection');
  assert.match(reason.message, /CONNECTION_FORCED/);
  const received = await inbox.atLeast(sent.length + 1, 'messages');
  assert.deepEqual(received, [...sent, 'afterwards'].map((body) => [body, false]));
  const channel = await connection.createChannel();
  await channel.deleteQueue(queue);
  await channel.deleteExchange(exchange);
  await connection.close();
};

await run({
  work_queue, publish_subscribe, routing, topics, headers, rpc_direct_reply_to, confirms, returns, dead_letter_retry,
  transactions, large_bodies, properties_and_headers, reconnect_after_restart,
});
