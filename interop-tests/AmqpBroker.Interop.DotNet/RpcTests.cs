using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;

namespace AmqpBroker.Interop.DotNet;

public sealed class RpcTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    private const string DirectReplyTo = "amq.rabbitmq.reply-to";

    [Fact(Timeout = TimeoutMs)]
    public async Task rpc_direct_reply_to()
    {
        string requests = await DeclareQueueAsync("rpc");
        await using IConnection serverConnection = await Factory().CreateConnectionAsync();
        await using IChannel server = await serverConnection.CreateChannelAsync();
        AsyncEventingBasicConsumer service = new(server);
        service.ReceivedAsync += async (_, request) =>
        {
            int number = int.Parse(System.Text.Encoding.UTF8.GetString(request.Body.Span));
            BasicProperties answer = new() { CorrelationId = request.BasicProperties.CorrelationId };
            await server.BasicPublishAsync("", request.BasicProperties.ReplyTo!, mandatory: false, answer, Bytes($"{number * number}"));
            await server.BasicAckAsync(request.DeliveryTag, multiple: false);
        };
        await server.BasicConsumeAsync(requests, autoAck: false, service);

        Inbox replies = await Inbox.ConsumeAsync(Channel, DirectReplyTo, autoAck: true);
        for (int i = 1; i <= 10; i++)
        {
            BasicProperties call = new() { ReplyTo = DirectReplyTo, CorrelationId = $"call-{i}" };
            await PublishAsync("", requests, $"{i}", call);
            Delivery reply = await replies.TakeAsync();
            Assert.Equal(($"{i * i}", $"call-{i}"), (reply.Text, reply.Properties.CorrelationId));
            Assert.StartsWith($"{DirectReplyTo}.", reply.RoutingKey, StringComparison.Ordinal);
        }
    }
}
