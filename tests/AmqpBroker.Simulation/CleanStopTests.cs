using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Simulation;

/// <summary>A broker that was stopped in order knows more than one that crashed.</summary>
public sealed class CleanStopTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Messages_that_were_out_are_marked_redelivered_after_a_crash_and_not_after_a_stop(bool stop)
    {
        var broker = new TestBroker(new DiskStore(1), new ManualClock());
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(new QueueDeclare(TestChannel.Name("q"), false, Durable: true, false, false, false, FieldTable.Empty));
        broker.Sync();
        channel.Client.Expect<QueueDeclareOk>();
        foreach (string body in new[] { "returned", "out", "new" })
        {
            channel.Publish("q", body, persistent: true);
        }

        ulong returned = channel.Take("q");
        channel.Take("q");
        channel.Nack(returned);
        broker.Sync();
        string hash = DurableState.Hash(broker.Host);

        TestBroker again = stop ? broker.StopAndStart() : broker.Restart();
        Assert.Equal(hash, DurableState.Hash(again.Host));
        channel = again.Connect().OpenChannel();
        Assert.Equal(
            ["returned True", $"out {!stop}", "new False"],
            Enumerable.Range(0, 3).Select(_ => channel.Get("q", noAck: true)).Select(m => $"{m.Text} {((BasicGetOk)m.Method).Redelivered}"));
        again.Dispose();
        if (!stop)
        {
            broker.Dispose();
        }
    }
}
