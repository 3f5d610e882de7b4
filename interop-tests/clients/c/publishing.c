/* Scenarios about publishers. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES = 1000 };

static void confirm_mode(connection_t connection) {
    amqp_confirm_select(connection, 1);
    check_reply(connection, "confirm.select");
}

void confirms(connection_t connection) {
    const char *queue = durable_queue(connection, "confirmed", amqp_empty_table);
    amqp_basic_properties_t properties = persistent();
    char text[32];
    confirm_mode(connection);
    for (int i = 0; i < MESSAGES; i++) {
        snprintf(text, sizeof text, "%d", i);
        publish(connection, 1, "", queue, true, &properties, bytes(text));
    }
    await_confirm(connection, MESSAGES);

    /* What is confirmed counts at once. */
    int count = ready(connection, queue);
    CHECK(count == MESSAGES, "%d messages in the queue", count);
    consume(connection, 1, queue, true);
    for (int i = 0; i < MESSAGES; i++) {
        struct message message = take(connection);
        snprintf(text, sizeof text, "%d", i);
        CHECK(equals(message.content.body, text), "message %d is another", i);
        release(&message);
    }
}

void returns(connection_t connection) {
    const char *queue = durable_queue(connection, "somewhere", amqp_empty_table);
    const char *nowhere = name("nowhere");
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_MESSAGE_ID_FLAG, .message_id = bytes("m1")};
    confirm_mode(connection);

    publish(connection, 1, "", nowhere, true, &properties, bytes("lost"));
    amqp_frame_t frame = next_frame(connection);
    CHECK(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_RETURN_METHOD,
          "method %x where basic.return was expected", frame.payload.method.id);
    amqp_basic_return_t *back = frame.payload.method.decoded;
    CHECK(back->reply_code == 312 && equals(back->reply_text, "NO_ROUTE"), "returned with code %d", back->reply_code);
    CHECK(equals(back->routing_key, nowhere) && equals(back->exchange, ""), "returned to another key");
    amqp_message_t message;
    amqp_rpc_reply_t reply = amqp_read_message(connection, 1, &message, 0);
    CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL, "reading the returned message went wrong");
    CHECK(equals(message.body, "lost") && equals(message.properties.message_id, "m1"), "another message was returned");
    amqp_destroy_message(&message);
    await_confirm(connection, 1);

    /* Neither a message that is routed comes back, nor one that is not mandatory: the next frame is the confirm. */
    publish(connection, 1, "", queue, true, &properties, bytes("kept"));
    await_confirm(connection, 2);
    publish(connection, 1, "", nowhere, false, &properties, bytes("dropped"));
    await_confirm(connection, 3);
    CHECK(strcmp(drain(connection, queue), "kept") == 0, "the queue does not hold the routed message alone");
}

static void commit(connection_t connection) {
    amqp_tx_commit(connection, 2);
    check_reply(connection, "tx.commit");
}

static void rollback(connection_t connection) {
    amqp_tx_rollback(connection, 2);
    check_reply(connection, "tx.rollback");
}

void transactions(connection_t connection) {
    const char *queue = durable_queue(connection, "transacted", amqp_empty_table);
    open_channel(connection, 2);
    amqp_tx_select(connection, 2);
    check_reply(connection, "tx.select");
    publish(connection, 2, "", queue, false, NULL, bytes("rolled-back"));
    rollback(connection);
    publish(connection, 2, "", queue, false, NULL, bytes("committed-1"));
    publish(connection, 2, "", queue, false, NULL, bytes("committed-2"));
    CHECK(ready(connection, queue) == 0, "messages appear before the commit");
    commit(connection);
    CHECK(ready(connection, queue) == 2, "the committed messages are not there");

    /* An acknowledgement that is rolled back leaves the message unacknowledged; it may be acknowledged again. */
    struct message message;
    CHECK(get(connection, 2, queue, false, &message) && equals(message.content.body, "committed-1"), "no first message");
    ack(connection, &message);
    rollback(connection);
    ack(connection, &message);
    commit(connection);
    release(&message);

    /* One that is never committed gives the message back. */
    CHECK(get(connection, 2, queue, false, &message) && equals(message.content.body, "committed-2"), "no second message");
    ack(connection, &message);
    release(&message);
    close_channel(connection, 2);
    CHECK(get(connection, 1, queue, true, &message) && equals(message.content.body, "committed-2"), "it did not come back");
    CHECK(message.redelivered, "it is not marked redelivered");
    release(&message);
    CHECK(!get(connection, 1, queue, true, &message), "a committed acknowledgement was forgotten");
}

static void large_body(connection_t connection, const char *queue, size_t size) {
    amqp_basic_properties_t properties = persistent();
    amqp_bytes_t body = {size, malloc(size + 1)};
    CHECK(body.bytes != NULL, "out of memory");
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)body.bytes)[i] = (uint8_t)(i % 251);
    }
    publish(connection, 1, "", queue, true, &properties, body);

    static uint64_t published;
    await_confirm(connection, ++published);
    struct message message;
    CHECK(get(connection, 1, queue, false, &message), "%zu bytes are not in the queue", size);
    CHECK(message.content.body.len == size && memcmp(message.content.body.bytes, body.bytes, size) == 0,
          "%zu bytes came back changed from basic.get", size);
    amqp_basic_nack(connection, 1, message.tag, false, true);
    release(&message);

    open_channel(connection, 2);
    consume(connection, 2, queue, true);
    message = take(connection);
    CHECK(message.content.body.len == size && memcmp(message.content.body.bytes, body.bytes, size) == 0,
          "%zu bytes came back changed from a consumer", size);
    release(&message);
    close_channel(connection, 2);
    free(body.bytes);
}

void large_bodies(connection_t connection) {
    static const size_t sizes[] = {0, 1, 131063, 131064, 131065, 131071, 131072, 131073, 262144, 5 * 1024 * 1024};
    const char *queue = durable_queue(connection, "bodies", amqp_empty_table);
    confirm_mode(connection);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        large_body(connection, queue, sizes[i]);
    }
}
