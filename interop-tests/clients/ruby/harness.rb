# What the scenarios need besides the library: checks, waits with a limit, and the lines that the runner reads.
require "timeout"

$stdout.sync = true

# Seconds that any single wait may take.
TIMEOUT = 20

class NotApplicable < StandardError; end

# A name of this run's own for a queue or an exchange.
def name(suffix) = "#{ENV.fetch("AMQP_PREFIX")}.#{suffix}"

def check(condition, what)
  raise what unless condition
end

def check_equal(actual, expected, what)
  return if actual == expected

  raise "#{what}: expected #{expected.inspect[0, 400]}, got #{actual.inspect[0, 400]}"
end

# A body in which every position is told apart from its neighbours.
def body_of(size) = Array.new(size) { |i| i % 251 }.pack("C*")

def numbered(prefix, total) = Array.new(total) { |i| "#{prefix} #{i}" }

# Takes that many items from a thread-safe queue, in time.
def take(queue, count, what)
  items = []
  Timeout.timeout(TIMEOUT) { items << queue.pop while items.size < count }
  items
rescue Timeout::Error
  raise "no end in #{TIMEOUT} s of waiting for #{count} #{what}; #{items.size} came"
end

# Has the runner restart the broker; returns when it serves again.
def restart_broker
  puts "CONTROL restart"
  check_equal($stdin.gets&.strip, "restarted", "the runner's answer")
end

# Runs the scenario named on the command line and ends the process as the runner expects it.
def run(scenarios)
  send(scenarios.find { |scenario| scenario.to_s == ARGV[0] } || raise("unknown scenario #{ARGV[0]}"))
  puts "PASS"
  exit!(0)
rescue NotApplicable => e
  puts "NOT_APPLICABLE #{e.message}"
  exit!(77)
rescue StandardError => e
  warn "#{e.class}: #{e.message[0, 1000]}", e.backtrace
  puts "FAIL #{e.message.split.join(" ")[0, 1000]}"
  exit!(1)
end
