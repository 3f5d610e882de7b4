using System.Globalization;
using System.Text;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Clients;

/// <summary>Content properties as plain values, under the names and with the types that RabbitMQ's HTTP API has for them.</summary>
internal static class PlainProperties
{
    private const string Headers = "headers";
    private const string DeliveryMode = "delivery_mode";
    private const string Priority = "priority";
    private const string Timestamp = "timestamp";

    private static readonly (string Name, BasicProperty Property)[] s_texts =
    [
        ("content_type", BasicProperty.ContentType),
        ("content_encoding", BasicProperty.ContentEncoding),
        ("correlation_id", BasicProperty.CorrelationId),
        ("reply_to", BasicProperty.ReplyTo),
        ("expiration", BasicProperty.Expiration),
        ("message_id", BasicProperty.MessageId),
        ("type", BasicProperty.Type),
        ("user_id", BasicProperty.UserId),
        ("app_id", BasicProperty.AppId),
        ("cluster_id", BasicProperty.ClusterId),
    ];

    /// <exception cref="FormatException">A value is of another type than its property, or too long.</exception>
    internal static byte[] Encode(IReadOnlyList<KeyValuePair<string, object?>> properties)
    {
        var editor = new BasicPropertiesEditor();
        foreach ((string name, object? value) in properties)
        {
            switch (name)
            {
                case Headers:
                    editor.SetHeaders(PlainTable.FromPlain(value).Fields);
                    break;
                case DeliveryMode:
                    editor.Set(BasicProperty.DeliveryMode, (byte)Whole(name, value, byte.MaxValue));
                    break;
                case Priority:
                    editor.Set(BasicProperty.Priority, (byte)Whole(name, value, byte.MaxValue));
                    break;
                case Timestamp:
                    editor.SetTimestamp((ulong)Whole(name, value, long.MaxValue));
                    break;
                default:
                    if (Array.Find(s_texts, t => t.Name == name) is { Name: not null } text)
                    {
                        editor.Set(text.Property, Text(name, value));
                    }

                    break;
            }
        }

        return editor.Build();
    }

    internal static IReadOnlyList<KeyValuePair<string, object?>> Decode(ReadOnlySpan<byte> flagsAndList)
    {
        BasicPropertiesView view = BasicProperties.Scan(flagsAndList);
        var found = new List<KeyValuePair<string, object?>>();
        foreach ((string name, BasicProperty property) in s_texts)
        {
            if (view.Has(property))
            {
                found.Add(new(name, Encoding.UTF8.GetString(view.BytesOf(property))));
            }
        }

        if (view.Has(BasicProperty.Timestamp))
        {
            found.Add(new(Timestamp, (long)Math.Min(view.Timestamp, long.MaxValue)));
        }

        if (view.Has(BasicProperty.DeliveryMode))
        {
            found.Add(new(DeliveryMode, (long)view.DeliveryMode));
        }

        if (view.Has(BasicProperty.Priority))
        {
            found.Add(new(Priority, (long)view.Priority));
        }

        if (view.Has(BasicProperty.Headers))
        {
            found.Add(new(Headers, PlainTable.From(FieldTable.FromRaw(view.Headers.ToArray()))));
        }

        return found;
    }

    private static long Whole(string name, object? value, long max) => value switch
    {
        long number when number >= 0 && number <= max => number,
        string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= max => number,
        _ => throw new FormatException($"not_int: {name}"),
    };

    private static ShortString Text(string name, object? value)
    {
        string text = value switch
        {
            string given => given,
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => throw new FormatException($"not_string: {name}"),
        };
        return Encoding.UTF8.GetByteCount(text) <= ShortString.MaxLength
            ? ShortString.FromString(text)
            : throw new FormatException($"{name} is longer than {ShortString.MaxLength} bytes");
    }
}
