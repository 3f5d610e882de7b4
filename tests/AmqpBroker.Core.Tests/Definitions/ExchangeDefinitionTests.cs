using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Definitions;

public sealed class ExchangeDefinitionTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public ExchangeDefinitionTests() => _channel = _broker.Connect().OpenChannel();

    [Theory]
    [InlineData("amq.direct", "direct", false)]
    [InlineData("amq.fanout", "fanout", false)]
    [InlineData("amq.topic", "topic", false)]
    [InlineData("amq.headers", "headers", false)]
    [InlineData("amq.match", "headers", false)]
    [InlineData("amq.rabbitmq.trace", "topic", true)]
    public void Predeclared_exchanges_are_there_and_may_be_declared_alike(string name, string type, bool isInternal) =>
        _channel.DeclareExchange(name, type, durable: true, isInternal: isInternal);

    [Theory]
    [InlineData("fanout", false, false, false, "", "inequivalent arg 'type' for exchange 'x' in vhost '/': received 'fanout' but current is 'direct'")]
    [InlineData("direct", true, true, true, "", "inequivalent arg 'durable' for exchange 'x' in vhost '/': received 'true' but current is 'false'")]
    [InlineData("direct", false, true, true, "", "inequivalent arg 'auto_delete' for exchange 'x' in vhost '/': received 'true' but current is 'false'")]
    [InlineData("direct", false, false, true, "", "inequivalent arg 'internal' for exchange 'x' in vhost '/': received 'true' but current is 'false'")]
    [InlineData("direct", false, false, false, "alternate-exchange=S:b", "inequivalent arg 'alternate-exchange' for exchange 'x' in vhost '/': received 'b' but current is 'a'")]
    public void A_declare_that_differs_is_refused(string type, bool durable, bool autoDelete, bool isInternal, string arguments, string text)
    {
        _channel.DeclareExchange("x", "direct", arguments: Fields.Table("alternate-exchange=S:a other=I:1"));
        _channel.Send(new ExchangeDeclare(
            TestChannel.Name("x"), TestChannel.Name(type), false, durable, autoDelete, isInternal, false, Fields.Table(arguments)));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    [Fact]
    public void Other_arguments_than_the_alternate_exchange_do_not_take_part()
    {
        _channel.DeclareExchange("x", "direct", arguments: Fields.Table("other=I:1"));
        _channel.DeclareExchange("x", "direct", arguments: Fields.Table("other=I:2"));
    }

    [Fact]
    public void Passive_gives_404_for_an_unknown_name_and_ignores_the_rest_for_a_known_one()
    {
        _channel.DeclareExchange("x", "topic");
        Assert.True(_channel.HasExchange("x"));
        _channel.Send(new ExchangeDeclare(TestChannel.Name("y"), TestChannel.Name("topic"), Passive: true, false, false, false, false, FieldTable.Empty));
        ChannelClose close = _channel.ExpectClosed(ReplyCode.NotFound, "no exchange 'y' in vhost '/'");
        Assert.Equal((40, 10), (close.FailedClassId, close.FailedMethodId));
    }

    [Fact]
    public void A_reserved_name_is_refused()
    {
        _channel.Send(new ExchangeDeclare(TestChannel.Name("amq.mine"), TestChannel.Name("topic"), false, false, false, false, false, FieldTable.Empty));
        _channel.ExpectClosed(ReplyCode.AccessRefused, "exchange name 'amq.mine' contains reserved prefix 'amq.*'");
    }

    [Fact]
    public void An_unknown_type_closes_the_connection()
    {
        _channel.Send(new ExchangeDeclare(TestChannel.Name("x"), TestChannel.Name("x-foo"), false, false, false, false, false, FieldTable.Empty));
        _channel.Client.ExpectClosed(ReplyCode.CommandInvalid, "unknown exchange type 'x-foo'");
    }

    [Fact]
    public void The_default_exchange_is_refused_before_anything_else_is_looked_at()
    {
        ushort number = 10;
        void Refused<T>(T method)
            where T : struct, IMethod<T>
        {
            TestChannel channel = _channel.Client.OpenChannel(number++);
            channel.Send(method);
            channel.ExpectClosed(ReplyCode.AccessRefused, "operation not permitted on the default exchange");
        }

        ShortString none = TestChannel.Name("");
        ShortString missing = TestChannel.Name("missing");
        Refused(new ExchangeDeclare(none, TestChannel.Name("direct"), false, true, false, false, false, FieldTable.Empty));
        Refused(new ExchangeDelete(none, false, false));
        Refused(new QueueBind(missing, none, none, false, FieldTable.Empty));
        Refused(new QueueUnbind(missing, none, none, FieldTable.Empty));
        Refused(new ExchangeBind(missing, none, none, false, FieldTable.Empty));
        Refused(new ExchangeUnbind(none, missing, none, false, FieldTable.Empty));
    }

    [Fact]
    public void Delete_is_fine_for_what_is_not_there_refused_for_the_predeclared_and_for_a_used_one_on_demand()
    {
        _channel.DeleteExchange("missing");
        _channel.DeclareExchange("x", "fanout");
        _channel.DeclareQueue("q");
        _channel.Bind("q", "x");
        TestChannel second = _channel.Client.OpenChannel(2);
        second.Send(new ExchangeDelete(TestChannel.Name("x"), IfUnused: true, false));
        second.ExpectClosed(ReplyCode.PreconditionFailed, "exchange 'x' in vhost '/' in use");
        TestChannel third = _channel.Client.OpenChannel(3);
        third.Send(new ExchangeDelete(TestChannel.Name("amq.topic"), false, false));
        third.ExpectClosed(ReplyCode.AccessRefused, "deletion of system exchange 'amq.topic' in vhost '/' not allowed");
        _channel.Unbind("q", "x");
        _channel.DeleteExchange("x", ifUnused: true);
        Assert.False(_channel.HasExchange("x"));
    }

    [Theory]
    [InlineData("missing", "amq.fanout", "no queue 'missing' in vhost '/'")]
    [InlineData("q", "missing", "no exchange 'missing' in vhost '/'")]
    public void Binding_what_is_not_there_is_not_found(string queue, string exchange, string text)
    {
        _channel.DeclareQueue("q");
        _channel.Send(new QueueBind(TestChannel.Name(queue), TestChannel.Name(exchange), TestChannel.Name(""), false, FieldTable.Empty));
        _channel.ExpectClosed(ReplyCode.NotFound, text);
    }

    [Fact]
    public void Unbinding_what_is_not_bound_is_fine()
    {
        _channel.DeclareQueue("q");
        _channel.Unbind("q", "amq.fanout");
        _channel.Send(new ExchangeUnbind(TestChannel.Name("amq.topic"), TestChannel.Name("amq.fanout"), TestChannel.Name(""), false, FieldTable.Empty));
        _channel.Client.Expect<ExchangeUnbindOk>();
    }

    [Fact]
    public void An_auto_delete_exchange_goes_with_its_last_binding_through_whole_chains()
    {
        _channel.DeclareExchange("a", "fanout", autoDelete: true);
        _channel.DeclareExchange("b", "fanout", autoDelete: true);
        _channel.DeclareExchange("unbound", "fanout", autoDelete: true);
        _channel.DeclareQueue("q");
        _channel.BindExchange("b", "a");
        _channel.Bind("q", "b");
        _channel.DeleteQueue("q");
        Assert.False(_channel.HasExchange("b"));
        Assert.False(_channel.HasExchange("a"));
        Assert.True(_channel.HasExchange("unbound"));
    }

    [Fact]
    public void A_chain_of_auto_delete_exchanges_may_be_as_long_as_clients_make_it()
    {
        const int Length = 20_000;
        _channel.DeclareQueue("q");
        for (int i = 0; i < Length; i++)
        {
            _channel.DeclareExchange($"x{i}", "fanout", autoDelete: true);
            if (i == 0)
            {
                _channel.Bind("q", "x0");
            }
            else
            {
                _channel.BindExchange($"x{i - 1}", $"x{i}");
            }
        }

        _channel.DeleteQueue("q");
        Assert.False(_channel.HasExchange($"x{Length - 1}"));
    }

    [Fact]
    public void Publishing_to_an_internal_exchange_is_refused_but_bindings_lead_there()
    {
        _channel.DeclareExchange("in", "fanout", isInternal: true);
        _channel.DeclareQueue("q");
        _channel.Bind("q", "in");
        _channel.BindExchange("in", "amq.fanout");
        _channel.Publish("", "m", exchange: "amq.fanout");
        Assert.Equal(["m"], _channel.Drain("q"));
        _channel.Publish("", "m", exchange: "in");
        _channel.ExpectClosed(ReplyCode.AccessRefused, "cannot publish to internal exchange 'in' in vhost '/'");
    }

    public void Dispose() => _broker.Dispose();
}
