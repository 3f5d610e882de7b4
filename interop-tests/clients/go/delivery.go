package main

import (
	"context"
	"fmt"
	"sort"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// worker holds as many messages unacknowledged as its prefetch allows, and acknowledges the oldest only to make room.
type worker struct {
	session
	deliveries <-chan amqp.Delivery
	received   chan<- string
	full       chan<- bool
	release    <-chan struct{}
}

func (w *worker) work(prefetch int, stop <-chan struct{}) error {
	unacked := []amqp.Delivery{}
	take := func(delivery amqp.Delivery) error {
		unacked = append(unacked, delivery)
		if len(unacked) > prefetch {
			return fmt.Errorf("%d unacknowledged with prefetch %d", len(unacked), prefetch)
		}
		if delivery.Redelivered {
			return fmt.Errorf("%s is marked redelivered", delivery.Body)
		}
		w.received <- string(delivery.Body)
		return nil
	}
	// First a full window, held until every worker has one.
	for len(unacked) < prefetch {
		if err := take(<-w.deliveries); err != nil {
			return err
		}
	}
	w.full <- true
	select {
	case delivery := <-w.deliveries:
		return take(delivery)
	case <-w.release:
	}
	for {
		if len(unacked) == prefetch {
			if err := unacked[0].Ack(false); err != nil {
				return err
			}
			unacked = unacked[1:]
		}
		select {
		case delivery := <-w.deliveries:
			if err := take(delivery); err != nil {
				return err
			}
		case <-stop:
			for _, delivery := range unacked {
				if err := delivery.Ack(false); err != nil {
					return err
				}
			}
			return w.Close()
		}
	}
}

func workQueue() {
	const total, workerCount = 200, 3
	connection := connect()
	defer connection.Close()
	channel := openConfirming(connection)
	for _, prefetch := range []int{1, 10} {
		queue := name(fmt.Sprintf("work-%d", prefetch))
		channel.durableQueue(queue, nil)
		sent := numbered("task", total)
		channel.sendConfirmed("", same(queue, total), each(sent, persistent))

		received := make(chan string, 2*total)
		full := make(chan bool, workerCount)
		finished := make(chan error, workerCount)
		release := make(chan struct{})
		stop := make(chan struct{})
		for i := 0; i < workerCount; i++ {
			s := open(connection)
			must(s.Qos(prefetch, 0, false))
			w := &worker{session: s, deliveries: s.consume(queue, false), received: received, full: full, release: release}
			go func() { finished <- w.work(prefetch, stop) }()
		}
		for i := 0; i < workerCount; i++ {
			receive(full, "full windows")
		}
		equal("messages before any ack", len(received), workerCount*prefetch)
		equal("messages still ready", channel.count(queue), total-workerCount*prefetch)
		close(release)

		got := []string{}
		for len(got) < total {
			select {
			case err := <-finished:
				fail("a worker ended early: %v", err)
			case body := <-received:
				got = append(got, body)
			case <-time.After(timeout):
				fail("%d of %d messages came", len(got), total)
			}
		}
		close(stop)
		for i := 0; i < workerCount; i++ {
			must(receive(finished, "the workers' end"))
		}
		equal("messages beyond all", len(received), 0)
		sort.Strings(got)
		sort.Strings(sent)
		equal("messages", got, sent)
		equal("messages left", channel.count(queue), 0)
		channel.deleteQueues(queue)
	}
}

func confirms() {
	const total = maxUnconfirmed
	connection := connect()
	defer connection.Close()
	channel := openConfirming(connection)
	queue := name("confirms")
	channel.durableQueue(queue, nil)
	for _, body := range numbered("message", total) {
		channel.send("", queue, persistent(body))
	}
	for tag := uint64(1); tag <= total; tag++ {
		equal("confirm", receive(channel.confirmed, "a confirm"), amqp.Confirmation{DeliveryTag: tag, Ack: true})
	}
	equal("messages in the queue", channel.count(queue), total)
	channel.deleteQueues(queue)
}

func returns() {
	connection := connect()
	defer connection.Close()
	channel := open(connection)
	must(channel.Confirm(false))
	queue := name("returns")
	channel.exclusiveQueue(queue)
	// Unbuffered, and handed over one after the other by the library's only reader: the first to arrive was sent first.
	returned := channel.NotifyReturn(make(chan amqp.Return))
	confirmed := channel.NotifyPublish(make(chan amqp.Confirmation))
	lost := amqp.Publishing{MessageId: "m1", Headers: amqp.Table{"a": int32(1)}, Body: []byte("lost")}
	must(channel.PublishWithContext(context.Background(), "", name("nowhere"), true, false, lost))
	select {
	case back := <-returned:
		equal("reply code", back.ReplyCode, uint16(amqp.NoRoute))
		equal("reply text", back.ReplyText, "NO_ROUTE")
		equal("exchange", back.Exchange, "")
		equal("routing key", back.RoutingKey, name("nowhere"))
		equal("message id", back.MessageId, "m1")
		equal("headers", back.Headers, amqp.Table{"a": int32(1)})
		equal("body", string(back.Body), "lost")
	case confirmation := <-confirmed:
		fail("confirm %v before the return", confirmation)
	case <-time.After(timeout):
		fail("neither return nor confirm")
	}
	equal("confirm of the returned", receive(confirmed, "confirm"), amqp.Confirmation{DeliveryTag: 1, Ack: true})
	must(channel.PublishWithContext(context.Background(), "", queue, true, false, text("arrives")))
	select {
	case back := <-returned:
		fail("returned: %s", back.Body)
	case confirmation := <-confirmed:
		equal("confirm", confirmation, amqp.Confirmation{DeliveryTag: 2, Ack: true})
	case <-time.After(timeout):
		fail("no confirm")
	}
	equal("routed", channel.bodies(queue), []string{"arrives"})
}

func deadLetterRetry() {
	const attemptsAllowed = 3
	connection := connect()
	defer connection.Close()
	channel := openConfirming(connection)
	queues, exchanges := names("work", "retry", "parking"), names("work-exchange", "retry-exchange")
	work, retry, parking := queues[0], queues[1], queues[2]
	workExchange, retryExchange := exchanges[0], exchanges[1]
	channel.exchange(workExchange, "direct", true)
	channel.exchange(retryExchange, "direct", true)
	channel.durableQueue(work, amqp.Table{"x-dead-letter-exchange": retryExchange})
	channel.durableQueue(retry, amqp.Table{"x-message-ttl": 100, "x-dead-letter-exchange": workExchange})
	channel.durableQueue(parking, nil)
	channel.bind(work, "job", workExchange, nil)
	channel.bind(retry, "job", retryExchange, nil)

	jobs := numbered("job", 5)
	channel.sendConfirmed(workExchange, same("job", len(jobs)), each(jobs, persistent))
	attempts := map[string]int{}
	deliveries := open(connection).consume(work, false)
	for i := 0; i < len(jobs)*attemptsAllowed; i++ {
		delivery := receive(deliveries, "an attempt")
		rejected := rejections(delivery.Headers, work)
		equal("rejections so far of "+string(delivery.Body), rejected, attempts[string(delivery.Body)])
		attempts[string(delivery.Body)]++
		if rejected+1 < attemptsAllowed {
			must(delivery.Reject(false))
			continue
		}
		parked := persistent(string(delivery.Body))
		parked.Headers = delivery.Headers
		channel.sendConfirmed("", []string{parking}, []amqp.Publishing{parked})
		must(delivery.Ack(false))
	}

	parked := channel.drain(parking)
	equal("parked jobs", len(parked), len(jobs))
	for i, message := range parked {
		equal("parked job", string(message.Body), jobs[i])
		deaths := message.Headers["x-death"].([]interface{})
		for _, death := range deaths {
			if _, isTime := death.(amqp.Table)["time"].(time.Time); !isTime {
				fail("x-death has no time: %v", death)
			}
			delete(death.(amqp.Table), "time")
		}
		equal("x-death", deaths, []interface{}{
			amqp.Table{"count": int64(2), "reason": "expired", "queue": retry, "exchange": retryExchange, "routing-keys": []interface{}{"job"}},
			amqp.Table{"count": int64(2), "reason": "rejected", "queue": work, "exchange": workExchange, "routing-keys": []interface{}{"job"}},
		})
		equal("first queue", message.Headers["x-first-death-queue"], work)
		equal("first reason", message.Headers["x-first-death-reason"], "rejected")
		equal("first exchange", message.Headers["x-first-death-exchange"], workExchange)
	}
	for _, queue := range queues {
		equal("messages left in "+queue, channel.count(queue), 0)
	}
	channel.deleteQueues(queues...)
	channel.deleteExchanges(exchanges...)
}

// rejections reads from x-death how often a message was rejected in a queue.
func rejections(headers amqp.Table, queue string) int {
	deaths, _ := headers["x-death"].([]interface{})
	for _, death := range deaths {
		entry := death.(amqp.Table)
		if entry["queue"] == queue && entry["reason"] == "rejected" {
			return int(entry["count"].(int64))
		}
	}
	return 0
}

func transactions() {
	connection := connect()
	defer connection.Close()
	watch, tx := open(connection), open(connection)
	queue := name("tx")
	watch.durableQueue(queue, nil)
	must(tx.Tx())
	for _, body := range numbered("kept", 3) {
		tx.send("", queue, persistent(body))
	}
	equal("messages before commit", watch.count(queue), 0)
	must(tx.TxCommit())
	equal("messages after commit", watch.count(queue), 3)
	tx.send("", queue, persistent("dropped"))
	must(tx.TxRollback())
	must(tx.TxCommit())
	equal("messages after rollback", watch.count(queue), 3)

	first, _, err := tx.Get(queue, false)
	must(err)
	must(first.Ack(false))
	must(tx.TxRollback())
	equal("a rollback does not requeue", watch.count(queue), 2)
	must(first.Ack(false))
	must(tx.TxCommit())
	second, _, err := tx.Get(queue, false)
	must(err)
	must(second.Ack(false))
	must(tx.Close())
	left := watch.drain(queue)
	equal("messages left", len(left), 2)
	for i, redelivered := range []bool{true, false} {
		equal("left", string(left[i].Body), fmt.Sprintf("kept %d", i+1))
		equal("redelivered", left[i].Redelivered, redelivered)
	}
	watch.deleteQueues(queue)
}
