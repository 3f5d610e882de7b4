using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Properties;

/// <summary>x-death over random ways of dying, and whatever a client wrote into it.</summary>
public sealed class DeathProperties
{
    [Fact]
    public void Deaths_are_counted_by_queue_and_reason_with_the_last_one_in_front() =>
        Gen.Select(Gen.Int[0, 2], Gen.OneOfConst("rejected", "expired", "maxlen")).Array[1, 8].Sample(
            deaths =>
            {
                using var broker = new TestBroker();
                TestChannel channel = broker.Connect().OpenChannel();
                channel.DeclareQueue("dead");
                for (int i = 0; i < 3; i++)
                {
                    channel.DeclareQueue($"rejected{i}", arguments: Fields.Table("x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
                    channel.DeclareQueue($"expired{i}", arguments: Fields.Table("x-message-ttl=I:0 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
                    channel.DeclareQueue($"maxlen{i}", arguments: Fields.Table("x-max-length=I:0 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
                }

                FieldTable headers = FieldTable.Empty;
                var counts = new Dictionary<(string, string), long>();
                foreach ((int number, string reason) in deaths)
                {
                    string queue = $"{reason}{number}";
                    channel.Publish(queue, "m", properties: p => p.SetHeaders(headers));
                    if (reason == "rejected")
                    {
                        channel.Reject(channel.Take(queue), requeue: false);
                    }

                    headers = channel.Get("dead", noAck: true).Headers;
                    counts[(queue, reason)] = counts.GetValueOrDefault((queue, reason)) + 1;
                    Assert.True(headers.TryGetValue(TestChannel.Name("x-death"), out FieldValue value));
                    FieldTable[] entries = [.. value.AsArray().Select(e => e.AsTable())];
                    Assert.Equal((queue, reason), Key(entries[0]));
                    Assert.Equal(counts, entries.ToDictionary(Key, e => Number(e, "count")));
                    Assert.Equal($"{deaths[0].Item2}{deaths[0].Item1}", Text(headers, "x-first-death-queue"));
                    Assert.Equal(queue, Text(headers, "x-last-death-queue"));
                }
            },
            iter: 60);

    private static (string, string) Key(FieldTable death) => (Text(death, "queue"), Text(death, "reason"));

    private static string Text(FieldTable table, string name) =>
        table.TryGetValue(TestChannel.Name(name), out FieldValue value) ? value.AsString() : "";

    private static long Number(FieldTable table, string name) =>
        table.TryGetValue(TestChannel.Name(name), out FieldValue value) ? value.AsInt64() : 0;
}
