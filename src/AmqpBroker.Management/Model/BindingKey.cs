using System.Buffers.Binary;
using System.Buffers.Text;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>
/// Names a binding among those between its two ends, in RabbitMQ's form: the routing key, escaped, then ~ and a hash when there
/// are arguments; ~ when there is neither. The hash is this broker's own: clients only give it back.
/// </summary>
internal static class BindingKey
{
    private const char Separator = '~';

    /// <summary>The name.</summary>
    public static string Of(string routingKey, uint argumentsHash)
    {
        // What RabbitMQ escapes besides: the separator, and spaces in its own way.
        string key = Uri.EscapeDataString(routingKey)
            .Replace("~", "%7E", StringComparison.Ordinal).Replace("%20", "+", StringComparison.Ordinal);
        if (argumentsHash == 0)
        {
            return key.Length == 0 ? "~" : key;
        }

        return $"{key}{Separator}{HashText(argumentsHash)}";
    }

    /// <summary>Whether the name is this binding's. Its key may have been unescaped once more on the way.</summary>
    public static bool Names(string name, BindingInfo binding)
    {
        int separator = name.IndexOf(Separator, StringComparison.Ordinal);
        string key = separator < 0 ? name : name[..separator];
        string hash = separator < 0 ? "" : name[(separator + 1)..];
        return hash == (binding.ArgumentsHash == 0 ? "" : HashText(binding.ArgumentsHash))
            && (key == binding.RoutingKey || Uri.UnescapeDataString(key.Replace('+', ' ')) == binding.RoutingKey);
    }

    private static string HashText(uint hash)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, hash);
        return Base64Url.EncodeToString(bytes);
    }
}
