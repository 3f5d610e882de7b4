using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>
/// The CC and BCC headers: arrays of further routing keys. Elements that are not long strings are passed over, as are keys
/// of more than 255 bytes.
/// </summary>
public static class CarbonCopy
{
    private static ReadOnlySpan<byte> Cc => "CC"u8;

    private static ReadOnlySpan<byte> Bcc => "BCC"u8;

    /// <summary>
    /// Looks through the headers of a message. Allocates nothing if there are neither CC nor BCC, or no keys in them.
    /// </summary>
    /// <param name="headers">The entries of the header table, without its length; they are well-formed.</param>
    /// <param name="keys">Gets the keys of CC, then those of BCC, at the end.</param>
    /// <param name="cache">Gives the same string for keys seen before; null: always a new one.</param>
    /// <returns>Whether there is a BCC header, which is to be taken off before the message is delivered.</returns>
    /// <exception cref="ChannelException">406: one of them is not an array.</exception>
    public static bool Read(ReadOnlySpan<byte> headers, List<ShortString> keys, ShortStringCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (headers.IndexOf(Cc) < 0)
        {
            return false;
        }

        ReadKeys(headers, Cc, keys, cache);
        return ReadKeys(headers, Bcc, keys, cache);
    }

    /// <summary>How many of the keys that <see cref="Read"/> gives are from CC.</summary>
    internal static int CountVisible(ReadOnlySpan<byte> headers)
    {
        var keys = new List<ShortString>();
        ReadKeys(headers, Cc, keys, cache: null);
        return keys.Count;
    }

    private static bool ReadKeys(
        ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name, List<ShortString> keys, ShortStringCache? cache)
    {
        var scanner = new FieldTableScanner(headers);
        while (scanner.MoveNext())
        {
            if (!scanner.Name.SequenceEqual(name))
            {
                continue;
            }

            if (scanner.Type != FieldType.Array)
            {
                string text = name.SequenceEqual(Cc) ? "CC" : "BCC";
                throw new ChannelException(
                    ReplyCode.PreconditionFailed,
                    $"invalid message: {{unacceptable_type_in_header,\"{text}\",{scanner.Type.RabbitTypeName()}}}");
            }

            AddKeys(scanner.Payload, keys, cache);
            return true;
        }

        return false;
    }

    private static void AddKeys(ReadOnlySpan<byte> array, List<ShortString> keys, ShortStringCache? cache)
    {
        var elements = new FieldArrayScanner(array);
        while (elements.MoveNext())
        {
            if (elements.Type == FieldType.LongString && elements.Payload.Length <= ShortString.MaxLength)
            {
                keys.Add(cache?.Get(elements.Payload) ?? ShortString.FromBytes(elements.Payload));
            }
        }
    }
}
