package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func publishSubscribe() {
	publisher, subscriber := connect(), connect()
	defer publisher.Close()
	defer subscriber.Close()
	channel := open(subscriber)
	exchange := name("fanout")
	channel.exchange(exchange, "fanout", false)
	inboxes := []<-chan amqp.Delivery{}
	for i := 0; i < 3; i++ {
		queue := channel.exclusiveQueue("")
		equal("server-given name", strings.HasPrefix(queue, "amq.gen-"), true)
		channel.bind(queue, "", exchange, nil)
		inboxes = append(inboxes, channel.consume(queue, true))
	}
	sent := numbered("news", 50)
	out := open(publisher)
	for _, body := range sent {
		out.send(exchange, "ignored", text(body))
	}
	for _, inbox := range inboxes {
		for _, body := range sent {
			equal("news", string(receive(inbox, body).Body), body)
		}
	}
	channel.deleteExchanges(exchange)
}

func routing() {
	connection := connect()
	defer connection.Close()
	channel := openConfirming(connection)
	exchange := name("direct")
	channel.exchange(exchange, "direct", false)
	bound := map[string][]string{"errors": {"error"}, "all": {"info", "warning", "error"}, "none": {"fatal"}}
	for suffix, keys := range bound {
		channel.exclusiveQueue(name(suffix))
		for _, key := range keys {
			channel.bind(name(suffix), key, exchange, nil)
		}
	}
	sent := []string{"info", "warning", "error", "debug", "error", "Error"}
	channel.sendConfirmed(exchange, sent, each(sent, text))
	equal("one key", channel.bodies(name("errors")), []string{"error", "error"})
	equal("several keys", channel.bodies(name("all")), []string{"info", "warning", "error", "error"})
	equal("another key", channel.bodies(name("none")), []string{})
	must(channel.QueueUnbind(name("all"), "info", exchange, nil))
	channel.sendConfirmed(exchange, []string{"info"}, each([]string{"unbound"}, text))
	equal("messages after unbind", channel.count(name("all")), 0)
	channel.deleteExchanges(exchange)
}

func topics() {
	connection := connect()
	defer connection.Close()
	channel := openConfirming(connection)
	exchange := name("topic")
	channel.exchange(exchange, "topic", false)
	keys := []string{"stock.usd.nyse", "stock.eur.xetra", "stock", "news.eur", "news.eur.sport.live", "stock.usd", ""}
	bindings := map[string][]string{
		"stock.*.*": {"stock.usd.nyse", "stock.eur.xetra"},
		"stock.#":   {"stock.usd.nyse", "stock.eur.xetra", "stock", "stock.usd"},
		"*.eur.#":   {"stock.eur.xetra", "news.eur", "news.eur.sport.live"},
		"#.live":    {"news.eur.sport.live"},
		"*":         {"stock"},
		"#":         keys,
	}
	for pattern := range bindings {
		channel.exclusiveQueue(name(pattern))
		channel.bind(name(pattern), pattern, exchange, nil)
	}
	channel.sendConfirmed(exchange, keys, each(keys, text))
	for pattern, expected := range bindings {
		equal("queue bound with "+pattern, channel.bodies(name(pattern)), expected)
	}
	channel.deleteExchanges(exchange)
}

func headers() {
	connection := connect()
	defer connection.Close()
	channel := openConfirming(connection)
	exchange := name("headers")
	channel.exchange(exchange, "headers", false)
	bindings := map[string]amqp.Table{
		"all":     {"x-match": "all", "format": "pdf", "pages": 3},
		"any":     {"x-match": "any", "format": "pdf", "pages": 3},
		"default": {"format": "zip"},
	}
	for suffix, arguments := range bindings {
		channel.exclusiveQueue(name(suffix))
		channel.bind(name(suffix), "", exchange, arguments)
	}
	sent := []amqp.Publishing{
		{Body: []byte("both"), Headers: amqp.Table{"format": "pdf", "pages": 3, "more": true}},
		{Body: []byte("one"), Headers: amqp.Table{"format": "pdf", "pages": 4}},
		{Body: []byte("other"), Headers: amqp.Table{"pages": int64(3)}},
		{Body: []byte("zip"), Headers: amqp.Table{"format": "zip"}},
		{Body: []byte("neither"), Headers: amqp.Table{"format": "PDF", "pages": "3"}},
		{Body: []byte("nothing")},
	}
	channel.sendConfirmed(exchange, same("", len(sent)), sent)
	equal("x-match all", channel.bodies(name("all")), []string{"both"})
	equal("x-match any", channel.bodies(name("any")), []string{"both", "one", "other"})
	equal("no x-match", channel.bodies(name("default")), []string{"zip"})
	channel.deleteExchanges(exchange)
}

func rpcDirectReplyTo() {
	server, client := connect(), connect()
	defer server.Close()
	defer client.Close()
	queue := name("rpc")
	serving := open(server)
	serving.exclusiveQueue(queue)
	requests := serving.consume(queue, false)
	failed := make(chan error, 1)
	go func() {
		for request := range requests {
			if !strings.HasPrefix(request.ReplyTo, "amq.rabbitmq.reply-to.") {
				failed <- fmt.Errorf("reply-to is %s", request.ReplyTo)
				return
			}
			answer := text(strings.ToUpper(string(request.Body)))
			answer.CorrelationId = request.CorrelationId
			if err := serving.PublishWithContext(context.Background(), "", request.ReplyTo, false, false, answer); err != nil {
				failed <- err
				return
			}
			if err := request.Ack(false); err != nil {
				failed <- err
				return
			}
		}
	}()

	calling := open(client)
	replies := calling.consume("amq.rabbitmq.reply-to", true)
	for i := 0; i < 100; i++ {
		request := text(fmt.Sprintf("question %d", i))
		request.ReplyTo = "amq.rabbitmq.reply-to"
		request.CorrelationId = fmt.Sprint(i)
		calling.send("", queue, request)
	}
	for i := 0; i < 100; i++ {
		select {
		case reply := <-replies:
			equal("correlation id", reply.CorrelationId, fmt.Sprint(i))
			equal("reply", string(reply.Body), fmt.Sprintf("QUESTION %d", i))
		case err := <-failed:
			must(err)
		case <-time.After(timeout):
			fail("no reply to question %d", i)
		}
	}
}
