using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Arguments;

/// <summary>A queue declared again. Each text was given by RabbitMQ 3.10.8 for this row.</summary>
public class QueueEquivalenceTests
{
    private static readonly QueueDeclaration s_durable = new(ShortString.FromString("eq"), Durable: true);

    [Theory]
    [InlineData("x-message-ttl=I:1", "x-message-ttl=I:2", "'x-message-ttl'", "'2'", "'1'")]
    [InlineData("x-message-ttl=B:1", "x-message-ttl=L:2", "'x-message-ttl'", "'2'", "'1'")]
    [InlineData("x-message-ttl=I:1", "", "'x-message-ttl'", "none", "the value '1' of type 'signedint'")]
    [InlineData("", "x-message-ttl=I:1", "'x-message-ttl'", "the value '1' of type 'signedint'", "none")]
    [InlineData("x-message-ttl=I:10", "x-message-ttl=d:10", "'x-message-ttl'", "'10.0'", "'10'")]
    [InlineData("x-message-ttl=I:1", "x-message-ttl=S:1", "'x-message-ttl'", "'1'", "'1'")]
    [InlineData("x-message-ttl=I:1", "x-message-ttl=t:1", "'x-message-ttl'", "'true'", "'1'")]
    [InlineData("x-message-ttl=I:1", "x-message-ttl=V", "'x-message-ttl'", "none", "'1'")]
    [InlineData("x-message-ttl=I:1", "x-message-ttl=I:-1", "'x-message-ttl'", "'-1'", "'1'")]
    [InlineData("x-message-ttl=I:1", "x-message-ttl=A[I:1]", "'x-message-ttl'", "'[{signedint,1}]'", "'1'")]
    [InlineData("x-message-ttl=I:5", "x-message-ttl=x:5", "'x-message-ttl'", "'5'", "'5'")]
    [InlineData("x-queue-type=S:classic", "x-queue-type=S:quorum", "'x-queue-type'", "'quorum'", "'classic'")]
    [InlineData("", "x-queue-type=S:quorum", "'x-queue-type'", "the value 'quorum' of type 'longstr'", "none")]
    [InlineData("x-queue-type=S:quorum", "", "'x-queue-type'", "none", "the value 'quorum' of type 'longstr'")]
    [InlineData("", "x-queue-type=S:foo", "'x-queue-type'", "the value 'foo' of type 'longstr'", "none")]
    [InlineData("x-max-length=I:1 x-expires=I:10000", "x-max-length=I:2 x-expires=I:20000", "'x-expires'", "'20000'", "'10000'")]
    [InlineData("x-overflow=S:drop-head", "x-overflow=S:reject-publish", "'x-overflow'", "'reject-publish'", "'drop-head'")]
    [InlineData("x-overflow=S:drop-head", "", "'x-overflow'", "none", "the value 'drop-head' of type 'longstr'")]
    [InlineData("x-single-active-consumer=t:1", "x-single-active-consumer=t:0", "'x-single-active-consumer'", "'false'", "'true'")]
    [InlineData("x-single-active-consumer=t:1", "", "'x-single-active-consumer'", "none", "the value 'true' of type 'bool'")]
    [InlineData("x-dead-letter-exchange=S:é", "x-dead-letter-exchange=S:b", "'x-dead-letter-exchange'", "'b'", "'é'")]
    [InlineData("x-queue-mode=S:lazy", "", "'x-queue-mode'", "none", "the value 'lazy' of type 'longstr'")]
    [InlineData("x-queue-master-locator=S:min-masters", "", "'x-queue-master-locator'", "none", "the value 'min-masters' of type 'longstr'")]
    [InlineData("", "x-dead-letter-routing-key=S:foo", "'x-dead-letter-routing-key'", "the value 'foo' of type 'longstr'", "none")]
    [InlineData("x-max-priority=I:20", "", "'x-max-priority'", "none", "the value '20' of type 'signedint'")]
    public void A_different_argument_is_refused(string current, string received, string name, string receivedText, string currentText) =>
        Refused(
            current,
            received,
            s_durable,
            s_durable,
            $"inequivalent arg {name} for queue 'eq' in vhost '/': received {receivedText} but current is {currentText}");

    [Theory]
    [InlineData("x-message-ttl=l:1", "x-message-ttl=I:1")]
    [InlineData("x-message-ttl=B:1", "x-message-ttl=L:1")]
    [InlineData("x-message-ttl=I:5", "x-message-ttl=T:5")]
    [InlineData("", "x-queue-type=S:classic")]
    [InlineData("x-queue-type=S:classic", "")]
    [InlineData("", "x-foo=I:1")]
    [InlineData("x-foo=I:1", "x-foo=I:2")]
    [InlineData("", "x-max-age=S:x")]
    [InlineData("x-single-active-consumer=t:1", "x-single-active-consumer=t:7")]
    public void The_same_in_other_clothes_and_what_is_not_known_are_equivalent(string current, string received) =>
        Check(current, received, s_durable, s_durable);

    [Theory]
    [InlineData(false, false, true, false, "'durable'", "true", "false")]
    [InlineData(false, false, false, true, "'auto_delete'", "true", "false")]
    [InlineData(true, false, false, true, "'durable'", "false", "true")]
    [InlineData(true, true, true, false, "'auto_delete'", "false", "true")]
    public void Properties_come_before_arguments(
        bool durable, bool autoDelete, bool receivedDurable, bool receivedAutoDelete, string name, string received, string current) =>
        Refused(
            "",
            "x-message-ttl=I:1",
            s_durable with { Durable = durable, AutoDelete = autoDelete },
            s_durable with { Durable = receivedDurable, AutoDelete = receivedAutoDelete },
            $"inequivalent arg {name} for queue 'eq' in vhost '/': received '{received}' but current is '{current}'");

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void An_exclusive_queue_is_never_durable(bool durable, bool receivedDurable) =>
        Check(
            "",
            "",
            s_durable with { Exclusive = true, Durable = durable },
            s_durable with { Exclusive = true, Durable = receivedDurable });

    private static void Check(string current, string received, QueueDeclaration declared, QueueDeclaration request) =>
        QueueArguments.FromValidated(Fields.Table(current)).CheckEquivalent(declared, request, Fields.Table(received), "/");

    private static void Refused(string current, string received, QueueDeclaration declared, QueueDeclaration request, string text)
    {
        ChannelException refused = Assert.Throws<ChannelException>(() => Check(current, received, declared, request));
        Assert.Equal((ReplyCode.PreconditionFailed, text), (refused.Code, refused.Text));
    }
}
