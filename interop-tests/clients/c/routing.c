/* Scenarios about exchanges and bindings. */
#include "session.h"

#include <stdio.h>
#include <string.h>

enum { SUBSCRIBERS = 3, NEWS = 50 };

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static void expect(connection_t connection, const char *suffix, const char *texts) {
    const char *got = drain(connection, name(suffix));
    CHECK(strcmp(got, texts) == 0, "queue %s: expected '%s', got '%s'", suffix, texts, got);
}

/* Publishes each key as a message's key and text; what is confirmed can be got. */
static void publish_confirmed(connection_t connection, const char *exchange, const char *const *keys, size_t count) {
    amqp_confirm_select(connection, 1);
    check_reply(connection, "confirm.select");
    for (size_t i = 0; i < count; i++) {
        publish(connection, 1, exchange, keys[i], false, NULL, bytes(keys[i]));
    }
    await_confirm(connection, count);
}

void publish_subscribe(connection_t connection) {
    const char *exchange = declare_exchange(connection, "fanout", true);
    for (int i = 0; i < SUBSCRIBERS; i++) {
        const char *queue = exclusive_queue(connection, "");
        CHECK(strncmp(queue, "amq.gen-", 8) == 0, "the server names a queue %s", queue);
        bind(connection, queue, exchange, "", amqp_empty_table);
        open_channel(connection, (amqp_channel_t)(i + 2));
        consume(connection, (amqp_channel_t)(i + 2), queue, true);
    }

    char text[32];
    for (int i = 0; i < NEWS; i++) {
        snprintf(text, sizeof text, "news %d", i);
        publish(connection, 1, exchange, "ignored", true, NULL, bytes(text));
    }
    int next[SUBSCRIBERS] = {0};
    for (int i = 0; i < SUBSCRIBERS * NEWS; i++) {
        struct message message = take(connection);
        snprintf(text, sizeof text, "news %d", next[message.channel - 2]++);
        CHECK(equals(message.content.body, text), "subscriber %d did not get '%s' in its turn", message.channel, text);
        release(&message);
    }
}

void routing(connection_t connection) {
    static const char *const bindings[][2] = {
        {"errors", "error"}, {"all", "info"}, {"all", "warning"}, {"all", "error"}, {"fatal", "fatal"}};
    static const char *const sent[] = {"info", "error", "debug", "warning", "error", "Error"};
    const char *exchange = declare_exchange(connection, "direct", true);
    for (size_t i = 0; i < LENGTH(bindings); i++) {
        bind(connection, exclusive_queue(connection, name(bindings[i][0])), exchange, bindings[i][1], amqp_empty_table);
    }
    publish_confirmed(connection, exchange, sent, LENGTH(sent));
    expect(connection, "errors", "error error");
    expect(connection, "all", "info error warning error");
    expect(connection, "fatal", "");
}

void topics(connection_t connection) {
    static const char *const keys[] = {
        "quick.orange.rabbit", "lazy.orange.elephant", "quick.orange.fox", "lazy.brown.fox", "lazy.pink.rabbit",
        "quick.brown.fox", "orange", "quick.orange.new.rabbit", "lazy.orange.new.rabbit", "lazy", "a..b"};
    static const char *const expected[][2] = {
        {"*.orange.*", "quick.orange.rabbit lazy.orange.elephant quick.orange.fox"},
        {"*.*.rabbit", "quick.orange.rabbit lazy.pink.rabbit"},
        {"lazy.#", "lazy.orange.elephant lazy.brown.fox lazy.pink.rabbit lazy.orange.new.rabbit lazy"},
        {"#.rabbit", "quick.orange.rabbit lazy.pink.rabbit quick.orange.new.rabbit lazy.orange.new.rabbit"},
        {"quick.#.rabbit", "quick.orange.rabbit quick.orange.new.rabbit"},
        {"a.*.b", "a..b"},
        {"*", "orange lazy"},
        {"#", "quick.orange.rabbit lazy.orange.elephant quick.orange.fox lazy.brown.fox lazy.pink.rabbit quick.brown.fox "
              "orange quick.orange.new.rabbit lazy.orange.new.rabbit lazy a..b"}};
    const char *exchange = declare_exchange(connection, "topic", true);
    for (size_t i = 0; i < LENGTH(expected); i++) {
        bind(connection, exclusive_queue(connection, name(expected[i][0])), exchange, expected[i][0], amqp_empty_table);
    }
    publish_confirmed(connection, exchange, keys, LENGTH(keys));
    for (size_t i = 0; i < LENGTH(expected); i++) {
        expect(connection, expected[i][0], expected[i][1]);
    }
}

static void publish_report(connection_t connection, const char *exchange, const char *format, int pages, const char *text) {
    amqp_table_entry_t entries[] = {entry_text("format", format), entry_int("pages", pages), entry_text("more", "header")};
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_HEADERS_FLAG, .headers = {3, entries}};
    publish(connection, 1, exchange, "", false, &properties, bytes(text));
}

void headers(connection_t connection) {
    static const char *const matches[] = {"all", "any"};
    const char *exchange = declare_exchange(connection, "headers", true);
    for (size_t i = 0; i < LENGTH(matches); i++) {
        amqp_table_entry_t arguments[] = {
            entry_text("x-match", matches[i]), entry_text("format", "pdf"), entry_int("pages", 3)};
        bind(connection, exclusive_queue(connection, name(matches[i])), exchange, "", (amqp_table_t){3, arguments});
    }
    amqp_confirm_select(connection, 1);
    check_reply(connection, "confirm.select");
    publish_report(connection, exchange, "pdf", 3, "both");
    publish_report(connection, exchange, "zip", 3, "one");
    publish_report(connection, exchange, "zip", 4, "none");
    publish(connection, 1, exchange, "", false, NULL, bytes("no-headers"));
    await_confirm(connection, 4);
    expect(connection, "all", "both");
    expect(connection, "any", "both one");
}
