using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using Xunit;

namespace AmqpBroker.Interop.DotNet;

public sealed class WorkQueueTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    private const int Messages = 100;
    private const int Workers = 3;

    [Theory(Timeout = TimeoutMs)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task work_queue(ushort prefetch)
    {
        string queue = await DeclareQueueAsync("work");
        for (int i = 0; i < Messages; i++)
        {
            await PublishAsync("", queue, $"task {i:D3}", new BasicProperties { Persistent = true });
        }

        Inbox inbox = new();
        Dictionary<string, int> acknowledged = [];
        for (int i = 0; i < Workers; i++)
        {
            IChannel channel = await Connection.CreateChannelAsync();
            await channel.BasicQosAsync(prefetchSize: 0, prefetch, global: false);
            acknowledged.Add(await inbox.AddConsumerAsync(channel, queue, autoAck: false), 0);
        }

        // While nobody acknowledges, every worker gets its prefetch and then no more.
        Queue<Delivery> held = new();
        while (held.Count < Workers * prefetch)
        {
            held.Enqueue(await inbox.TakeAsync());
        }

        Assert.Equal((uint)(Messages - (Workers * prefetch)), await ReadyAsync(queue));
        Assert.All(acknowledged.Keys, tag => Assert.Equal(prefetch, inbox.ReceivedBy(tag)));

        // Then each acknowledgement brings one message more, to whom it freed, until there are none.
        List<string> done = [];
        while (held.TryDequeue(out Delivery? delivery))
        {
            acknowledged[delivery.ConsumerTag]++;
            await delivery.AckAsync();
            done.Add(delivery.Text);
            if (done.Count + held.Count < Messages)
            {
                held.Enqueue(await inbox.TakeAsync());
            }

            Assert.All(acknowledged, worker => Assert.InRange(inbox.ReceivedBy(worker.Key) - worker.Value, 0, prefetch));
        }

        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"task {i:D3}"), done.Order());
        await Connection.CloseAsync();
        await using IConnection later = await Factory().CreateConnectionAsync();
        await using IChannel check = await later.CreateChannelAsync();
        Assert.Equal(0u, (await check.QueueDeclarePassiveAsync(queue)).MessageCount);
    }

    private async Task<uint> ReadyAsync(string queue) => (await Channel.QueueDeclarePassiveAsync(queue)).MessageCount;
}
