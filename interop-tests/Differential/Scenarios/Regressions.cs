using AmqpBroker.Differential.Duels;
using AmqpBroker.Differential.Wire;
using static AmqpBroker.Differential.Duels.Steps;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Random scripts that once showed a difference, shrunk.</summary>
internal static class Regressions
{
    public static IEnumerable<(string, IReadOnlyList<Step>)> script()
    {
        yield return ("requeue_and_get", [Declare(1, "q"), Publish(1, "", "q", "m0"), Get(1, "q"), Nack(1, 0), Get(2, "q"), CloseAll(), Drain("q")]);
        yield return ("bad_binding_of_a_locked_queue",
        [
            DeclareExchange(1, "headers", "headers"),
            Declare(1, "t", exclusive: true, args: [("x-message-ttl", 30)]),
            Bind(3, "t", "headers", "#.#", args: [("x-match", "some")]),
        ]);
        yield return ("exclusive_queue_gives_up_what_is_over_its_limit",
        [
            Declare(1, "q", autoDelete: true, args: [("x-max-length-bytes", 8)]),
            Declare(1, "r", exclusive: true, args: [("x-max-length", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")]),
            Consume(2, "r", "c3", args: [("x-priority", 2L)]),
            Publish(1, "", "r", "m0", props: new Props { Headers = [("x-match", "some")] }),
            CloseConnection(1),
            Drain("q"),
        ]);
        yield return ("a_limit_for_consumers_lifts_the_channels",
        [
            Declare(1, "s"),
            Burst(4, "", "s", "m9", 5),
            Qos(3, 3, global: true),
            Consume(3, "s", "c2", args: [("x-priority", -1)]),
            Qos(3, 3),
        ]);
        yield return ("a_transaction_of_which_a_queue_refuses_a_publish",
        [
            Declare(1, "s", durable: true, args: [("x-max-length", 0), ("x-overflow", "reject-publish")]),
            Declare(1, "q"),
            TxSelect(3),
            Publish(3, "", "q", "m4"),
            Publish(3, "", "s", "m5", props: new Props { DeliveryMode = 2 }),
            Publish(3, "", "q", "m6"),
            Commit(3),
            Drain("q"),
        ]);
        yield return ("full_quorum_queue_offers_what_came_back",
        [
            Declare(1, "q", durable: true, args: [("x-queue-type", "quorum"), ("x-delivery-limit", 100), ("x-max-length", 3)]),
            ConsumeOneByOne(1, "q", "one"),
            Burst(4, "", "q", "m11", 4),
            Nack(1, 0),
        ]);
    }
}
