using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using Xunit;

namespace AmqpBroker.Core.Tests.Policies;

/// <summary>Policies in the journal and in checkpoints.</summary>
public sealed class PolicyRestartTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Policies_and_what_they_say_survive(bool checkpoint)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        channel.DeclareExchange("x", "direct", durable: true);
        await broker.PutAsync("gone", "^q$", ("max-length", 1L));
        await broker.PutAsync(new PolicyRequest(
            PolicyKind.User, "ü", "^(q|x)$", Policing.Definition(("max-length", 2L), ("alternate-exchange", "amq.fanout"), ("ha-mode", "nodes"), ("ha-params", new object?[] { "a" })))
        {
            Priority = 1.5,
            ApplyTo = "all",
        });
        await broker.PutOperatorAsync("o", "^q$", ("message-ttl", 1000L));
        await broker.DeleteAsync("gone");
        if (checkpoint)
        {
            for (int i = 0; i < 10; i++)
            {
                channel.Publish("q", new string('x', 2000), persistent: true);
            }

            channel.Purge("q");
        }

        string before = DurableState.Hash(broker.Host);
        Assert.Equal(before, broker.HashOfSecondCore());
        using TestBroker again = broker.Restart();
        Assert.Equal(before, DurableState.Hash(again.Host));
        channel = again.Connect().OpenChannel();
        channel.DeclareQueue("saved");
        channel.Bind("saved", "amq.fanout");
        channel.Publish("nowhere", "m", exchange: "x");
        Assert.Equal(1u, channel.Ready("saved"));
        for (int i = 0; i < 3; i++)
        {
            channel.Publish("q", "m", persistent: true);
        }

        Assert.Equal(2u, channel.Ready("q"));
        again.Advance(1001);
        Assert.Equal(0u, channel.Ready("q"));
        Assert.Equal("ü", again.Host.FindQueue(TestChannel.Name("q"))!.Policies.User!.Name);
    }

    [Fact]
    public async Task A_change_completes_when_it_is_durable()
    {
        using var broker = new TestBroker(stepped: true);
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q");
        Task<bool> put = broker.PutAsync("p", "^q$", ("max-length", 1L));
        Assert.Equal(1, broker.Host.FindQueue(TestChannel.Name("q"))!.Settings.MaxLength);
        Assert.False(put.IsCompleted);
        Task<bool> same = broker.PutAsync("p", "^q$", ("max-length", 1L));
        Assert.False(same.IsCompleted);
        broker.Sync();
        Assert.True(await put);
        Assert.False(await same);
        Task<bool> deleted = broker.DeleteAsync("p");
        Assert.False(deleted.IsCompleted);
        broker.Sync();
        Assert.True(await deleted);
    }

    [Fact]
    public async Task What_was_not_durable_is_not_there_after_a_crash()
    {
        using var broker = new TestBroker(stepped: true);
        Task<bool> put = broker.PutAsync("p", "", ("max-length", 1L));
        using TestBroker again = broker.Restart();
        Assert.False(put.IsCompleted);
        Assert.Equal(0, again.Host.Policies.Count);
        Assert.Empty(await again.Runtime.Policies.ListAsync(PolicyKind.User, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_over_a_limit_after_a_restart_is_dropped()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        await broker.PutAsync("p", "^q$", ("max-length", 2L));
        channel.Publish("q", "m0", persistent: true);
        channel.Publish("q", "m1", persistent: true);
        channel.Take("q");
        channel.Take("q");
        channel.Publish("q", "m2", persistent: true);
        using TestBroker again = broker.Restart();
        Assert.Equal(["m1", "m2"], again.Connect().OpenChannel().Drain("q"));
    }
}
