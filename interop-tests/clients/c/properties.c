/* The scenario about what a message carries besides its body. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#define VALUE(the_kind, ...) {.kind = AMQP_FIELD_KIND_##the_kind, .value = {__VA_ARGS__}}

static amqp_bytes_t encoded(amqp_table_t *table) {
    amqp_bytes_t buffer = {4096, malloc(4096)};
    size_t used = 0;
    int status = buffer.bytes == NULL ? AMQP_STATUS_NO_MEMORY : amqp_encode_table(buffer, table, &used);
    CHECK(status == AMQP_STATUS_OK, "encoding headers: %s", amqp_error_string2(status));
    buffer.len = used;
    return buffer;
}

#define CHECK_TEXT(field) CHECK(equals(got->field, sent.field.bytes), #field " came back changed")

void properties_and_headers(connection_t connection) {
    /* Every type of header value that the library can send. */
    amqp_table_entry_t deep[] = {entry_int("deep", 1)};
    amqp_field_value_t elements[] = {
        VALUE(I32, .i32 = 1), VALUE(I64, .i64 = 2), VALUE(VOID, .boolean = 0), VALUE(TABLE, .table = {1, deep}),
        VALUE(ARRAY, .array = {0, NULL})};
    amqp_table_entry_t entries[] = {
        entry_text("text", "h\xc3\xa4"
                           "der"),
        entry_text("empty text", ""),
        {bytes("bytes"), VALUE(BYTES, .bytes = {3, "\0\1\xff"})},
        {bytes("true"), VALUE(BOOLEAN, .boolean = true)},
        {bytes("false"), VALUE(BOOLEAN, .boolean = false)},
        {bytes("i8"), VALUE(I8, .i8 = INT8_MIN)},
        {bytes("u8"), VALUE(U8, .u8 = UINT8_MAX)},
        {bytes("i16"), VALUE(I16, .i16 = INT16_MIN)},
        {bytes("u16"), VALUE(U16, .u16 = UINT16_MAX)},
        {bytes("i32"), VALUE(I32, .i32 = INT32_MIN)},
        {bytes("u32"), VALUE(U32, .u32 = UINT32_MAX)},
        {bytes("i64"), VALUE(I64, .i64 = INT64_MIN)},
        {bytes("u64"), VALUE(U64, .u64 = UINT64_MAX)},
        {bytes("f32"), VALUE(F32, .f32 = 1.5f)},
        {bytes("f64"), VALUE(F64, .f64 = 3.25)},
        {bytes("decimal"), VALUE(DECIMAL, .decimal = {2, 12345})},
        {bytes("timestamp"), VALUE(TIMESTAMP, .u64 = 1700000000)},
        {bytes("void"), VALUE(VOID, .boolean = 0)},
        {bytes("table"), VALUE(TABLE, .table = {1, deep})},
        {bytes("empty table"), VALUE(TABLE, .table = {0, NULL})},
        {bytes("array"), VALUE(ARRAY, .array = {5, elements})},
    };
    amqp_basic_properties_t sent = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_CONTENT_ENCODING_FLAG | AMQP_BASIC_HEADERS_FLAG |
                  AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_PRIORITY_FLAG | AMQP_BASIC_CORRELATION_ID_FLAG |
                  AMQP_BASIC_REPLY_TO_FLAG | AMQP_BASIC_EXPIRATION_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_USER_ID_FLAG | AMQP_BASIC_APP_ID_FLAG |
                  AMQP_BASIC_CLUSTER_ID_FLAG,
        .content_type = bytes("text/plain"),
        .content_encoding = bytes("utf-8"),
        .headers = {sizeof entries / sizeof entries[0], entries},
        .delivery_mode = 2,
        .priority = 7,
        .correlation_id = bytes("correlation"),
        .reply_to = bytes("reply.queue"),
        .expiration = bytes("3600000"),
        .message_id = bytes("message"),
        .timestamp = 1700000001,
        .type = bytes("type"),
        .user_id = bytes(getenv("AMQP_USER")),
        .app_id = bytes("app"),
        .cluster_id = bytes("cluster"),
    };
    const char *queue = durable_queue(connection, "properties", amqp_empty_table);
    publish(connection, 1, "", queue, true, &sent, bytes("body"));
    publish(connection, 1, "", queue, true, NULL, bytes("none"));
    consume(connection, 1, queue, true);

    struct message message = take(connection);
    amqp_basic_properties_t *got = &message.content.properties;
    CHECK(got->_flags == sent._flags, "other properties are present: %x", got->_flags);
    CHECK_TEXT(content_type);
    CHECK_TEXT(content_encoding);
    CHECK_TEXT(correlation_id);
    CHECK_TEXT(reply_to);
    CHECK_TEXT(expiration);
    CHECK_TEXT(message_id);
    CHECK_TEXT(type);
    CHECK_TEXT(user_id);
    CHECK_TEXT(app_id);
    CHECK_TEXT(cluster_id);
    CHECK(got->delivery_mode == 2 && got->priority == 7 && got->timestamp == 1700000001, "a number came back changed");
    /* Order and types are kept, so the bytes are the same. */
    amqp_bytes_t before = encoded(&sent.headers);
    amqp_bytes_t after = encoded(&got->headers);
    CHECK(before.len == after.len && memcmp(before.bytes, after.bytes, before.len) == 0, "headers came back changed");
    release(&message);

    message = take(connection);
    CHECK(message.content.properties._flags == 0, "absent properties are present: %x", message.content.properties._flags);
    release(&message);
}
