/* librabbitmq: runs the scenario that the command line names and prints the verdict. */
#include "session.h"

#include <stdio.h>
#include <string.h>

void work_queue(connection_t);
void rpc_direct_reply_to(connection_t);
void dead_letter_retry(connection_t);
void consumer_cancel_notification(connection_t);
void publish_subscribe(connection_t);
void routing(connection_t);
void topics(connection_t);
void headers(connection_t);
void confirms(connection_t);
void returns(connection_t);
void transactions(connection_t);
void large_bodies(connection_t);
void properties_and_headers(connection_t);
void reconnect_after_restart(connection_t);
void channel_errors(connection_t);
void many_channels(connection_t);

static const struct {
    const char *name;
    void (*run)(connection_t);
} SCENARIOS[] = {
    {"work_queue", work_queue},
    {"rpc_direct_reply_to", rpc_direct_reply_to},
    {"dead_letter_retry", dead_letter_retry},
    {"consumer_cancel_notification", consumer_cancel_notification},
    {"publish_subscribe", publish_subscribe},
    {"routing", routing},
    {"topics", topics},
    {"headers", headers},
    {"confirms", confirms},
    {"returns", returns},
    {"transactions", transactions},
    {"large_bodies", large_bodies},
    {"properties_and_headers", properties_and_headers},
    {"reconnect_after_restart", reconnect_after_restart},
    {"channel_errors", channel_errors},
    {"many_channels", many_channels},
};

int main(int count, char **arguments) {
    for (size_t i = 0; count == 2 && i < sizeof SCENARIOS / sizeof SCENARIOS[0]; i++) {
        if (strcmp(SCENARIOS[i].name, arguments[1]) == 0) {
            connection_t connection = connect_to_broker();
            SCENARIOS[i].run(connection);
            printf("PASS\n");
            return 0;
        }
    }
    fail("no scenario of that name");
}
