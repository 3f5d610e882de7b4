package main

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"
)

// No scenario has more messages under way; the library waits while a listener's buffer is full.
const maxUnconfirmed = 1000

// session is a channel whose methods end the scenario on an error, with short forms for what scenarios do often.
type session struct {
	*amqp.Channel
	confirmed <-chan amqp.Confirmation
}

func open(connection *amqp.Connection) session {
	channel, err := connection.Channel()
	must(err)
	return session{Channel: channel}
}

// openConfirming opens a channel in confirm mode. Its confirms come over NotifyPublish and not as deferred ones: version
// 1.5 of the library registers those only after it has sent the message, and misses a confirm that is faster.
func openConfirming(connection *amqp.Connection) session {
	s := open(connection)
	must(s.Confirm(false))
	s.confirmed = s.NotifyPublish(make(chan amqp.Confirmation, maxUnconfirmed))
	return s
}

// awaitConfirms takes that many confirms.
func (s session) awaitConfirms(total int) {
	for i := 0; i < total; i++ {
		if confirmation := receive(s.confirmed, "a confirm"); !confirmation.Ack {
			fail("message %d was refused", confirmation.DeliveryTag)
		}
	}
}

func (s session) exchange(name, kind string, durable bool) {
	must(s.ExchangeDeclare(name, kind, durable, false, false, false, nil))
}

func (s session) durableQueue(name string, arguments amqp.Table) {
	_, err := s.QueueDeclare(name, true, false, false, false, arguments)
	must(err)
}

// exclusiveQueue declares a queue that ends with its connection; the broker names it if name is empty.
func (s session) exclusiveQueue(name string) string {
	queue, err := s.QueueDeclare(name, false, false, true, false, nil)
	must(err)
	return queue.Name
}

func (s session) bind(queue, key, exchange string, arguments amqp.Table) {
	must(s.QueueBind(queue, key, exchange, false, arguments))
}

func (s session) count(queue string) int {
	state, err := s.QueueInspect(queue)
	must(err)
	return state.Messages
}

func (s session) consume(queue string, autoAck bool) <-chan amqp.Delivery {
	deliveries, err := s.Consume(queue, "", autoAck, false, false, false, nil)
	must(err)
	return deliveries
}

func (s session) send(exchange, key string, message amqp.Publishing) {
	must(s.PublishWithContext(context.Background(), exchange, key, false, false, message))
}

// sendConfirmed publishes all messages, then waits for their confirms.
func (s session) sendConfirmed(exchange string, keys []string, messages []amqp.Publishing) {
	for i, message := range messages {
		s.send(exchange, keys[i], message)
	}
	s.awaitConfirms(len(messages))
}

// drain takes everything out of a queue.
func (s session) drain(queue string) []amqp.Delivery {
	messages := []amqp.Delivery{}
	for {
		message, ok, err := s.Get(queue, true)
		must(err)
		if !ok {
			return messages
		}
		messages = append(messages, message)
	}
}

func (s session) bodies(queue string) []string {
	texts := []string{}
	for _, message := range s.drain(queue) {
		texts = append(texts, string(message.Body))
	}
	return texts
}

func (s session) deleteQueues(queues ...string) {
	for _, queue := range queues {
		_, err := s.QueueDelete(queue, false, false, false)
		must(err)
	}
}

func (s session) deleteExchanges(exchanges ...string) {
	for _, exchange := range exchanges {
		must(s.ExchangeDelete(exchange, false, false))
	}
}

func text(body string) amqp.Publishing {
	return amqp.Publishing{Body: []byte(body)}
}

func persistent(body string) amqp.Publishing {
	return amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(body)}
}

func each(bodies []string, make func(string) amqp.Publishing) []amqp.Publishing {
	messages := []amqp.Publishing{}
	for _, body := range bodies {
		messages = append(messages, make(body))
	}
	return messages
}

func same(key string, times int) []string {
	keys := make([]string, times)
	for i := range keys {
		keys[i] = key
	}
	return keys
}
