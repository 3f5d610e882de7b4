using System.Text;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class ReplyToTests : IDisposable
{
    private const string Pseudo = "amq.rabbitmq.reply-to";

    private readonly TestBroker _broker = new();
    private readonly TestChannel _client;
    private readonly TestChannel _server;

    public ReplyToTests()
    {
        _client = _broker.Connect().OpenChannel();
        _server = _broker.Connect().OpenChannel();
        _server.DeclareQueue("requests");
    }

    [Fact]
    public void A_reply_goes_straight_to_the_channel_that_asked()
    {
        _client.Consume(Pseudo, "replies", noAck: true);
        string name = Ask();
        Assert.StartsWith(Pseudo + ".", name, StringComparison.Ordinal);
        _server.SelectConfirms();
        _server.Publish(name, "answer", mandatory: true);
        _server.Client.Expect<BasicAck>();
        Delivery reply = _client.Client.ExpectDelivery();
        Assert.Equal(("answer", "replies", "", name), (reply.Text, reply.ConsumerTag, reply.Exchange, reply.RoutingKey));
    }

    [Fact]
    public void The_name_is_random_and_as_long_as_a_UUID_and_another_each_time()
    {
        var names = new HashSet<string>();
        for (int i = 0; i < 100; i++)
        {
            _client.Consume(Pseudo, "replies", noAck: true);
            string name = Ask();
            Assert.Equal(16, Convert.FromHexString(name[(Pseudo.Length + 1)..]).Length);
            Assert.True(names.Add(name));
            _client.Cancel("replies");
        }
    }

    [Fact]
    public void A_reply_to_somebody_gone_is_unroutable_and_its_name_is_no_queue()
    {
        _client.Consume(Pseudo, noAck: true);
        string name = Ask();
        Assert.Equal((0u, 1u), (_server.DeclareQueue(name).MessageCount, _server.Passive(name).ConsumerCount));
        _client.Close();
        _server.Publish(name, "late", mandatory: true);
        _server.Client.Expect<BasicReturn>();
        _server.Publish(name, "late");
        _server.Client.ExpectNothing();
        Assert.False(_server.HasQueue(name));
    }

    [Fact]
    public void After_a_cancel_the_client_may_consume_replies_again()
    {
        _client.Cancel(_client.Consume(Pseudo, noAck: true));
        _client.Consume(Pseudo, noAck: true);
        Ask();
    }

    [Fact]
    public void Replies_cannot_be_acknowledged()
    {
        _client.Send(new BasicConsume(TestChannel.Name(Pseudo), TestChannel.Name(""), false, NoAck: false, false, false, FieldTable.Empty));
        _client.ExpectClosed(ReplyCode.PreconditionFailed, "reply consumer cannot acknowledge");
    }

    [Fact]
    public void A_channel_has_one_reply_consumer()
    {
        _client.Consume(Pseudo, noAck: true);
        _client.Send(new BasicConsume(TestChannel.Name(Pseudo), TestChannel.Name(""), false, NoAck: true, false, false, FieldTable.Empty));
        _client.ExpectClosed(ReplyCode.PreconditionFailed, "reply consumer already set");
    }

    [Fact]
    public void Asking_without_a_reply_consumer_is_refused()
    {
        _client.Publish("requests", "m", properties: p => p.SetReplyTo(TestChannel.Name(Pseudo)));
        _client.ExpectClosed(ReplyCode.PreconditionFailed, "fast reply consumer does not exist");
    }

    [Fact]
    public void The_name_cannot_be_bound()
    {
        _client.Consume(Pseudo, noAck: true);
        string name = Ask();
        _server.Send(new QueueBind(TestChannel.Name(name), TestChannel.Name("amq.fanout"), TestChannel.Name(""), false, FieldTable.Empty));
        _server.ExpectClosed(ReplyCode.NotFound, $"no queue '{name}' in vhost '/'");
    }

    [Fact]
    public void A_name_that_was_looked_for_is_the_queue_last_declared()
    {
        _client.Consume(Pseudo, noAck: true);
        string name = Ask();
        _server.Passive(name);
        _server.Send(new QueueBind(TestChannel.Name(""), TestChannel.Name("amq.fanout"), TestChannel.Name(""), false, FieldTable.Empty));
        _server.ExpectClosed(ReplyCode.NotFound, $"no queue '{name}' in vhost '/'");
    }

    private string Ask()
    {
        _client.Publish("requests", "question", properties: p => p.SetReplyTo(TestChannel.Name(Pseudo)));
        return Encoding.UTF8.GetString(BasicProperties.Scan(_server.Get("requests", noAck: true).Properties).ReplyTo);
    }

    public void Dispose() => _broker.Dispose();
}
