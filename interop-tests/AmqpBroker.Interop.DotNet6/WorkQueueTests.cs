using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using Xunit;

namespace AmqpBroker.Interop.DotNet6;

public sealed class WorkQueueTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    private const int Messages = 100;
    private const int Workers = 3;

    [Theory(Timeout = TimeoutMs)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task work_queue(ushort prefetch)
    {
        string queue = DeclareQueue("work");
        for (int i = 0; i < Messages; i++)
        {
            Publish("", queue, $"task {i:D3}", Persistent());
        }

        Inbox inbox = new();
        Dictionary<string, int> acknowledged = [];
        for (int i = 0; i < Workers; i++)
        {
            IModel channel = Connection.CreateModel();
            channel.BasicQos(prefetchSize: 0, prefetch, global: false);
            acknowledged.Add(inbox.AddConsumer(channel, queue, autoAck: false), 0);
        }

        // While nobody acknowledges, every worker gets its prefetch and then no more.
        Queue<Delivery> held = new();
        while (held.Count < Workers * prefetch)
        {
            held.Enqueue(await inbox.TakeAsync());
        }

        Assert.Equal((uint)(Messages - (Workers * prefetch)), Ready(queue));
        Assert.All(acknowledged.Keys, tag => Assert.Equal(prefetch, inbox.ReceivedBy(tag)));

        // Then each acknowledgement brings one message more, to whom it freed, until there are none.
        List<string> done = [];
        while (held.TryDequeue(out Delivery? delivery))
        {
            acknowledged[delivery.ConsumerTag]++;
            delivery.Ack();
            done.Add(delivery.Text);
            if (done.Count + held.Count < Messages)
            {
                held.Enqueue(await inbox.TakeAsync());
            }

            Assert.All(acknowledged, worker => Assert.InRange(inbox.ReceivedBy(worker.Key) - worker.Value, 0, prefetch));
        }

        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"task {i:D3}"), done.Order());
        Connection.Close();
        using IConnection later = Factory().CreateConnection();
        using IModel check = later.CreateModel();
        Assert.Equal(0u, check.QueueDeclarePassive(queue).MessageCount);
    }
}
