#!/usr/bin/env bash
# The command line tools of rabbitmq-c: amqp-declare-queue, amqp-publish, amqp-consume, amqp-get, amqp-delete-queue.
# Every command is a connection of its own.
set -u

TIMEOUT=20
PAYLOAD=$((131072 - 8))
address=(--server "$AMQP_HOST" --port "$AMQP_PORT" --vhost "$AMQP_VHOST" --username "$AMQP_USER" --password "$AMQP_PASSWORD")
scratch=$(mktemp -d)
consumers=()
exec {gate}>"$scratch/gate" # locked while a consumer's command is to wait

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  for consumer in "${consumers[@]}"; do kill "$consumer" 2>/dev/null; done
  rm -rf "$scratch"
}
trap clean_up EXIT

fail() { echo "FAIL $*"; exit 1; }
not_applicable() { echo "NOT_APPLICABLE $*"; exit 77; }
equal() { [ "$1" = "$2" ] || fail "$3: expected '$2', got '$1'"; }
name() { echo "$AMQP_PREFIX.$1"; }

tool() { # tool NAME ARGUMENTS...: one of the tools, with its limit of time
  local tool=$1
  shift
  timeout "$TIMEOUT" "amqp-$tool" "${address[@]}" "$@"
}

declare_durable() { tool declare-queue -d -q "$1" >"$scratch/declared" || fail "declare of $1"; }
publish() { tool publish "$@" || fail "publish $*"; }

# delete QUEUE EXPECTED: deletes a queue, and with it checks how many messages it held.
delete() { equal "$(tool delete-queue -q "$1")" "$2" "messages left in $1"; }

# consume ARGUMENTS...: a consumer in the background; the descriptor $consumer gives a line for each message.
consume() {
  # Without the gate, so that it opens when this script ends, however it ends.
  exec {consumer}< <(exec {gate}>&- amqp-consume "${address[@]}" "$@")
  consumers+=($!)
}

next() { # next DESCRIPTOR: the next line that is no knock, in $line
  line=knock
  while [ "$line" = knock ]; do
    read -r -t "$TIMEOUT" -u "$1" line || fail "nothing more came within $TIMEOUT s"
  done
}

# exit_code DESCRIPTOR PROCESS: waits for a consumer's end; its code is in $code.
exit_code() {
  read -r -t "$TIMEOUT" -u "$1" line
  [ $? = 1 ] || fail "a consumer goes on, with '$line'"
  wait "$2"
  code=$?
}

expect() { # expect DESCRIPTOR LINES...: the next lines are these
  local from=$1 wanted
  shift
  for wanted in "$@"; do
    next "$from"
    equal "$line" "$wanted" "next message"
  done
}

# await_binding DESCRIPTOR EXCHANGE KEY: amqp-consume does not say when its queue is bound, so knock until it answers.
await_binding() {
  local knocks
  for ((knocks = 0; knocks < 100; knocks++)); do
    publish -e "$2" -r "$3" -b knock
    read -r -t 0.2 -u "$1" line && return
  done
  fail "no binding to $2 with $3"
}

# Lines sent with --line-buffered keep their line ends; this makes one line of either kind.
show=(-- sh -c 'echo "$(cat)"')

# One consumer holds its first message, and with it its window; a second one gets exactly what lies beyond the window.
work_queue() {
  local queue prefetch first second
  for prefetch in 1 10; do
    queue=$(name "work-$prefetch")
    declare_durable "$queue"
    seq 1 $((prefetch + 5)) | publish -p -l -r "$queue"

    flock -x "$gate"
    consume -q "$queue" -p "$prefetch" -c "$prefetch" -- sh -c "echo \"\$(cat)\"; flock -s '$scratch/gate' true"
    first=$consumer
    next "$first"
    equal "$line" 1 "first message"
    consume -q "$queue" -p 1 -c 6 "${show[@]}"
    second=$consumer
    # shellcheck disable=SC2046 # one word per number
    expect "$second" $(seq $((prefetch + 1)) $((prefetch + 5)))
    publish -p -r "$queue" -b beyond
    expect "$second" beyond

    flock -u "$gate"
    # shellcheck disable=SC2046
    [ "$prefetch" = 1 ] || expect "$first" $(seq 2 "$prefetch")
    # They end by themselves, after their last acknowledgement.
    exit_code "$first" "${consumers[-2]}"
    equal "$code" 0 "exit code of the first consumer"
    exit_code "$second" "${consumers[-1]}"
    equal "$code" 0 "exit code of the second consumer"
    delete "$queue" 0
  done
}

publish_subscribe() {
  local inboxes=() inbox
  for _ in 1 2 3; do
    # amqp-consume needs a key, though this exchange does not.
    consume -e amq.fanout -r ignored -x -A "${show[@]}"
    inboxes+=("$consumer")
    await_binding "$consumer" amq.fanout ignored
  done
  seq 1 50 | publish -e amq.fanout -r ignored -l
  # shellcheck disable=SC2046
  for inbox in "${inboxes[@]}"; do expect "$inbox" $(seq 1 50); done
}

routing() {
  local key
  declare -A inboxes
  for key in info warning error; do
    consume -e amq.direct -r "$(name "$key")" -x -A "${show[@]}"
    inboxes[$key]=$consumer
    await_binding "$consumer" amq.direct "$(name "$key")"
  done
  for key in info warning debug error Error error info; do publish -e amq.direct -r "$(name "$key")" -b "$key"; done
  for key in info warning error; do publish -e amq.direct -r "$(name "$key")" -b end; done
  expect "${inboxes[info]}" info info end
  expect "${inboxes[warning]}" warning end
  expect "${inboxes[error]}" error error end
}

topics() {
  local pattern key
  declare -A inboxes wanted=(
    ['stock.*.*']='stock.usd.nyse stock.eur.xetra'
    ['stock.#']='stock.usd.nyse stock.eur.xetra stock stock.usd'
    ['*.eur.#']='stock.eur.xetra news.eur news.eur.sport.live'
    ['#.live']='news.eur.sport.live'
    ['*']='stock'
    ['#']='stock.usd.nyse stock.eur.xetra stock news.eur news.eur.sport.live stock.usd'
  )
  for pattern in "${!wanted[@]}"; do
    consume -e amq.topic -r "$(name "$pattern")" -x -A "${show[@]}"
    inboxes[$pattern]=$consumer
    # Every one of these patterns matches itself, read as a key.
    await_binding "$consumer" amq.topic "$(name "$pattern")"
  done
  for key in stock.usd.nyse stock.eur.xetra stock news.eur news.eur.sport.live stock.usd; do
    publish -e amq.topic -r "$(name "$key")" -b "$key"
  done
  for pattern in "${!wanted[@]}"; do publish -e amq.topic -r "$(name "$pattern")" -b end; done
  for pattern in "${!wanted[@]}"; do
    for key in ${wanted[$pattern]} end; do expect "${inboxes[$pattern]}" "$key"; done
  done
}

large_bodies() {
  local queue size
  queue=$(name large)
  declare_durable "$queue"
  for size in 0 1 $((PAYLOAD - 1)) $PAYLOAD $((PAYLOAD + 1)) 131071 131072 131073 $((2 * PAYLOAD)) $((2 * PAYLOAD + 1)) $((5 * 1024 * 1024)); do
    head -c "$size" /dev/urandom >"$scratch/sent"
    publish -p -r "$queue" <"$scratch/sent"
    tool get -q "$queue" >"$scratch/received" || fail "nothing to get after a body of $size bytes"
    cmp "$scratch/sent" "$scratch/received" || fail "a body of $size bytes came back changed"
  done
  tool get -q "$queue" >"$scratch/received"
  equal $? 2 "exit code of amqp-get on an empty queue"
  delete "$queue" 0
}

reconnect_after_restart() {
  local queue idle answer
  queue=$(name durable)
  declare_durable "$queue"
  seq 1 100 | publish -p -l -r "$queue"
  declare_durable "$(name idle)"
  consume -q "$(name idle)" -A "${show[@]}"
  idle=$consumer
  publish -r "$(name idle)" -b hello
  expect "$idle" hello

  echo "CONTROL restart"
  read -r answer
  equal "$answer" restarted "the runner's answer"
  exit_code "$idle" "${consumers[-1]}"
  [ "$code" != 0 ] || fail "a consumer ended as if nothing had happened although the broker was restarted"

  publish -p -r "$queue" -b afterwards
  consume -q "$queue" -c 101 -p 10 "${show[@]}"
  # shellcheck disable=SC2046
  expect "$consumer" $(seq 1 100) afterwards
  exit_code "$consumer" "${consumers[-1]}"
  equal "$code" 0 "exit code of the last consumer"
  delete "$queue" 0
  delete "$(name idle)" 0
}

case $1 in
  work_queue | publish_subscribe | routing | topics | large_bodies | reconnect_after_restart) "$1" ;;
  headers | dead_letter_retry) not_applicable "the tools declare and bind without arguments" ;;
  rpc_direct_reply_to) not_applicable "no tool publishes and consumes on one channel" ;;
  confirms | returns | transactions) not_applicable "the tools publish without confirms, mandatory and transactions" ;;
  properties_and_headers) not_applicable "the tools show nothing but the body" ;;
  *) fail "unknown scenario $1" ;;
esac
echo PASS
