#define _GNU_SOURCE
/* Scenarios about consumers. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS = 200, WORKERS = 3, CALLS = 100, ATTEMPTS = 3 };

static void work_queue_with(connection_t connection, int prefetch, uint64_t confirmed_before) {
    char text[64];
    snprintf(text, sizeof text, "work-%d", prefetch);
    const char *queue = durable_queue(connection, text, amqp_empty_table);
    amqp_basic_properties_t properties = persistent();
    for (int i = 0; i < TASKS; i++) {
        snprintf(text, sizeof text, "%d", i);
        publish(connection, 1, "", queue, false, &properties, bytes(text));
    }
    await_confirm(connection, confirmed_before + TASKS);

    /* The channel of worker i is i + 2. */
    int unacknowledged[WORKERS] = {0};
    for (int i = 0; i < WORKERS; i++) {
        amqp_channel_t channel = (amqp_channel_t)(i + 2);
        open_channel(connection, channel);
        amqp_basic_qos(connection, channel, 0, (uint16_t)prefetch, false);
        check_reply(connection, "basic.qos");
        consume(connection, channel, queue, false);
    }

    /* While nobody acknowledges, every worker gets its prefetch and then no more. */
    struct message held[TASKS];
    int taken = 0;
    while (taken < WORKERS * prefetch) {
        held[taken] = take(connection);
        unacknowledged[held[taken++].channel - 2]++;
    }
    int waiting = ready(connection, queue);
    CHECK(waiting == TASKS - WORKERS * prefetch, "%d messages still ready", waiting);
    for (int i = 0; i < WORKERS; i++) {
        CHECK(unacknowledged[i] == prefetch, "worker %d has %d messages", i, unacknowledged[i]);
    }

    /* Then each acknowledgement brings one message more, until there are none. */
    bool done[TASKS] = {false};
    for (int i = 0; i < TASKS; i++) {
        int task = atoi(strndupa(held[i].content.body.bytes, held[i].content.body.len));
        CHECK(!done[task], "task %d came twice", task);
        done[task] = true;
        ack(connection, &held[i]);
        unacknowledged[held[i].channel - 2]--;
        release(&held[i]);
        if (taken < TASKS) {
            held[taken] = take(connection);
            int worker = held[taken++].channel - 2;
            CHECK(++unacknowledged[worker] <= prefetch, "worker %d has more than its prefetch", worker);
        }
    }
    for (int i = 0; i < WORKERS; i++) {
        close_channel(connection, (amqp_channel_t)(i + 2));
    }
    CHECK(ready(connection, queue) == 0, "messages are left");
}

void work_queue(connection_t connection) {
    amqp_confirm_select(connection, 1);
    check_reply(connection, "confirm.select");
    work_queue_with(connection, 1, 0);
    work_queue_with(connection, 10, TASKS);
}

static void serve_one(connection_t server) {
    struct message request = take(server);
    int number = atoi(strndupa(request.content.body.bytes, request.content.body.len));
    char answer[32];
    snprintf(answer, sizeof answer, "%d", number * number);
    amqp_basic_properties_t *asked = &request.content.properties;
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_CORRELATION_ID_FLAG, .correlation_id = asked->correlation_id};
    publish(server, 1, "", strndupa(asked->reply_to.bytes, asked->reply_to.len), false, &properties, bytes(answer));
    ack(server, &request);
    release(&request);
}

void rpc_direct_reply_to(connection_t connection) {
    const char *requests = durable_queue(connection, "rpc", amqp_empty_table);
    connection_t server = connect_to_broker();
    consume(server, 1, requests, false);
    consume(connection, 1, "amq.rabbitmq.reply-to", true);
    for (int i = 1; i <= CALLS; i++) {
        char text[32];
        char id[32];
        char expected[32];
        snprintf(text, sizeof text, "%d", i);
        snprintf(id, sizeof id, "call-%d", i);
        snprintf(expected, sizeof expected, "%d", i * i);
        amqp_basic_properties_t call = {
            ._flags = AMQP_BASIC_REPLY_TO_FLAG | AMQP_BASIC_CORRELATION_ID_FLAG,
            .reply_to = bytes("amq.rabbitmq.reply-to"),
            .correlation_id = bytes(id)};
        publish(connection, 1, "", requests, true, &call, bytes(text));
        serve_one(server);
        struct message reply = take(connection);
        CHECK(equals(reply.content.body, expected), "wrong reply to call %d", i);
        CHECK(equals(reply.content.properties.correlation_id, id), "wrong correlation id of reply %d", i);
        release(&reply);
    }
    disconnect(server);
}

/* How often a message died in a queue for a reason. */
static int64_t deaths(const struct message *message, const char *queue, const char *reason) {
    const amqp_basic_properties_t *properties = &message->content.properties;
    const amqp_field_value_t *list =
        properties->_flags & AMQP_BASIC_HEADERS_FLAG ? find(&properties->headers, "x-death") : NULL;
    int64_t count = 0;
    for (int i = 0; list != NULL && i < list->value.array.num_entries; i++) {
        const amqp_table_t *death = &list->value.array.entries[i].value.table;
        if (equals(find(death, "queue")->value.bytes, queue) && equals(find(death, "reason")->value.bytes, reason)) {
            count += find(death, "count")->value.i64;
        }
    }
    return count;
}

/* The usual retry loop: rejected messages wait in a queue without consumers until their TTL brings them back. */
void dead_letter_retry(connection_t connection) {
    const char *retries = declare_exchange(connection, "direct", true);
    const char *parking = durable_queue(connection, "parking", amqp_empty_table);
    amqp_table_entry_t to_retries[] = {
        entry_text("x-dead-letter-exchange", retries), entry_text("x-dead-letter-routing-key", "wait")};
    const char *work = durable_queue(connection, "work", (amqp_table_t){2, to_retries});
    amqp_table_entry_t back_to_work[] = {
        entry_int("x-message-ttl", 100), entry_text("x-dead-letter-exchange", ""), entry_text("x-dead-letter-routing-key", work)};
    const char *waiting = durable_queue(connection, "waiting", (amqp_table_t){3, back_to_work});
    bind(connection, waiting, retries, "wait", amqp_empty_table);

    amqp_basic_properties_t properties = persistent();
    publish(connection, 1, "", work, true, &properties, bytes("poison"));
    consume(connection, 1, work, false);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct message message = take(connection);
        CHECK(equals(message.content.body, "poison"), "wrong message");
        CHECK(deaths(&message, work, "rejected") == attempt, "wrong number of rejections in attempt %d", attempt);
        CHECK(deaths(&message, waiting, "expired") == attempt, "wrong number of expiries in attempt %d", attempt);
        amqp_basic_reject(connection, 1, message.tag, false);
        release(&message);
    }

    struct message last = take(connection);
    CHECK(deaths(&last, work, "rejected") == ATTEMPTS, "wrong number of rejections at the end");
    CHECK(equals(find(&last.content.properties.headers, "x-first-death-queue")->value.bytes, work), "x-first-death-queue");
    CHECK(equals(find(&last.content.properties.headers, "x-first-death-reason")->value.bytes, "rejected"), "x-first-death-reason");
    publish(connection, 1, "", parking, true, &last.content.properties, last.content.body);
    ack(connection, &last);
    release(&last);
    open_channel(connection, 2);
    consume(connection, 2, parking, true);
    struct message parked = take(connection);
    CHECK(equals(parked.content.body, "poison"), "wrong message parked");
    CHECK(deaths(&parked, work, "rejected") == ATTEMPTS, "the parked message lost its history");
}

void consumer_cancel_notification(connection_t connection) {
    const char *queue = durable_queue(connection, "deleted", amqp_empty_table);
    open_channel(connection, 2);
    const char *tag = consume(connection, 2, queue, false);
    amqp_queue_delete(connection, 1, bytes(queue), false, false);
    check_reply(connection, "queue.delete");

    amqp_frame_t frame = next_frame(connection);
    CHECK(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_CANCEL_METHOD && frame.channel == 2,
          "method %x where basic.cancel was expected", frame.payload.method.id);
    CHECK(equals(((amqp_basic_cancel_t *)frame.payload.method.decoded)->consumer_tag, tag), "another consumer was cancelled");
    amqp_queue_declare(connection, 2, amqp_empty_bytes, false, false, true, true, amqp_empty_table);
    check_reply(connection, "queue.declare on the consumer's channel");
}
