#define _GNU_SOURCE
#include "session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* The limit of one wait. */
static const struct timeval WAIT = {.tv_sec = 20};

/* As many as the scenario with the most needs. */
enum { MAX_CONFIRMS = 1000 };

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("FAIL ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    exit(1);
}

connection_t connect_to_broker(void) {
    connection_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    CHECK(socket != NULL, "no socket");
    int status = amqp_socket_open_noblock(socket, getenv("AMQP_HOST"), atoi(getenv("AMQP_PORT")), &WAIT);
    CHECK(status == AMQP_STATUS_OK, "connecting: %s", amqp_error_string2(status));
    amqp_set_rpc_timeout(connection, &WAIT);
    /* Of itself the library does not say that it understands the end of a consumer. */
    amqp_table_entry_t capability = {
        bytes("consumer_cancel_notify"), {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = true}};
    amqp_table_entry_t capabilities = {
        bytes("capabilities"), {.kind = AMQP_FIELD_KIND_TABLE, .value.table = {1, &capability}}};
    amqp_table_t properties = {1, &capabilities};
    amqp_rpc_reply_t reply = amqp_login_with_properties(
        connection, getenv("AMQP_VHOST"), AMQP_DEFAULT_MAX_CHANNELS, AMQP_DEFAULT_FRAME_SIZE, AMQP_DEFAULT_HEARTBEAT,
        &properties, AMQP_SASL_METHOD_PLAIN, getenv("AMQP_USER"), getenv("AMQP_PASSWORD"));
    CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL, "login was refused");
    open_channel(connection, 1);
    return connection;
}

void disconnect(connection_t connection) {
    amqp_rpc_reply_t reply = amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
    CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL, "closing the connection went wrong");
    amqp_destroy_connection(connection);
}

static const char *keep(const void *text, size_t length) {
    char *copy = strndup(text, length);
    CHECK(copy != NULL, "out of memory");
    return copy;
}

const char *name(const char *suffix) {
    char *text;
    CHECK(asprintf(&text, "%s.%s", getenv("AMQP_PREFIX"), suffix) > 0, "out of memory");
    return text;
}

amqp_bytes_t bytes(const char *text) {
    return amqp_cstring_bytes(text);
}

bool equals(amqp_bytes_t value, const char *text) {
    return value.len == strlen(text) && memcmp(value.bytes, text, value.len) == 0;
}

void check_reply(connection_t connection, const char *what) {
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(connection);
    switch (reply.reply_type) {
        case AMQP_RESPONSE_NORMAL:
            return;
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            fail("%s: %s", what, amqp_error_string2(reply.library_error));
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
                amqp_channel_close_t *close = reply.reply.decoded;
                fail("%s: %d %.*s", what, close->reply_code, (int)close->reply_text.len, (char *)close->reply_text.bytes);
            }
            fail("%s: the broker closed the connection", what);
        default:
            fail("%s: no reply", what);
    }
}

void open_channel(connection_t connection, amqp_channel_t channel) {
    amqp_channel_open(connection, channel);
    check_reply(connection, "channel.open");
}

void close_channel(connection_t connection, amqp_channel_t channel) {
    amqp_rpc_reply_t reply = amqp_channel_close(connection, channel, AMQP_REPLY_SUCCESS);
    CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL, "closing channel %d went wrong", channel);
}

const char *durable_queue(connection_t connection, const char *suffix, amqp_table_t arguments) {
    const char *queue = name(suffix);
    amqp_queue_declare(connection, 1, bytes(queue), false, true, false, false, arguments);
    check_reply(connection, "queue.declare");
    return queue;
}

const char *declare_exchange(connection_t connection, const char *type, bool durable) {
    const char *exchange = name(type);
    amqp_exchange_declare(connection, 1, bytes(exchange), bytes(type), false, durable, false, false, amqp_empty_table);
    check_reply(connection, "exchange.declare");
    return exchange;
}

const char *exclusive_queue(connection_t connection, const char *queue) {
    amqp_queue_declare_ok_t *ok =
        amqp_queue_declare(connection, 1, bytes(queue), false, false, true, true, amqp_empty_table);
    check_reply(connection, "queue.declare");
    return keep(ok->queue.bytes, ok->queue.len);
}

void bind(connection_t connection, const char *queue, const char *exchange, const char *key, amqp_table_t arguments) {
    amqp_queue_bind(connection, 1, bytes(queue), bytes(exchange), bytes(key), arguments);
    check_reply(connection, "queue.bind");
}

int ready(connection_t connection, const char *queue) {
    amqp_queue_declare_ok_t *ok =
        amqp_queue_declare(connection, 1, bytes(queue), true, false, false, false, amqp_empty_table);
    check_reply(connection, "queue.declare passive");
    return (int)ok->message_count;
}

amqp_basic_properties_t persistent(void) {
    return (amqp_basic_properties_t){._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = AMQP_DELIVERY_PERSISTENT};
}

void publish(connection_t connection, amqp_channel_t channel, const char *exchange, const char *key, bool mandatory,
             const amqp_basic_properties_t *properties, amqp_bytes_t body) {
    int status = amqp_basic_publish(connection, channel, bytes(exchange), bytes(key), mandatory, false, properties, body);
    CHECK(status == AMQP_STATUS_OK, "basic.publish: %s", amqp_error_string2(status));
}

amqp_frame_t next_frame(connection_t connection) {
    amqp_frame_t frame;
    struct timeval wait = WAIT;
    int status = amqp_simple_wait_frame_noblock(connection, &frame, &wait);
    CHECK(status == AMQP_STATUS_OK, "waiting for a frame: %s", amqp_error_string2(status));
    return frame;
}

void await_confirm(connection_t connection, uint64_t number) {
    /* Confirms may come one by one and out of order, or many at once. */
    static bool confirmed[MAX_CONFIRMS + 1];
    static uint64_t done;
    CHECK(number <= MAX_CONFIRMS, "more confirms than the program keeps track of");
    while (done < number) {
        amqp_frame_t frame = next_frame(connection);
        CHECK(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD,
              "method %x where a confirm was expected", frame.payload.method.id);
        amqp_basic_ack_t *confirm = frame.payload.method.decoded;
        CHECK(confirm->delivery_tag <= number, "confirm %d of a message never sent", (int)confirm->delivery_tag);
        for (uint64_t tag = confirm->multiple ? done + 1 : confirm->delivery_tag; tag <= confirm->delivery_tag; tag++) {
            confirmed[tag] = true;
        }
        while (done < number && confirmed[done + 1]) {
            done++;
        }
    }
}

const char *consume(connection_t connection, amqp_channel_t channel, const char *queue, bool no_ack) {
    amqp_basic_consume_ok_t *ok =
        amqp_basic_consume(connection, channel, bytes(queue), amqp_empty_bytes, false, no_ack, false, amqp_empty_table);
    check_reply(connection, "basic.consume");
    return keep(ok->consumer_tag.bytes, ok->consumer_tag.len);
}

struct message take(connection_t connection) {
    amqp_envelope_t envelope;
    struct timeval wait = WAIT;
    amqp_maybe_release_buffers(connection);
    amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &wait, 0);
    if (reply.library_error == AMQP_STATUS_UNEXPECTED_STATE) {
        amqp_frame_t frame = next_frame(connection);
        fail("method %x where a message was expected", frame.payload.method.id);
    }
    CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL, "no message: %s", amqp_error_string2(reply.library_error));
    struct message message = {
        .channel = envelope.channel, .tag = envelope.delivery_tag, .redelivered = envelope.redelivered, .content = envelope.message};
    snprintf(message.consumer, sizeof message.consumer, "%.*s", (int)envelope.consumer_tag.len,
             (char *)envelope.consumer_tag.bytes);
    /* The content stays with the message; the rest of the envelope ends here. */
    amqp_bytes_free(envelope.consumer_tag);
    amqp_bytes_free(envelope.exchange);
    amqp_bytes_free(envelope.routing_key);
    return message;
}

bool get(connection_t connection, amqp_channel_t channel, const char *queue, bool no_ack, struct message *message) {
    amqp_maybe_release_buffers(connection);
    amqp_rpc_reply_t reply = amqp_basic_get(connection, channel, bytes(queue), no_ack);
    CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL, "basic.get went wrong");
    if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD) {
        return false;
    }
    amqp_basic_get_ok_t *ok = reply.reply.decoded;
    *message = (struct message){.channel = channel, .tag = ok->delivery_tag, .redelivered = ok->redelivered};
    reply = amqp_read_message(connection, channel, &message->content, 0);
    CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL, "reading a message went wrong");
    return true;
}

void release(struct message *message) {
    amqp_destroy_message(&message->content);
}

void ack(connection_t connection, const struct message *message) {
    int status = amqp_basic_ack(connection, message->channel, message->tag, false);
    CHECK(status == AMQP_STATUS_OK, "basic.ack: %s", amqp_error_string2(status));
}

const char *drain(connection_t connection, const char *queue) {
    static char texts[65536];
    size_t length = 0;
    struct message message;
    texts[0] = '\0';
    while (get(connection, 1, queue, true, &message)) {
        amqp_bytes_t body = message.content.body;
        CHECK(length + body.len + 2 < sizeof texts, "more in %s than expected", queue);
        length += (size_t)sprintf(texts + length, "%s%.*s", length > 0 ? " " : "", (int)body.len, (char *)body.bytes);
        release(&message);
    }
    return texts;
}

amqp_table_entry_t entry_text(const char *key, const char *value) {
    return (amqp_table_entry_t){bytes(key), {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = bytes(value)}};
}

amqp_table_entry_t entry_int(const char *key, int32_t value) {
    return (amqp_table_entry_t){bytes(key), {.kind = AMQP_FIELD_KIND_I32, .value.i32 = value}};
}

const amqp_field_value_t *find(const amqp_table_t *table, const char *key) {
    for (int i = 0; i < table->num_entries; i++) {
        if (equals(table->entries[i].key, key)) {
            return &table->entries[i].value;
        }
    }
    return NULL;
}

void restart_broker(void) {
    char answer[32];
    printf("CONTROL restart\n");
    fflush(stdout);
    CHECK(fgets(answer, sizeof answer, stdin) != NULL && strcmp(answer, "restarted\n") == 0, "no restart");
}
