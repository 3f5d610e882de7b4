using System.Text;
using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using Xunit;

namespace AmqpBroker.Interop.DotNet6;

public sealed class DeadLetterTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    /// <summary>The usual retry loop: rejected messages wait in a queue without consumers until their TTL brings them back.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task dead_letter_retry()
    {
        const int Attempts = 3;
        string retries = Unique("retry-exchange");
        Channel.ExchangeDeclare(retries, ExchangeType.Direct, durable: true);
        string parking = DeclareQueue("parking");
        string work = DeclareQueue("work", new()
        {
            ["x-dead-letter-exchange"] = retries,
            ["x-dead-letter-routing-key"] = "wait",
        });
        string waiting = DeclareQueue("waiting", new()
        {
            ["x-message-ttl"] = 100,
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = work,
        });
        Channel.QueueBind(waiting, retries, "wait");

        Publish("", work, "poison", Properties(message =>
        {
            message.Persistent = true;
            message.MessageId = "m1";
        }));
        Inbox inbox = Inbox.Consume(Channel, work, autoAck: false);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Delivery delivery = await inbox.TakeAsync();
            Assert.Equal(("poison", "m1"), (delivery.Text, delivery.Properties.MessageId));
            Assert.False(delivery.Redelivered);
            Assert.Equal(attempt, DeathCount(delivery, work, "rejected"));
            Assert.Equal(attempt, DeathCount(delivery, waiting, "expired"));
            Channel.BasicReject(delivery.Tag, requeue: false);
        }

        Delivery last = await inbox.TakeAsync();
        Assert.Equal(Attempts, DeathCount(last, work, "rejected"));
        Assert.Equal("expired", Text(Deaths(last)[0]["reason"]));
        Assert.Equal(work, Text(last.Properties.Headers!["x-first-death-queue"]));
        Assert.Equal("rejected", Text(last.Properties.Headers["x-first-death-reason"]));
        Assert.Equal("", Text(last.Properties.Headers["x-first-death-exchange"]));
        Publish("", parking, last.Text, last.Properties);
        last.Ack();

        Delivery parked = await Inbox.Consume(Channel, parking, autoAck: true).TakeAsync();
        Assert.Equal("poison", parked.Text);
        Assert.Equal(Attempts, DeathCount(parked, work, "rejected"));
    }

    private static long DeathCount(Delivery delivery, string queue, string reason) =>
        Deaths(delivery)
            .Where(death => Text(death["queue"]) == queue && Text(death["reason"]) == reason)
            .Sum(death => (long)death["count"]!);

    private static List<IDictionary<string, object>> Deaths(Delivery delivery) =>
        delivery.Properties.Headers?.TryGetValue("x-death", out object? deaths) is true
            ? [.. ((List<object>)deaths!).Cast<IDictionary<string, object>>()]
            : [];

    private static string Text(object value) => Encoding.UTF8.GetString((byte[])value!);
}
