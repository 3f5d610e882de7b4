namespace AmqpBroker.Differential.Wire;

/// <summary>A message that came to a scenario, delivered or fetched, as far as scripts go by it.</summary>
internal sealed record Delivery(ulong Tag, string ConsumerTag, string Body, byte[] RawProps)
{
    /// <summary>The reply-to property; empty without.</summary>
    public string ReplyTo => System.Text.Encoding.UTF8.GetString(AmqpBroker.Protocol.BasicProperties.Scan(RawProps).ReplyTo);
}
