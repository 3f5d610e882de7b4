using System.Buffers.Binary;
using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Wire;

/// <summary>Content properties that a scenario publishes, or that came; null is absent.</summary>
internal sealed record Props
{
    private const int FlagsSize = 2;

    public string? ContentType { get; init; }

    public string? ContentEncoding { get; init; }

    public (string, object?)[]? Headers { get; init; }

    public byte? DeliveryMode { get; init; }

    public byte? Priority { get; init; }

    public string? CorrelationId { get; init; }

    public string? ReplyTo { get; init; }

    public string? Expiration { get; init; }

    public string? MessageId { get; init; }

    public ulong? Timestamp { get; init; }

    public string? Type { get; init; }

    public string? UserId { get; init; }

    public string? AppId { get; init; }

    public string? ClusterId { get; init; }

    /// <summary>The flags and list as they go to the wire.</summary>
    public byte[] Encode()
    {
        int flags = 0;
        MemoryStream list = new();
        Text(BasicProperty.ContentType, ContentType);
        Text(BasicProperty.ContentEncoding, ContentEncoding);
        if (Headers is not null)
        {
            byte[] table = Fields.Table(Headers).RawBytes.ToArray();
            Put(BasicProperty.Headers, [.. BigEndian((uint)table.Length)[4..], .. table]);
        }

        Put(BasicProperty.DeliveryMode, DeliveryMode is { } mode ? [mode] : null);
        Put(BasicProperty.Priority, Priority is { } priority ? [priority] : null);
        Text(BasicProperty.CorrelationId, CorrelationId);
        Text(BasicProperty.ReplyTo, ReplyTo);
        Text(BasicProperty.Expiration, Expiration);
        Text(BasicProperty.MessageId, MessageId);
        Put(BasicProperty.Timestamp, Timestamp is { } seconds ? BigEndian(seconds) : null);
        Text(BasicProperty.Type, Type);
        Text(BasicProperty.UserId, UserId);
        Text(BasicProperty.AppId, AppId);
        Text(BasicProperty.ClusterId, ClusterId);
        return [(byte)(flags >> 8), (byte)flags, .. list.ToArray()];

        void Text(BasicProperty property, string? value)
        {
            byte[]? bytes = value is null ? null : Encoding.UTF8.GetBytes(value);
            Put(property, bytes is null ? null : [(byte)bytes.Length, .. bytes]);
        }

        void Put(BasicProperty property, byte[]? value)
        {
            if (value is not null)
            {
                flags |= 0x8000 >> (int)property;
                list.Write(value);
            }
        }
    }

    private static readonly HashSet<string> s_none = [];

    /// <summary>Headers that releases after 3.10.8 send with what they deliver, and this broker too.</summary>
    private static readonly HashSet<string> s_newerHeaders =
        ["x-last-death-reason", "x-last-death-queue", "x-last-death-exchange", "x-acquired-count"];

    /// <summary>Received flags and list as text; the raw bytes where they are no properties.</summary>
    /// <param name="raw">Flags and list.</param>
    /// <param name="showNewer">Whether headers of newer releases are shown: where they are, every dead letter would differ.</param>
    public static string Print(ReadOnlySpan<byte> raw, bool showNewer = true)
    {
        BasicPropertiesView view;
        try
        {
            view = BasicProperties.Scan(raw);
        }
        catch (ConnectionException malformed)
        {
            return $"(malformed: {malformed.Message}) {Convert.ToHexString(raw)}";
        }

        StringBuilder text = new($"{BinaryPrimitives.ReadUInt16BigEndian(raw):x4}");
        for (BasicProperty property = BasicProperty.ContentType; property <= BasicProperty.ClusterId; property++)
        {
            if (view.Has(property))
            {
                ReadOnlySpan<byte> value = raw[view.RangeOf(property)];
                text.Append(' ').Append(property).Append('=').Append(property switch
                {
                    BasicProperty.Headers => Fields.Print(value, showNewer ? s_none : s_newerHeaders),
                    BasicProperty.DeliveryMode or BasicProperty.Priority or BasicProperty.Timestamp => Convert.ToHexString(value),
                    _ => Fields.Print(value, quoted: true),
                });
            }
        }

        return text.ToString();
    }

    private static byte[] BigEndian(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
