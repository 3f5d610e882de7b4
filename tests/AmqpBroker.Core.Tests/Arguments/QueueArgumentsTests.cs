using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Arguments;

/// <summary>What a declaration may ask for. Unless said otherwise each text was given by RabbitMQ 3.10.8 for this row.</summary>
public class QueueArgumentsTests
{
    private static readonly QueueDeclaration s_plain = new(ShortString.FromString("q"), Durable: true);

    [Theory]
    [InlineData("x-message-ttl", "I:-1", "{value_negative,-1}")]
    [InlineData("x-message-ttl", "l:315360000001", "{value_too_large,315360000001}")]
    [InlineData("x-message-ttl", "S:x", "\"expected integer, got longstr\"")]
    [InlineData("x-message-ttl", "V", "\"expected integer, got void\"")]
    [InlineData("x-message-ttl", "t:1", "\"expected integer, got bool\"")]
    [InlineData("x-message-ttl", "d:1", "\"expected integer, got double\"")]
    [InlineData("x-message-ttl", "A[I:1]", "\"expected integer, got array\"")]
    [InlineData("x-message-ttl", "F[a=I:1]", "\"expected integer, got table\"")]
    [InlineData("x-message-ttl", "D:0/1", "\"expected integer, got decimal\"")]
    [InlineData("x-message-ttl", "T:5", "\"expected integer, got timestamp\"")]
    [InlineData("x-message-ttl", "x:x", "\"expected integer, got binary\"")]
    [InlineData("x-expires", "I:0", "{value_zero,0}")]
    [InlineData("x-expires", "I:-10", "{value_negative,-10}")]
    [InlineData("x-expires", "l:9223372036854775807", "{value_too_large,9223372036854775807}")]
    [InlineData("x-expires", "S:x", "\"expected integer, got longstr\"")]
    [InlineData("x-max-length", "I:-1", "{value_negative,-1}")]
    [InlineData("x-max-length", "S:1", "\"expected integer, got longstr\"")]
    [InlineData("x-max-length-bytes", "I:-1", "{value_negative,-1}")]
    [InlineData("x-max-priority", "I:-1", "{value_negative,-1}")]
    [InlineData("x-max-priority", "l:1099511627776", "{max_value_exceeded,1099511627776}")]
    [InlineData("x-max-priority", "I:256", "{max_value_exceeded,256}")]
    [InlineData("x-max-priority", "S:1", "\"expected integer, got longstr\"")]
    [InlineData("x-overflow", "S:foo", "invalid_overflow")]
    [InlineData("x-overflow", "S:", "invalid_overflow")]
    [InlineData("x-overflow", "I:1", "{unacceptable_type,signedint}")]
    [InlineData("x-dead-letter-routing-key", "S:k", "routing_key_but_no_dlx_defined")]
    [InlineData("x-dead-letter-routing-key", "I:1", "{unacceptable_type,signedint}")]
    [InlineData("x-single-active-consumer", "S:true", "{unacceptable_type,longstr}")]
    [InlineData("x-single-active-consumer", "I:1", "{unacceptable_type,signedint}")]
    [InlineData("x-queue-type", "S:foo", "\"unsupported queue type 'foo'\"")]
    [InlineData("x-queue-type", "S:", "\"unsupported queue type ''\"")]
    [InlineData("x-queue-type", "B:5", "{unacceptable_type,unsignedbyte}")]
    [InlineData("x-queue-mode", "S:foo", "\"unsupported queue mode 'foo'\"")]
    [InlineData("x-queue-mode", "l:1", "{unacceptable_type,long}")]
    [InlineData("x-queue-version", "I:-1", "{value_negative,-1}")]
    [InlineData("x-queue-version", "I:3", "\"unsupported queue version '3'\"")]
    [InlineData("x-queue-version", "S:1", "\"expected integer, got longstr\"")]
    public void A_wrong_value_is_refused(string name, string value, string reason) =>
        Refused($"{name}={value}", s_plain, $"invalid arg '{name}' for queue 'q' in vhost '/': {reason}");

    [Theory]
    [InlineData("x-dead-letter-strategy", "S:x", "invalid_dlx_strategy")]
    [InlineData("x-dead-letter-strategy", "I:1", "{unacceptable_type,signedint}")]
    [InlineData("x-max-in-memory-length", "S:x", "\"expected integer, got longstr\"")]
    [InlineData("x-max-in-memory-bytes", "I:-1", "{value_negative,-1}")]
    [InlineData("x-quorum-initial-group-size", "I:0", "{value_zero,0}")]
    [InlineData("x-quorum-initial-group-size", "I:-1", "{value_negative,-1}")]
    [InlineData("x-queue-leader-locator", "S:x", "invalid_queue_locator_arg")]
    [InlineData("x-queue-leader-locator", "I:1", "{unacceptable_type,signedint}")]
    [InlineData("x-message-ttl", "I:-1", "{value_negative,-1}")]
    public void A_wrong_value_of_a_quorum_queue_is_refused(string name, string value, string reason) =>
        Refused($"x-queue-type=S:quorum {name}={value}", s_plain, $"invalid arg '{name}' for queue 'q' in vhost '/': {reason}");

    // Stricter than RabbitMQ 3.10.8, which takes anything here and then fails or ignores it.
    [Theory]
    [InlineData("x-delivery-limit", "S:x", "\"expected integer, got longstr\"")]
    [InlineData("x-consumer-timeout", "I:-1", "{value_negative,-1}")]
    public void A_wrong_value_of_a_newer_argument_is_refused(string name, string value, string reason) =>
        A_wrong_value_is_refused(name, value, reason);

    [Theory]
    [InlineData("x-dead-letter-exchange=I:1", "signedint")]
    [InlineData("x-dead-letter-exchange=V", "void")]
    [InlineData("x-dead-letter-exchange=x:x", "binary")]
    [InlineData("x-dead-letter-exchange=I:1 x-expires=I:0", "signedint")]
    [InlineData("x-queue-type=S:foo x-dead-letter-exchange=I:1", "signedint")]
    public void A_dead_letter_exchange_of_a_wrong_type_is_refused_first(string arguments, string type) =>
        Refused(arguments, s_plain, $"invalid type '{type}' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'");

    [Theory]
    [InlineData("x-message-ttl=I:-1 x-expires=I:0", "'x-expires' for queue 'q' in vhost '/': {value_zero,0}")]
    [InlineData("x-expires=I:0 x-queue-type=S:foo", "'x-queue-type' for queue 'q' in vhost '/': \"unsupported queue type 'foo'\"")]
    [InlineData("x-overflow=S:foo x-max-length=I:-1", "'x-max-length' for queue 'q' in vhost '/': {value_negative,-1}")]
    [InlineData("x-max-age=I:1 x-expires=I:0", "'x-expires' for queue 'q' in vhost '/': {value_zero,0}")]
    [InlineData("x-max-in-memory-length=I:1 x-max-priority=I:300", "'x-max-priority' for queue 'q' in vhost '/': {max_value_exceeded,300}")]
    public void Values_are_looked_at_in_the_order_of_RabbitMQ(string arguments, string text) =>
        Refused(arguments, s_plain, "invalid arg " + text);

    [Theory]
    [InlineData("x-max-age=I:1 x-initial-cluster-size=I:1", "x-max-age", "classic")]
    [InlineData("x-initial-cluster-size=I:1 x-max-age=I:1", "x-initial-cluster-size", "classic")]
    [InlineData("x-dead-letter-strategy=S:at-most-once", "x-dead-letter-strategy", "classic")]
    [InlineData("x-max-in-memory-length=I:1", "x-max-in-memory-length", "classic")]
    [InlineData("x-stream-max-segment-size-bytes=I:1", "x-stream-max-segment-size-bytes", "classic")]
    [InlineData("x-quorum-initial-group-size=I:1", "x-quorum-initial-group-size", "classic")]
    [InlineData("x-queue-type=S:quorum x-max-priority=S:x", "x-max-priority", "quorum")]
    [InlineData("x-queue-type=S:quorum x-queue-mode=I:1", "x-queue-mode", "quorum")]
    [InlineData("x-queue-type=S:quorum x-queue-version=I:1", "x-queue-version", "quorum")]
    [InlineData("x-queue-type=S:quorum x-max-age=S:x", "x-max-age", "quorum")]
    [InlineData("x-queue-type=S:quorum x-queue-master-locator=I:1", "x-queue-master-locator", "quorum")]
    public void An_argument_of_another_type_of_queue_is_refused(string arguments, string name, string type) =>
        Refused(arguments, s_plain, $"invalid arg '{name}' for queue 'q' in vhost '/' of queue type rabbit_{type}_queue");

    [Theory]
    [InlineData(false, false, false, "non-durable")]
    [InlineData(true, true, false, "exclusive-owner")]
    [InlineData(false, true, true, "auto-delete")]
    [InlineData(true, false, true, "auto-delete")]
    public void A_quorum_queue_is_durable_shared_and_stays(bool durable, bool exclusive, bool autoDelete, string property) =>
        Refused(
            "x-queue-type=S:quorum",
            s_plain with { Durable = durable, Exclusive = exclusive, AutoDelete = autoDelete },
            $"invalid property '{property}' for queue 'q' in vhost '/'");

    [Theory]
    [InlineData("x-queue-type=S:quorum", "quorum")]
    [InlineData("x-queue-type=S:quorum x-dead-letter-exchange=I:1", "quorum")]
    [InlineData("x-queue-type=S:stream", "stream")]
    public void A_quorum_queue_or_stream_has_a_name_from_the_client(string arguments, string type) =>
        Refused(arguments, s_plain with { ServerNamed = true, Durable = false }, $"Cannot declare a server-named queue for type rabbit_{type}_queue");

    [Fact]
    public void A_stream_is_not_implemented()
    {
        ConnectionException refused = Assert.Throws<ConnectionException>(() => Parse("x-queue-type=S:stream", s_plain));
        Assert.Equal((ReplyCode.NotImplemented, "queues of type 'stream' are not supported"), (refused.Code, refused.Text));
    }

    // RabbitMQ takes such names, which no exchange and no message can have.
    [Theory]
    [InlineData("alternate", 255, null)]
    [InlineData("x-dead-letter-exchange", 255, null)]
    [InlineData("x-dead-letter-exchange", 256, "{value_too_long,256}")]
    public void A_name_fits_into_a_short_string(string name, int length, string? reason)
    {
        string arguments = $"{name}=S:{new string('k', length)}";
        if (reason is null)
        {
            Assert.NotNull(Parse(arguments, s_plain));
        }
        else
        {
            Refused(arguments, s_plain, $"invalid arg '{name}' for queue 'q' in vhost '/': {reason}");
        }
    }

    [Fact]
    public void Values_are_typed()
    {
        QueueArguments all = Parse(
            "x-message-ttl=B:5 x-expires=l:315360000000 x-max-length=I:0 x-max-length-bytes=l:9223372036854775807 x-max-priority=s:255 "
            + "x-overflow=S:reject-publish-dlx x-dead-letter-exchange=S: x-dead-letter-routing-key=S:k x-single-active-consumer=t:1 "
            + "x-delivery-limit=I:3 x-consumer-timeout=I:1000 x-queue-mode=S:lazy x-queue-version=I:2 x-queue-master-locator=S:min-masters x-foo=V",
            s_plain);

        Assert.Equal(QueueType.Classic, all.Type);
        Assert.Equal(5, all.MessageTtlMs);
        Assert.Equal(315_360_000_000, all.ExpiresMs);
        Assert.Equal(0, all.MaxLength);
        Assert.Equal(long.MaxValue, all.MaxLengthBytes);
        Assert.Equal((byte)255, all.MaxPriority);
        Assert.Equal(Overflow.RejectPublishDeadLetter, all.Overflow);
        Assert.Equal(ShortString.Empty, all.DeadLetterExchange);
        Assert.Equal("k", all.DeadLetterRoutingKey?.ToString());
        Assert.True(all.SingleActiveConsumer);
        Assert.Equal(3, all.DeliveryLimit);
        Assert.Equal(1000, all.ConsumerTimeoutMs);
        Assert.Equal(15, all.Table.Count);
    }

    [Fact]
    public void No_arguments_say_nothing()
    {
        QueueArguments none = Parse("", s_plain);

        Assert.Same(QueueArguments.None, none);
        Assert.Equal(
            (QueueType.Classic, null, null, null, null, null, null, null),
            (none.Type, none.MessageTtlMs, none.ExpiresMs, none.MaxLength, none.MaxPriority, none.Overflow, none.DeadLetterExchange, none.DeliveryLimit));
        Assert.False(none.SingleActiveConsumer || none.HasDeliveryLimit);
    }

    [Theory]
    [InlineData("drop-head", Overflow.DropHead)]
    [InlineData("reject-publish", Overflow.RejectPublish)]
    public void Overflow_is_one_of_three(string text, Overflow overflow) =>
        Assert.Equal(overflow, Parse($"x-queue-type=S:quorum x-overflow=S:{text}", s_plain).Overflow);

    [Fact]
    public void A_negative_delivery_limit_is_none()
    {
        QueueArguments arguments = Parse("x-queue-type=S:quorum x-delivery-limit=I:-1", s_plain);

        Assert.Equal(QueueType.Quorum, arguments.Type);
        Assert.True(arguments.HasDeliveryLimit);
        Assert.Null(arguments.DeliveryLimit);
    }

    private static QueueArguments Parse(string arguments, in QueueDeclaration request) =>
        QueueArguments.Parse(Fields.Table(arguments), request, "/");

    private static void Refused(string arguments, QueueDeclaration request, string text)
    {
        ChannelException refused = Assert.Throws<ChannelException>(() => Parse(arguments, request));
        Assert.Equal((ReplyCode.PreconditionFailed, text), (refused.Code, refused.Text));
    }
}
