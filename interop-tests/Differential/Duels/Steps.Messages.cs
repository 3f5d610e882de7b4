using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Duels;

/// <content>Words about messages.</content>
internal static partial class Steps
{
    /// <summary>Publishes; on a channel that confirms, waits for the confirm.</summary>
    public static Step Publish(
        int ch, string exchange, string key, string body, bool mandatory = false, bool immediate = false, string[]? cc = null, string[]? bcc = null,
        Props? props = null) =>
        new(
            $"{new Code(nameof(Publish), ch, exchange, key, body).With("mandatory", mandatory).With("immediate", immediate).With("cc", cc).With("bcc", bcc).With("props", props)}",
            stage =>
            {
                Props sent = props ?? new Props();
                (string, object?)[] copies = [.. Copies("CC", cc), .. Copies("BCC", bcc)];
                if (copies.Length > 0)
                {
                    // A header given twice is treated otherwise (Publishing.bcc_given_twice).
                    sent = sent with { Headers = [.. (sent.Headers ?? []).ExceptBy(copies.Select(c => c.Item1), h => h.Item1), .. copies] };
                }

                Ch channel = stage.Channel(ch).Ch;
                channel.Publish(exchange, key, body, sent, mandatory, immediate);
                channel.AwaitConfirms();

                IEnumerable<(string, object?)> Copies(string header, string[]? keys) =>
                    keys is null ? [] : [(header, keys.Select(k => (object?)(exchange.Length == 0 ? stage[k] : k)).ToArray())];
            });

    /// <summary>Publishes several messages in a row, waiting for confirms only after the last.</summary>
    public static Step Burst(int ch, string exchange, string key, string body, int count) =>
        new(
            $"{new Code(nameof(Burst), ch, exchange, key, body, count)}",
            stage =>
            {
                Ch channel = stage.Channel(ch).Ch;
                for (int i = 0; i < count && !channel.IsClosed; i++)
                {
                    channel.Publish(exchange, key, $"{body}.{i}");
                }

                channel.AwaitConfirms();
            });

    public static Step Get(int ch, string queue, bool noAck = false) =>
        new(
            $"{new Code(nameof(Get), ch, queue).With("noAck", noAck)}",
            stage =>
            {
                Actor actor = stage.Channel(ch);
                if (actor.Ch.Get(queue, noAck) is { } got)
                {
                    stage.NoteReplyName(got);
                    if (!noAck)
                    {
                        actor.NoteGot(got, stage.StepNumber);
                    }
                }
            });

    /// <summary>Consumes; does nothing if the channel has a consumer of this tag, unless <paramref name="again"/> asks for that fault.</summary>
    public static Step Consume(
        int ch, string queue, string tag, bool noAck = false, bool exclusive = false, bool noWait = false, bool again = false, (string, object?)[]? args = null) =>
        new(
            $"{new Code(nameof(Consume), ch, queue, tag).With("noAck", noAck).With("exclusive", exclusive).With("noWait", noWait).With("again", again).With("args", args)}",
            stage =>
            {
                Actor actor = stage.Channel(ch);
                if (again || !actor.HasConsumer(tag))
                {
                    actor.NoteConsumer(tag, noAck);
                    actor.Ch.Consume(queue, tag, noAck, exclusive, noWait: noWait, args: args);
                }
            });

    /// <summary>
    /// Cancels. Among several commands at once only a consumer that there is: RabbitMQ's channel answers for one that there is
    /// none of, and may be before the queue that the consumer was cancelled at.
    /// </summary>
    public static Step Cancel(int ch, string tag) =>
        new(
            $"{new Code(nameof(Cancel), ch, tag)}",
            stage =>
            {
                Actor actor = stage.Channel(ch);
                if (!actor.Ch.Peer.IsHolding || actor.HasConsumer(tag))
                {
                    actor.Cancel(tag);
                }
            });

    public static Step Qos(int ch, int count, bool global = false) =>
        new($"{new Code(nameof(Qos), ch, count).With("global", global)}", stage => stage.Channel(ch).Ch.Qos((ushort)count, global));

    /// <summary>Acknowledges one of the unacknowledged messages, by number, or all that came up to the step it came in.</summary>
    public static Step Ack(int ch, int number, bool multiple = false) =>
        new(
            $"{new Code(nameof(Ack), ch, number).With("multiple", multiple)}",
            stage => Settle(stage, ch, number, multiple, (channel, tag) => channel.Ack(tag, multiple)));

    public static Step Nack(int ch, int number, bool multiple = false, bool drop = false) =>
        new(
            $"{new Code(nameof(Nack), ch, number).With("multiple", multiple).With("drop", drop)}",
            stage =>
            {
                bool all = multiple && !stage.Channel(ch).HoldsOfSeveral;
                Settle(stage, ch, number, all, (channel, tag) => channel.Nack(tag, all, requeue: !drop));
            });

    public static Step Reject(int ch, int number, bool drop = false) =>
        new(
            $"{new Code(nameof(Reject), ch, number).With("drop", drop)}",
            stage => Settle(stage, ch, number, multiple: false, (channel, tag) => channel.Reject(tag, requeue: !drop)));

    /// <summary>Acknowledges by delivery tag, whether it is known or not; 0 with multiple means all.</summary>
    public static Step AckTag(int ch, ulong tag, bool multiple = false) =>
        new(
            $"{new Code(nameof(AckTag), ch, tag).With("multiple", multiple)}",
            stage =>
            {
                Actor actor = stage.Channel(ch);
                actor.Ch.Ack(tag, multiple);
                if (multiple)
                {
                    actor.ForgetUnacked();
                }
            });

    public static Step Recover(int ch, bool requeue = true) =>
        new(
            requeue ? $"{new Code(nameof(Recover), ch)}" : $"Recover({ch}, requeue: false)",
            stage =>
            {
                Actor actor = stage.Channel(ch);
                if (!actor.HoldsOfSeveral)
                {
                    actor.Ch.Recover(requeue);
                    actor.ForgetUnacked();
                }
            });

    public static Step Confirm(int ch) => new($"{new Code(nameof(Confirm), ch)}", stage => stage.Channel(ch).Ch.Confirm());

    public static Step TxSelect(int ch) => new($"{new Code(nameof(TxSelect), ch)}", stage => stage.Channel(ch).Ch.TxSelect());

    public static Step Commit(int ch) => new($"{new Code(nameof(Commit), ch)}", stage => stage.Channel(ch).Ch.Commit());

    public static Step Rollback(int ch) => new($"{new Code(nameof(Rollback), ch)}", stage => stage.Channel(ch).Ch.Rollback());

    private static void Settle(Stage stage, int ch, int number, bool multiple, Action<Ch, ulong> settle)
    {
        Actor actor = stage.Channel(ch);
        if ((multiple ? actor.TakeTagsUpTo(number) : actor.TakeTag(number)) is { } tag)
        {
            settle(actor.Ch, tag);
        }
    }
}
