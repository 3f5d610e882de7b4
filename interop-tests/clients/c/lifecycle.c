/* Scenarios about connections and channels that end, and that come back. */
#include "session.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGES = 100, CHANNELS = 200 };

/* The library has no recovery of its own: the program connects again. */
void reconnect_after_restart(connection_t connection) {
    const char *exchange = declare_exchange(connection, "direct", true);
    const char *queue = durable_queue(connection, "backlog", amqp_empty_table);
    bind(connection, queue, exchange, "kept", amqp_empty_table);
    amqp_confirm_select(connection, 1);
    check_reply(connection, "confirm.select");
    amqp_basic_properties_t properties = persistent();
    char text[32];
    for (int i = 0; i < MESSAGES; i++) {
        snprintf(text, sizeof text, "kept %d", i);
        publish(connection, 1, exchange, "kept", true, &properties, bytes(text));
    }
    await_confirm(connection, MESSAGES);

    restart_broker();
    amqp_frame_t frame = next_frame(connection);
    CHECK(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD,
          "method %x where connection.close was expected", frame.payload.method.id);
    amqp_connection_close_t *close = frame.payload.method.decoded;
    CHECK(close->reply_code == 320, "closed with code %d", close->reply_code);
    amqp_destroy_connection(connection);

    connection = connect_to_broker();
    int count = ready(connection, queue);
    CHECK(count == MESSAGES, "%d messages after the restart", count);
    consume(connection, 1, queue, true);
    publish(connection, 1, exchange, "kept", true, &properties, bytes("kept 100"));
    for (int i = 0; i <= MESSAGES; i++) {
        struct message message = take(connection);
        snprintf(text, sizeof text, "kept %d", i);
        CHECK(equals(message.content.body, text), "message %d is another", i);
        CHECK(message.content.properties.delivery_mode == 2, "message %d is not persistent any more", i);
        release(&message);
    }
}

/* The last call on channel 2 must have made the broker close that channel, and only that. */
static void expect_close(connection_t connection, int code, const char *text) {
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(connection);
    CHECK(reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD,
          "the channel was not closed where %d was expected", code);
    amqp_channel_close_t *close = reply.reply.decoded;
    CHECK(close->reply_code == code, "code %d where %d was expected", close->reply_code, code);
    CHECK(text == NULL || equals(close->reply_text, text), "text '%.*s'", (int)close->reply_text.len, (char *)close->reply_text.bytes);
    amqp_channel_close_ok_t ok = {0};
    int status = amqp_send_method(connection, 2, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
    CHECK(status == AMQP_STATUS_OK, "channel.close-ok: %s", amqp_error_string2(status));
    /* The number may be used again at once. */
    open_channel(connection, 2);
}

void channel_errors(connection_t connection) {
    const char *queue = durable_queue(connection, "declared", amqp_empty_table);
    const char *missing = name("missing");
    char text[512];
    open_channel(connection, 2);

    amqp_queue_declare(connection, 2, bytes(missing), true, false, false, false, amqp_empty_table);
    snprintf(text, sizeof text, "NOT_FOUND - no queue '%s' in vhost '/'", missing);
    expect_close(connection, 404, text);

    amqp_queue_declare(connection, 2, bytes(queue), false, false, false, false, amqp_empty_table);
    snprintf(text, sizeof text,
             "PRECONDITION_FAILED - inequivalent arg 'durable' for queue '%s' in vhost '/': received 'false' but current is 'true'",
             queue);
    expect_close(connection, 406, text);

    amqp_exchange_declare(connection, 2, bytes("amq.forbidden"), bytes("direct"), false, false, false, false, amqp_empty_table);
    expect_close(connection, 403, NULL);

    connection_t other = connect_to_broker();
    const char *exclusive = exclusive_queue(other, "");
    amqp_queue_declare(connection, 2, bytes(exclusive), true, false, false, false, amqp_empty_table);
    expect_close(connection, 405, NULL);
    disconnect(other);
    CHECK(ready(connection, queue) == 0, "the first channel does not work any more");
}

void many_channels(connection_t connection) {
    const char *queue = durable_queue(connection, "shared", amqp_empty_table);
    for (int channel = 2; channel < CHANNELS + 2; channel++) {
        open_channel(connection, (amqp_channel_t)channel);
    }
    for (int channel = 2; channel < CHANNELS + 2; channel++) {
        publish(connection, (amqp_channel_t)channel, "", queue, true, NULL, bytes("from a channel"));
    }
    consume(connection, 1, queue, true);
    for (int i = 0; i < CHANNELS; i++) {
        struct message message = take(connection);
        release(&message);
    }
    for (int channel = 2; channel < CHANNELS + 2; channel++) {
        close_channel(connection, (amqp_channel_t)channel);
    }
    open_channel(connection, 2);
    CHECK(ready(connection, queue) == 0, "messages are left");
}
