/* What every scenario needs: connections, names of the run's own, checks, and the library's calls with bounded waits. */
#ifndef SESSION_H
#define SESSION_H

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef amqp_connection_state_t connection_t;

/* A message in memory of its own. */
struct message {
    amqp_channel_t channel;
    uint64_t tag;
    bool redelivered;
    char consumer[256];
    amqp_message_t content;
};

/* Ends the program with the verdict FAIL. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define CHECK(condition, ...) do { if (!(condition)) fail(__VA_ARGS__); } while (0)

/* A connection with channel 1 open. */
connection_t connect_to_broker(void);
void disconnect(connection_t connection);

/* A name that no other run uses; it lives as long as the program. */
const char *name(const char *suffix);
amqp_bytes_t bytes(const char *text);
bool equals(amqp_bytes_t value, const char *text);

/* Fails unless the last synchronous call went well. */
void check_reply(connection_t connection, const char *what);
void open_channel(connection_t connection, amqp_channel_t channel);
void close_channel(connection_t connection, amqp_channel_t channel);

const char *durable_queue(connection_t connection, const char *suffix, amqp_table_t arguments);
const char *declare_exchange(connection_t connection, const char *type, bool durable);
/* An exclusive queue, named by the server if the name is empty. */
const char *exclusive_queue(connection_t connection, const char *queue);
void bind(connection_t connection, const char *queue, const char *exchange, const char *key, amqp_table_t arguments);
int ready(connection_t connection, const char *queue);

amqp_basic_properties_t persistent(void);
void publish(connection_t connection, amqp_channel_t channel, const char *exchange, const char *key, bool mandatory,
             const amqp_basic_properties_t *properties, amqp_bytes_t body);

/* Waits until the broker has confirmed up to this number on channel 1. */
void await_confirm(connection_t connection, uint64_t number);
/* The next frame, within the limit of a wait. */
amqp_frame_t next_frame(connection_t connection);

/* Starts a consumer; its tag, which lives as long as the program. */
const char *consume(connection_t connection, amqp_channel_t channel, const char *queue, bool no_ack);
struct message take(connection_t connection);
/* Gets a message from a queue; false if there is none. */
bool get(connection_t connection, amqp_channel_t channel, const char *queue, bool no_ack, struct message *message);
void release(struct message *message);
void ack(connection_t connection, const struct message *message);
/* Takes all that waits in a queue: texts, separated by spaces; it lives until the next call. */
const char *drain(connection_t connection, const char *queue);

amqp_table_entry_t entry_text(const char *key, const char *value);
amqp_table_entry_t entry_int(const char *key, int32_t value);
const amqp_field_value_t *find(const amqp_table_t *table, const char *key);

void restart_broker(void);

#endif
