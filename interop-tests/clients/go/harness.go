package main

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The longest that any single wait may take.
const timeout = 20 * time.Second

// name makes a name of this run's own for a queue or an exchange.
func name(suffix string) string {
	return os.Getenv("AMQP_PREFIX") + "." + suffix
}

func names(suffixes ...string) []string {
	all := make([]string, len(suffixes))
	for i, suffix := range suffixes {
		all[i] = name(suffix)
	}
	return all
}

// connect opens a connection to the broker under test.
func connect() *amqp.Connection {
	uri := fmt.Sprintf("amqp://%s:%s", os.Getenv("AMQP_HOST"), os.Getenv("AMQP_PORT"))
	connection, err := amqp.DialConfig(uri, amqp.Config{
		SASL:  []amqp.Authentication{&amqp.PlainAuth{Username: os.Getenv("AMQP_USER"), Password: os.Getenv("AMQP_PASSWORD")}},
		Vhost: os.Getenv("AMQP_VHOST"),
	})
	must(err)
	return connection
}

// numbered makes "prefix 0", "prefix 1" and so on.
func numbered(prefix string, total int) []string {
	all := make([]string, total)
	for i := range all {
		all[i] = fmt.Sprintf("%s %d", prefix, i)
	}
	return all
}

// bodyOf makes a body in which every position is told apart from its neighbours.
func bodyOf(size int) []byte {
	body := make([]byte, size)
	for i := range body {
		body[i] = byte(i % 251)
	}
	return body
}

// failure ends a scenario; run turns it into the line that the runner reads.
type failure struct{ reason string }

func fail(format string, arguments ...interface{}) {
	panic(failure{fmt.Sprintf(format, arguments...)})
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func equal(what string, actual, expected interface{}) {
	if !reflect.DeepEqual(actual, expected) {
		fail("%s: expected %.300s, got %.300s", what, fmt.Sprintf("%#v", expected), fmt.Sprintf("%#v", actual))
	}
}

// receive takes the next item of a Go channel, in time.
func receive[T any](from <-chan T, what string) T {
	select {
	case item, open := <-from:
		if !open {
			fail("the channel closed while waiting for %s", what)
		}
		return item
	case <-time.After(timeout):
		fail("no end in %v of waiting for %s", timeout, what)
	}
	panic("unreachable")
}

// restartBroker has the runner restart the broker and returns when it serves again.
func restartBroker() {
	fmt.Println("CONTROL restart")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	must(err)
	equal("the runner's answer", strings.TrimSpace(line), "restarted")
}

// run executes the scenario and ends the process as the runner expects it.
func run(scenario func()) {
	defer func() {
		if problem := recover(); problem != nil {
			debug.PrintStack()
			reason := fmt.Sprint(problem)
			if known, ok := problem.(failure); ok {
				reason = known.reason
			}
			fmt.Println("FAIL", strings.Join(strings.Fields(reason), " "))
			os.Exit(1)
		}
	}()
	scenario()
	fmt.Println("PASS")
}
