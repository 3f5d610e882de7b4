package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func largeBodies() {
	const frame = 131072
	const payload = frame - 8
	sizes := []int{0, 1, payload - 1, payload, payload + 1, frame - 1, frame, frame + 1, 2 * payload, 2*payload + 1, 5 * 1024 * 1024}
	connection := connect()
	defer connection.Close()
	channel := openConfirming(connection)
	queue := name("large")
	channel.durableQueue(queue, nil)
	messages := []amqp.Publishing{}
	for _, size := range sizes {
		messages = append(messages, persistent(string(bodyOf(size))))
	}
	channel.sendConfirmed("", same(queue, len(sizes)), messages)
	received := channel.consume(queue, true)
	for _, size := range sizes {
		body := receive(received, fmt.Sprintf("the body of %d bytes", size)).Body
		equal("size", len(body), size)
		equal("equal body", string(body) == string(bodyOf(size)), true)
	}
	channel.deleteQueues(queue)
}

func propertiesAndHeaders() {
	at := time.Unix(1700000000, 0)
	sent := amqp.Publishing{
		ContentType: "application/json", ContentEncoding: "utf-8", DeliveryMode: amqp.Persistent, Priority: 7,
		CorrelationId: "c-1", ReplyTo: "somewhere", Expiration: "60000", MessageId: "m-1", Timestamp: at,
		Type: "order.created", UserId: os.Getenv("AMQP_USER"), AppId: "amqp091-go", Body: []byte("{}"),
		Headers: amqp.Table{
			"text": "größer", "empty": "", "long text": strings.Repeat("x", 5000), "bytes": []byte{0, 255},
			"true": true, "false": false, "void": nil, "int8": int8(-42), "uint8": byte(200), "int16": int16(-30000),
			"int32": int32(-2000000000), "int64": int64(-1 << 62), "float": float32(0.5), "double": 2.5, "time": at,
			"decimal": amqp.Decimal{Scale: 2, Value: 314}, "empty array": []interface{}(nil), "empty table": amqp.Table{},
			"table": amqp.Table{"a": int32(1), "b": amqp.Table{"c": []interface{}{int32(1), "two", nil, amqp.Table{"d": false}}}},
		},
	}
	connection := connect()
	defer connection.Close()
	channel := openConfirming(connection)
	queue := name("properties")
	channel.exclusiveQueue(queue)
	channel.sendConfirmed("", same(queue, 2), []amqp.Publishing{sent, text("bare")})
	got := channel.drain(queue)
	equal("messages", len(got), 2)
	equal("properties", published(got[0]), sent)
	equal("no properties", published(got[1]), amqp.Publishing{Body: []byte("bare")})
}

// published is what a delivery was before it was sent.
func published(d amqp.Delivery) amqp.Publishing {
	return amqp.Publishing{
		Headers: d.Headers, ContentType: d.ContentType, ContentEncoding: d.ContentEncoding, DeliveryMode: d.DeliveryMode,
		Priority: d.Priority, CorrelationId: d.CorrelationId, ReplyTo: d.ReplyTo, Expiration: d.Expiration,
		MessageId: d.MessageId, Timestamp: d.Timestamp, Type: d.Type, UserId: d.UserId, AppId: d.AppId, Body: d.Body,
	}
}

func reconnectAfterRestart() {
	const total = 100
	exchange, queue := name("durable"), name("durable")
	before := connect()
	channel := openConfirming(before)
	channel.exchange(exchange, "direct", true)
	channel.durableQueue(queue, nil)
	channel.bind(queue, "key", exchange, nil)
	sent := numbered("message", total)
	channel.sendConfirmed(exchange, same("key", total), each(sent, persistent))
	closed := before.NotifyClose(make(chan *amqp.Error, 1))

	restartBroker()
	equal("code of the shutdown", receive(closed, "the end of the connection").Code, amqp.ConnectionForced)

	after := connect()
	defer after.Close()
	again := openConfirming(after)
	must(again.ExchangeDeclarePassive(exchange, "direct", true, false, false, false, nil))
	again.sendConfirmed(exchange, []string{"key"}, each([]string{"afterwards"}, persistent))
	deliveries := again.consume(queue, false)
	for _, body := range append(sent, "afterwards") {
		delivery := receive(deliveries, body)
		equal("message", string(delivery.Body), body)
		equal("redelivered", delivery.Redelivered, false)
		must(delivery.Ack(false))
	}
	again.deleteQueues(queue)
	again.deleteExchanges(exchange)
}
