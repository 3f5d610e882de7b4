using System.Collections;
using System.Text;
using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using Xunit;

namespace AmqpBroker.Interop.DotNet6;

public sealed class PropertiesTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    /// <summary>Every type of header value that this generation can send. Strings come back as bytes, an empty table or list as null.</summary>
    private static Dictionary<string, object> AllHeaders => new()
    {
        ["text"] = Encoding.UTF8.GetBytes("häder ✓"),
        ["empty text"] = Array.Empty<byte>(),
        ["bytes"] = new BinaryTableValue([0, 1, 255]),
        ["true"] = true,
        ["false"] = false,
        ["byte"] = byte.MaxValue,
        ["sbyte"] = sbyte.MinValue,
        ["short"] = short.MinValue,
        ["int"] = int.MinValue,
        ["uint"] = uint.MaxValue,
        ["long"] = long.MinValue,
        ["float"] = 1.5f,
        ["double"] = Math.PI,
        ["decimal"] = 123.45m,
        ["timestamp"] = new AmqpTimestamp(1_700_000_000),
        ["void"] = null!,
        ["table"] = new Dictionary<string, object>
        {
            ["nested"] = new Dictionary<string, object> { ["deep"] = 1 },
            ["list"] = new List<object> { 1, 2L, Encoding.UTF8.GetBytes("three"), null! },
        },
        ["list"] = new List<object> { new Dictionary<string, object> { ["a"] = true }, new List<object> { 1 } },
    };

    [Fact(Timeout = TimeoutMs)]
    public async Task properties_and_headers()
    {
        string queue = DeclareQueue("properties");
        IBasicProperties sent = Properties(properties =>
        {
            properties.ContentType = "text/plain";
            properties.ContentEncoding = "utf-8";
            properties.Headers = AllHeaders;
            properties.DeliveryMode = 2;
            properties.Priority = 7;
            properties.CorrelationId = "correlation";
            properties.ReplyTo = "reply.queue";
            properties.Expiration = "3600000";
            properties.MessageId = "message";
            properties.Timestamp = new AmqpTimestamp(1_700_000_001);
            properties.Type = "type";
            properties.UserId = "guest";
            properties.AppId = "app";
            properties.ClusterId = "cluster";
        });
        Publish("", queue, "body", sent);

        IBasicProperties got = (await Inbox.Consume(Channel, queue, autoAck: true).TakeAsync()).Properties;
        Assert.Equal(sent.ContentType, got.ContentType);
        Assert.Equal(sent.ContentEncoding, got.ContentEncoding);
        Assert.Equal(sent.DeliveryMode, got.DeliveryMode);
        Assert.Equal(sent.Priority, got.Priority);
        Assert.Equal(sent.CorrelationId, got.CorrelationId);
        Assert.Equal(sent.ReplyTo, got.ReplyTo);
        Assert.Equal(sent.Expiration, got.Expiration);
        Assert.Equal(sent.MessageId, got.MessageId);
        Assert.Equal(sent.Timestamp, got.Timestamp);
        Assert.Equal(sent.Type, got.Type);
        Assert.Equal(sent.UserId, got.UserId);
        Assert.Equal(sent.AppId, got.AppId);
        Assert.Equal(sent.ClusterId, got.ClusterId);
        Assert.Equal(Describe(AllHeaders), Describe(got.Headers));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task absent_properties_stay_absent()
    {
        string queue = DeclareQueue("properties");
        Publish("", queue, "body");

        IBasicProperties got = (await Inbox.Consume(Channel, queue, autoAck: true).TakeAsync()).Properties;
        Assert.False(
            got.IsContentTypePresent() || got.IsContentEncodingPresent() || got.IsHeadersPresent()
            || got.IsDeliveryModePresent() || got.IsPriorityPresent() || got.IsCorrelationIdPresent()
            || got.IsReplyToPresent() || got.IsExpirationPresent() || got.IsMessageIdPresent()
            || got.IsTimestampPresent() || got.IsTypePresent() || got.IsUserIdPresent() || got.IsAppIdPresent()
            || got.IsClusterIdPresent());
    }

    /// <summary>Writes a value with its types, so that 1 and 1L differ and a difference is readable.</summary>
    private static string Describe(object? value) => value switch
    {
        null => "void",
        byte[] bytes => $"text({Convert.ToHexString(bytes)})",
        BinaryTableValue binary => $"binary({Convert.ToHexString(binary.Bytes)})",
        IDictionary<string, object> table =>
            $"{{{string.Join(", ", table.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}: {Describe(entry.Value)}"))}}}",
        IList list => $"[{string.Join(", ", list.Cast<object>().Select(Describe))}]",
        _ => $"{value.GetType().Name}({value})",
    };
}
