// The scenarios with the Go client amqp091-go.
package main

import (
	"fmt"
	"os"
)

var scenarios = map[string]func(){
	"work_queue":              workQueue,
	"publish_subscribe":       publishSubscribe,
	"routing":                 routing,
	"topics":                  topics,
	"headers":                 headers,
	"rpc_direct_reply_to":     rpcDirectReplyTo,
	"confirms":                confirms,
	"returns":                 returns,
	"dead_letter_retry":       deadLetterRetry,
	"transactions":            transactions,
	"large_bodies":            largeBodies,
	"properties_and_headers":  propertiesAndHeaders,
	"reconnect_after_restart": reconnectAfterRestart,
}

func main() {
	scenario, known := scenarios[os.Args[1]]
	if !known {
		fmt.Println("FAIL unknown scenario", os.Args[1])
		os.Exit(1)
	}
	run(scenario)
}
