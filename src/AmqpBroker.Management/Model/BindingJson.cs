using System.Buffers.Binary;
using System.Buffers.Text;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>A binding.</summary>
internal sealed record BindingJson(
    string Source, string Vhost, string Destination, string DestinationType, string RoutingKey, PlainTable Arguments, string PropertiesKey)
{
    public static BindingJson From(BindingInfo binding) => new(
        binding.Source,
        binding.VirtualHost,
        binding.Destination,
        binding.ToExchange ? "exchange" : "queue",
        binding.RoutingKey,
        binding.Arguments,
        KeyOf(binding));

    /// <summary>Names the binding in URLs, in RabbitMQ's form: the key, then ~ and a hash when there are arguments; ~ when there is neither.</summary>
    private static string KeyOf(BindingInfo binding)
    {
        string key = Uri.EscapeDataString(binding.RoutingKey);
        if (binding.ArgumentsHash == 0)
        {
            return key.Length == 0 ? "~" : key;
        }

        Span<byte> hash = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(hash, binding.ArgumentsHash);
        return $"{key}~{Base64Url.EncodeToString(hash)}";
    }
}
