using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Tests.Harness;
using Xunit;

namespace AmqpBroker.Core.Tests.VirtualHosts;

public sealed class FaultTests
{
    [Fact]
    public void After_a_fault_of_its_own_a_virtual_host_stores_and_promises_nothing_more()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        channel.SelectConfirms();
        long end = broker.Journal.NextPosition;

        broker.Runtime.Post(new BrokenWork());
        Assert.Equal("broken on purpose", broker.ExpectFault().Message);
        channel.Publish("q", "too late", persistent: true);

        channel.Client.ExpectNothing();
        Assert.Equal(end, broker.Journal.NextPosition);
    }

    private sealed class BrokenWork : LaneWork
    {
        public override void Execute() => throw new InvalidOperationException("broken on purpose");
    }
}
