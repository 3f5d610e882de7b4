# bunny.
require "bunny"
require "set"
require_relative "harness"

def connect(**options)
  Bunny.new(
    host: ENV.fetch("AMQP_HOST"), port: ENV.fetch("AMQP_PORT").to_i, vhost: ENV.fetch("AMQP_VHOST"),
    user: ENV.fetch("AMQP_USER"), password: ENV.fetch("AMQP_PASSWORD"),
    automatically_recover: false, continuation_timeout: TIMEOUT * 1000, **options).start
end

def connected(**options)
  connection = connect(**options)
  yield connection
ensure
  connection&.close
end

# A channel that ends the program when one of its consumers fails.
def open_channel(connection, confirming: false)
  channel = connection.create_channel
  main = Thread.current
  channel.on_uncaught_exception { |error, _| main.raise(error) }
  channel.confirm_select if confirming
  channel
end

def wait_for_confirms(channel)
  Timeout.timeout(TIMEOUT) { check(channel.wait_for_confirms, "a message was not confirmed") }
end

def count(channel, queue) = channel.queue_declare(queue, passive: true).message_count

# Takes everything out of a queue; a list of [delivery info, properties as a hash, body].
def drain(channel, queue)
  messages = []
  while (message = channel.basic_get(queue, manual_ack: false)).first
    messages << message
  end
  messages
end

def bodies(channel, queue) = drain(channel, queue).map(&:last)

# Holds as many messages unacknowledged as its prefetch allows, and acknowledges the oldest only to make room.
class Worker
  attr_reader :received

  def initialize(channel, queue, prefetch, inbox)
    @channel = channel
    @prefetch = prefetch
    @inbox = inbox
    @holding = true
    @unacked = []
    @received = []
    @lock = Mutex.new
    channel.prefetch(prefetch)
    channel.basic_consume(queue, channel.generate_consumer_tag, false) { |info, _, body| on_message(info, body) }
  end

  def release
    @lock.synchronize do
      @holding = false
      make_room
    end
  end

  def finish
    @lock.synchronize { @unacked.each { |tag| @channel.ack(tag) } }
    @channel.close
  end

  private

  def on_message(info, body)
    @lock.synchronize do
      check(!info.redelivered?, "#{body} is marked redelivered")
      @unacked << info.delivery_tag
      check(@unacked.size <= @prefetch, "#{@unacked.size} unacknowledged with prefetch #{@prefetch}")
      @received << body
      @inbox << body
      make_room unless @holding
    end
  end

  def make_room
    @channel.ack(@unacked.shift) if @unacked.size == @prefetch
  end
end

def work_queue
  total = 200
  connected do |connection|
    channel = open_channel(connection, confirming: true)
    [1, 10].each do |prefetch|
      queue = channel.queue(name("work-#{prefetch}"), durable: true)
      sent = numbered("task", total)
      sent.each { |body| queue.publish(body, persistent: true) }
      wait_for_confirms(channel)

      inbox = Queue.new
      workers = Array.new(3) { Worker.new(open_channel(connection), queue.name, prefetch, inbox) }
      received = take(inbox, 3 * prefetch, "messages in full windows")
      check_equal(workers.map { |worker| worker.received.size }, [prefetch] * 3, "messages before any ack")
      check_equal(count(channel, queue.name), total - 3 * prefetch, "messages still ready")

      workers.each(&:release)
      received += take(inbox, total - received.size, "messages")
      check_equal(received.sort, sent.sort, "messages received")
      workers.each(&:finish)
      check_equal(count(channel, queue.name), 0, "messages left")
      queue.delete
    end
  end
end

def publish_subscribe
  connected do |publisher|
    connected do |subscriber|
      channel = open_channel(subscriber)
      exchange = channel.fanout(name("fanout"))
      inboxes = Array.new(3) do
        queue = channel.queue("", exclusive: true)
        check(queue.name.start_with?("amq.gen-"), "server-named queue is called #{queue.name}")
        queue.bind(exchange)
        inbox = Queue.new
        queue.subscribe { |_, _, body| inbox << body }
        inbox
      end
      sent = numbered("news", 50)
      out = open_channel(publisher)
      sent.each { |body| out.basic_publish(body, exchange.name, "ignored") }
      inboxes.each { |inbox| check_equal(take(inbox, sent.size, "news"), sent, "messages of one subscriber") }
      exchange.delete
    end
  end
end

def routing
  connected do |connection|
    channel = open_channel(connection, confirming: true)
    exchange = channel.direct(name("direct"))
    bound = { "errors" => %w[error], "all" => %w[info warning error], "none" => %w[fatal] }
    queues = bound.map do |suffix, keys|
      queue = channel.queue(name(suffix), exclusive: true)
      keys.each { |key| queue.bind(exchange, routing_key: key) }
      [queue, keys]
    end
    sent = %w[info warning error debug error Error]
    sent.each { |key| exchange.publish(key, routing_key: key) }
    wait_for_confirms(channel)
    queues.each do |queue, keys|
      check_equal(bodies(channel, queue.name), sent.select { |key| keys.include?(key) }, queue.name)
    end
    all = queues[1].first
    all.unbind(exchange, routing_key: "info")
    exchange.publish("unbound", routing_key: "info")
    wait_for_confirms(channel)
    check_equal(count(channel, all.name), 0, "messages after unbind")
    exchange.delete
  end
end

def topics
  keys = ["stock.usd.nyse", "stock.eur.xetra", "stock", "news.eur", "news.eur.sport.live", "stock.usd", ""]
  bindings = {
    "stock.*.*" => ["stock.usd.nyse", "stock.eur.xetra"],
    "stock.#" => ["stock.usd.nyse", "stock.eur.xetra", "stock", "stock.usd"],
    "*.eur.#" => ["stock.eur.xetra", "news.eur", "news.eur.sport.live"],
    "#.live" => ["news.eur.sport.live"],
    "*" => ["stock"],
    "#" => keys,
  }
  connected do |connection|
    channel = open_channel(connection, confirming: true)
    exchange = channel.topic(name("topic"))
    bindings.each_key { |pattern| channel.queue(name(pattern), exclusive: true).bind(exchange, routing_key: pattern) }
    keys.each { |key| exchange.publish(key, routing_key: key) }
    wait_for_confirms(channel)
    bindings.each { |pattern, expected| check_equal(bodies(channel, name(pattern)), expected, "bound with #{pattern}") }
    exchange.delete
  end
end

def headers
  connected do |connection|
    channel = open_channel(connection, confirming: true)
    exchange = channel.headers(name("headers"))
    bindings = {
      "all" => { "x-match" => "all", "format" => "pdf", "pages" => 3 },
      "any" => { "x-match" => "any", "format" => "pdf", "pages" => 3 },
      "default" => { "format" => "zip" },
    }
    bindings.each { |suffix, table| channel.queue(name(suffix), exclusive: true).bind(exchange, arguments: table) }
    sent = {
      "both" => { "format" => "pdf", "pages" => 3, "more" => true },
      "one" => { "format" => "pdf", "pages" => 4 },
      "other" => { "pages" => 3 },
      "zip" => { "format" => "zip" },
      "neither" => { "format" => "PDF", "pages" => "3" },
      "nothing" => {},
    }
    sent.each { |body, table| exchange.publish(body, headers: table) }
    wait_for_confirms(channel)
    check_equal(bodies(channel, name("all")), %w[both], "x-match all")
    check_equal(bodies(channel, name("any")), %w[both one other], "x-match any")
    check_equal(bodies(channel, name("default")), %w[zip], "no x-match")
    exchange.delete
  end
end

def rpc_direct_reply_to
  connected do |server|
    connected do |client|
      serving = open_channel(server)
      requests = serving.queue(name("rpc"), exclusive: true)
      requests.subscribe(manual_ack: true) do |info, properties, body|
        reply_to = properties.reply_to
        check(reply_to.start_with?("amq.rabbitmq.reply-to."), "reply_to is #{reply_to}")
        serving.default_exchange.publish(
          body.upcase, routing_key: reply_to, correlation_id: properties.correlation_id)
        serving.ack(info.delivery_tag)
      end

      calling = open_channel(client)
      replies = Queue.new
      calling.basic_consume("amq.rabbitmq.reply-to", calling.generate_consumer_tag, true) do |_, properties, body|
        replies << [properties.correlation_id, body]
      end
      100.times do |i|
        calling.default_exchange.publish(
          "question #{i}", routing_key: requests.name, reply_to: "amq.rabbitmq.reply-to", correlation_id: i.to_s)
      end
      check_equal(take(replies, 100, "replies"), Array.new(100) { |i| [i.to_s, "QUESTION #{i}"] }, "replies")
    end
  end
end

def confirms
  total = 1000
  connected do |connection|
    channel = open_channel(connection)
    lock = Mutex.new
    unconfirmed = Set.new(1..total)
    trouble = Queue.new
    done = Queue.new
    channel.confirm_select(lambda do |tag, multiple, nack|
      lock.synchronize do
        confirmed = multiple ? unconfirmed.select { |each| each <= tag } : [tag]
        trouble << "nack of #{tag}" if nack
        trouble << "#{tag} is confirmed twice" unless unconfirmed.superset?(confirmed.to_set)
        unconfirmed.subtract(confirmed)
        done << true if unconfirmed.empty?
      end
    end)
    queue = channel.queue(name("confirms"), durable: true)
    numbered("message", total).each { |body| queue.publish(body, persistent: true) }
    take(done, 1, "end of the confirms")
    check(trouble.empty?, trouble.empty? || trouble.pop)
    check_equal(count(channel, queue.name), total, "messages in the queue")
    queue.delete
  end
end

def returns
  connected do |connection|
    channel = open_channel(connection)
    events = Queue.new
    channel.confirm_select(->(tag, _, nack) { events << [nack ? :nack : :ack, tag] })
    queue = channel.queue(name("returns"), exclusive: true)
    exchange = channel.default_exchange
    exchange.on_return { |info, properties, body| events << [:return, info, properties, body] }
    exchange.publish("lost", routing_key: name("nowhere"), mandatory: true, message_id: "m1", headers: { "a" => 1 })
    first, second = take(events, 2, "events")
    check_equal([first[0], second], [:return, [:ack, 1]], "the return comes before its confirm")
    _, info, properties, body = first
    check_equal([info.reply_code, info.reply_text], [312, "NO_ROUTE"], "return")
    check_equal([info.exchange, info.routing_key], ["", name("nowhere")], "its destination")
    check_equal([properties.message_id, properties.headers], ["m1", { "a" => 1 }], "its properties")
    check_equal(body, "lost", "its body")
    exchange.publish("arrives", routing_key: queue.name, mandatory: true)
    check_equal(take(events, 1, "event"), [[:ack, 2]], "routed message")
    check_equal(bodies(channel, queue.name), %w[arrives], "routed message")
  end
end

def dead_letter_retry
  attempts_allowed = 3
  connected do |connection|
    channel = open_channel(connection, confirming: true)
    work_exchange = channel.direct(name("work-exchange"), durable: true)
    retry_exchange = channel.direct(name("retry-exchange"), durable: true)
    work = channel.queue(
      name("work"), durable: true, arguments: { "x-dead-letter-exchange" => retry_exchange.name })
    again = channel.queue(
      name("retry"), durable: true,
      arguments: { "x-message-ttl" => 100, "x-dead-letter-exchange" => work_exchange.name })
    parking = channel.queue(name("parking"), durable: true)
    work.bind(work_exchange, routing_key: "job")
    again.bind(retry_exchange, routing_key: "job")

    attempts = Queue.new
    consumer = open_channel(connection, confirming: true)
    consumer.basic_consume(work.name, consumer.generate_consumer_tag, false) do |info, properties, body|
      deaths = (properties.headers || {})["x-death"] || []
      death = deaths.find { |each| each["queue"] == work.name && each["reason"] == "rejected" }
      rejected = death ? death["count"] : 0
      if rejected + 1 < attempts_allowed
        consumer.reject(info.delivery_tag)
      else
        consumer.default_exchange.publish(body, routing_key: parking.name, headers: properties.headers)
        consumer.ack(info.delivery_tag)
      end
      attempts << [body, rejected]
    end
    jobs = numbered("job", 5)
    jobs.each { |body| work_exchange.publish(body, routing_key: "job", persistent: true) }
    got = take(attempts, jobs.size * attempts_allowed, "attempts")
    check_equal(got.sort, jobs.product([*0...attempts_allowed]).sort, "attempts")
    wait_for_confirms(consumer)

    parked = drain(channel, parking.name)
    check_equal(parked.map(&:last), jobs, "parked jobs")
    parked.each do |_, properties, _|
      table = properties[:headers]
      deaths = table["x-death"].map { |death| death.reject { |key, _| key == "time" } }
      check_equal(deaths, [
        { "count" => 2, "reason" => "expired", "queue" => again.name, "exchange" => retry_exchange.name,
          "routing-keys" => ["job"] },
        { "count" => 2, "reason" => "rejected", "queue" => work.name, "exchange" => work_exchange.name,
          "routing-keys" => ["job"] },
      ], "x-death")
      check(table["x-death"].all? { |death| death["time"].is_a?(Time) }, "x-death has no time")
      first = %w[queue reason exchange].map { |what| table["x-first-death-#{what}"] }
      check_equal(first, [work.name, "rejected", work_exchange.name], "first death")
    end
    [work, again, parking].each do |queue|
      check_equal(count(channel, queue.name), 0, "messages left in #{queue.name}")
      queue.delete
    end
    [work_exchange, retry_exchange].each(&:delete)
  end
end

def transactions
  connected do |connection|
    watch = open_channel(connection)
    queue = watch.queue(name("tx"), durable: true).name
    tx = open_channel(connection)
    tx.tx_select
    numbered("kept", 3).each { |body| tx.default_exchange.publish(body, routing_key: queue, persistent: true) }
    check_equal(count(watch, queue), 0, "messages before commit")
    tx.tx_commit
    check_equal(count(watch, queue), 3, "messages after commit")
    tx.default_exchange.publish("dropped", routing_key: queue, persistent: true)
    tx.tx_rollback
    tx.tx_commit
    check_equal(count(watch, queue), 3, "messages after rollback")

    first, = tx.basic_get(queue, manual_ack: true)
    tx.ack(first.delivery_tag)
    tx.tx_rollback
    check_equal(count(watch, queue), 2, "a rollback does not requeue")
    tx.ack(first.delivery_tag)
    tx.tx_commit
    second, = tx.basic_get(queue, manual_ack: true)
    tx.ack(second.delivery_tag)
    tx.close
    left = drain(watch, queue).map { |info, _, body| [body, info.redelivered] }
    check_equal(left, [["kept 1", true], ["kept 2", false]], "what was acknowledged but not committed is back")
    watch.queue_delete(queue)
  end
end

def large_bodies
  frame = 131_072
  payload = frame - 8
  sizes = [0, 1, payload - 1, payload, payload + 1, frame - 1, frame, frame + 1, 2 * payload, 2 * payload + 1,
           5 * 1024 * 1024]
  connected do |connection|
    channel = open_channel(connection, confirming: true)
    queue = channel.queue(name("large"), durable: true)
    sizes.each { |size| queue.publish(body_of(size), persistent: true) }
    wait_for_confirms(channel)
    inbox = Queue.new
    queue.subscribe { |_, _, body| inbox << body }
    received = take(inbox, sizes.size, "bodies")
    check_equal(received.map(&:bytesize), sizes, "sizes")
    check(received.all? { |body| body.b == body_of(body.bytesize) }, "a body came back changed")
    queue.delete
  end
end

def properties_and_headers
  # The library writes no byte arrays, and writes and reads BigDecimal differently.
  headers = {
    "text" => "größer".b, "empty" => "", "long text" => "x" * 5000, "true" => true, "false" => false, "void" => nil,
    "zero" => 0, "int" => -42, "long" => 2**40, "negative long" => -(2**62), "double" => 2.5,
    "time" => Time.at(1_700_000_000), "empty array" => [], "empty table" => {},
    "table" => { "a" => 1, "b" => { "c" => [1, "two", nil, { "d" => false }] } },
  }
  sent = {
    content_type: "application/json", content_encoding: "utf-8", priority: 7, correlation_id: "c-1",
    reply_to: "somewhere", expiration: "60000", message_id: "m-1", type: "order.created",
    user_id: ENV.fetch("AMQP_USER"), app_id: "bunny",
  }
  connected do |connection|
    channel = open_channel(connection, confirming: true)
    queue = channel.queue(name("properties"), exclusive: true)
    queue.publish("{}", **sent, persistent: true, timestamp: 1_700_000_000, headers: headers)
    queue.publish("bare", persistent: false)
    wait_for_confirms(channel)
    (_, full, _), (_, bare, _) = drain(channel, queue.name)
    sent.each { |key, value| check_equal(full[key], value, key) }
    check_equal(full[:delivery_mode], 2, "delivery mode")
    check_equal(full[:timestamp], Time.at(1_700_000_000), "timestamp")
    headers.each { |key, value| check_equal(full[:headers][key], value, "header #{key}") }
    check_equal(full[:headers].keys, headers.keys, "headers and their order")
    # What the library adds by itself, and no more.
    check_equal(bare, { content_type: "application/octet-stream", delivery_mode: 1, priority: 0 }, "no properties")
  end
end

# The library's own recovery: it connects again, declares again what it declared, and consumes again.
def reconnect_after_restart
  recovered = Queue.new
  options = { automatically_recover: true, network_recovery_interval: 0.2, recovery_completed: -> { recovered << true } }
  connected(**options) do |connection|
    channel = open_channel(connection, confirming: true)
    exchange = channel.direct(name("durable"), durable: true)
    queue = channel.queue(name("durable"), durable: true).bind(exchange, routing_key: "key")
    sent = numbered("message", 100)
    sent.each { |body| exchange.publish(body, routing_key: "key", persistent: true) }
    wait_for_confirms(channel)
    consumed_before = channel.queue(name("afterwards"), durable: true)
    afterwards = Queue.new
    consumed_before.subscribe { |_, _, body| afterwards << body }

    restart_broker
    take(recovered, 1, "recovery")
    check_equal(count(channel, queue.name), sent.size, "messages that survived")
    consumed_before.publish("afterwards", persistent: true)
    check_equal(take(afterwards, 1, "message of the recovered consumer"), ["afterwards"], "recovered consumer")

    inbox = Queue.new
    queue.subscribe(manual_ack: true) do |info, _, body|
      channel.ack(info.delivery_tag)
      inbox << [body, info.redelivered]
    end
    check_equal(take(inbox, sent.size, "messages"), sent.map { |body| [body, false] }, "messages after the restart")
    [queue, consumed_before].each(&:delete)
    exchange.delete
  end
end

run(%i[
  work_queue publish_subscribe routing topics headers rpc_direct_reply_to confirms returns dead_letter_retry
  transactions large_bodies properties_and_headers reconnect_after_restart
])
