using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;

namespace AmqpBroker.Interop.DotNet6;

public sealed class RpcTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    private const string DirectReplyTo = "amq.rabbitmq.reply-to";

    [Fact(Timeout = TimeoutMs)]
    public async Task rpc_direct_reply_to()
    {
        string requests = DeclareQueue("rpc");
        using IConnection serverConnection = Factory().CreateConnection();
        using IModel server = serverConnection.CreateModel();
        EventingBasicConsumer service = new(server);
        service.Received += (_, request) =>
        {
            int number = int.Parse(System.Text.Encoding.UTF8.GetString(request.Body.Span));
            IBasicProperties answer = server.CreateBasicProperties();
            answer.CorrelationId = request.BasicProperties.CorrelationId;
            server.BasicPublish("", request.BasicProperties.ReplyTo, mandatory: false, answer, Bytes($"{number * number}"));
            server.BasicAck(request.DeliveryTag, multiple: false);
        };
        server.BasicConsume(requests, autoAck: false, service);

        Inbox replies = Inbox.Consume(Channel, DirectReplyTo, autoAck: true);
        for (int i = 1; i <= 10; i++)
        {
            Publish("", requests, $"{i}", Properties(call =>
            {
                call.ReplyTo = DirectReplyTo;
                call.CorrelationId = $"call-{i}";
            }));
            Delivery reply = await replies.TakeAsync();
            Assert.Equal(($"{i * i}", $"call-{i}"), (reply.Text, reply.Properties.CorrelationId));
            Assert.StartsWith($"{DirectReplyTo}.", reply.RoutingKey, StringComparison.Ordinal);
        }
    }
}
